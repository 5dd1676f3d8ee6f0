import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import type { AccountParts } from '../../src/accounts/parts.ts'
import { revokeAllSessions } from '../../src/accounts/revoke-all-sessions.ts'
import { ARGON2_PARAMETERS } from '../../src/credentials/argon2.ts'
import { Passwords } from '../../src/credentials/password.ts'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres.ts'
import { SYSTEM } from '../../src/revocations/event.ts'
import { deleteHistory } from '../../src/sessions/sweep.ts'
import { lockUser } from '../../src/users/users.ts'
import { fill } from '../database/crowd.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import { anyPerson, enter, expectSoundness, granted } from '../races/kit.ts'

/** How long ended sessions are kept here (milliseconds). */
const HISTORY = 90 * 86_400_000

/** These tests are about order and not about passwords. */
function partsOf(app: TestApp): AccountParts {
  const parameters = { ...ARGON2_PARAMETERS, memoryCost: 1_024, timeCost: 1 }
  return { ...app.server.house.accounts, passwords: new Passwords({ concurrency: 4, parameters }) }
}

const openBeside = ({ postgres }: TestDatabase): Database =>
  openPostgres({ url: postgres?.url ?? '', poolSize: 8, connectTimeout: 5_000 })

async function read<Row>(database: Database, query: ReturnType<typeof sql>): Promise<readonly Row[]> {
  return rowsOf<Row>(await database.queries.execute(query))
}

/** Makes a session one that has been idle for too long, unnoticed. */
const overrun = (database: Database, sessionId: string) =>
  database.queries.execute(
    sql`UPDATE sessions SET last_active_at = created_at - interval '8 days' WHERE id = ${sessionId}`,
  )

/** Holds a session's row, as a sweep does that is ending it, until it is let go. */
async function holding(database: Database, sessionId: string) {
  const [held, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const done = database.transaction(async ({ queries }) => {
    await queries.execute(sql`SELECT 1 FROM sessions WHERE id = ${sessionId} FOR NO KEY UPDATE`)
    held.resolve()
    await gate.promise
  })
  await Promise.race([held.promise, done])
  return {
    [Symbol.asyncDispose]: async () => {
      gate.resolve()
      await done
    },
  }
}

describeOnPostgres('a sweep among others', (open) => {
  it('passes over what somebody else holds, and ends the rest', async () => {
    await using test = await open()
    await using app = await startApp(test)
    await using beside = openBeside(test)
    const parts = partsOf(app)
    const [one, other] = [await anyPerson(parts), await anyPerson(parts)]
    for (const { session } of [one, other]) await overrun(test.database, session.id)
    {
      await using _ = await holding(beside, one.session.id)
      // goes red when it waits
      expect(await parts.sessions.endOverdue(10)).toBe(1)
    }
    expect(await parts.sessions.endOverdue(10)).toBe(1)
    await expectSoundness(beside)
  })

  it.each(['end-oldest', 'refuse'] as const)(
    'keeps nobody from signing in whose sessions it is ending, and those take no place (%s)',
    async (beyond) => {
      await using test = await open()
      await using app = await startApp(test, {
        environment: { MAX_SESSIONS_PER_USER: '2', SESSIONS_BEYOND_LIMIT: beyond },
      })
      await using beside = openBeside(test)
      const parts = partsOf(app)
      const person = await anyPerson(parts)
      const kept = granted(await enter(parts, person.email))
      await overrun(test.database, person.session.id)
      {
        await using _ = await holding(beside, person.session.id)
        // goes red when it waits
        granted(await enter(parts, person.email))
      }
      // goes red when one that is over is counted
      expect(await parts.sessions.look(kept.session.id)).toMatchObject({ state: 'live' })
      expect(await parts.sessions.endOverdue(10)).toBe(1)
      await expectSoundness(beside)
    },
  )

  it('ends each session once, while people sign in, use, list and revoke theirs: nobody else is touched, and nothing waits in a circle', async () => {
    await using test = await open()
    await using app = await startApp(test)
    await using beside = openBeside(test)
    const second = openBeside(test)
    await using other = await startApp({ ...test, database: second }, { clock: app.clock })
    const [here, there] = [partsOf(app), partsOf(other)]
    await fill(beside, app.clock.now(), { users: 60, sessions: 3_000 })
    const owners = await read<{ id: string; over: string[]; live: string[] }>(
      beside,
      sql`SELECT user_id AS id, coalesce(json_agg(id) FILTER (WHERE over), '[]') AS over,
          coalesce(json_agg(id) FILTER (WHERE NOT over), '[]') AS live
        FROM (SELECT user_id, id, ended_at, last_active_at < now() - interval '7 days' OR expires_at < now() AS over FROM sessions) s
        WHERE ended_at IS NULL GROUP BY user_id ORDER BY user_id`,
    )
    const revoked = new Set(owners.filter((_, index) => index % 4 === 0).map(({ id }) => id))
    const overdue = owners.flatMap(({ over }) => over)
    expect(overdue.length).toBeGreaterThan(1_000)
    const people = await Promise.all(Array.from({ length: 6 }, () => anyPerson(here)))

    const sweeping = async ({ sessions, database }: AccountParts) => {
      const before = new Date(app.clock.now().getTime() - HISTORY)
      for (let done = -1; done !== 0; ) {
        done = await sessions.endOverdue(37)
        done += await deleteHistory(database.queries, before, 37)
      }
    }
    const revoking = async ({ database, sessions }: AccountParts) => {
      for (const userId of revoked) {
        await database.transaction(async (transaction) => {
          await lockUser(transaction, userId)
          await sessions.endAll(transaction, userId, { reason: 'SIGNED_OUT_EVERYWHERE', actor: SYSTEM })
        })
      }
    }
    const listing = async ({ sessions }: AccountParts) => {
      for (const { id } of [...owners].reverse()) await sessions.endTimedOutOf(id)
    }
    const using = async (parts: AccountParts, index: number) => {
      for (const person of people.slice(index, index + 3)) {
        const entered = granted(await enter(parts, person.email))
        expect(await parts.sessions.look(entered.session.id)).toMatchObject({ state: 'live' })
        await revokeAllSessions(
          parts,
          { session: entered.session, user: person.user },
          { keepCurrent: false, verificationToken: '' },
        )
        granted(await enter(parts, person.email))
      }
    }
    await Promise.all([
      sweeping(here),
      sweeping(there),
      sweeping(here),
      revoking(here),
      revoking(there),
      listing(here),
      listing(there),
      using(here, 0),
      using(there, 3),
    ])

    // what one sweep passed over is left to the next
    await sweeping(here)
    // events are kept apart from history: those of what was forgotten are still there
    await beside.queries.execute(
      sql`DELETE FROM events WHERE occurred_at < ${new Date(app.clock.now().getTime() - HISTORY).toISOString()}::timestamptz`,
    )
    await expectSoundness(beside)
    const ends = new Map(
      (
        await read<{ id: string; reason: string | null }>(
          beside,
          sql`SELECT id, end_reason AS reason FROM sessions`,
        )
      ).map(({ id, reason }) => [id, reason]),
    )
    const idle = overdue.filter((id) => ends.get(id) === 'IDLE_TIMEOUT')
    const absolute = overdue.filter((id) => ends.get(id) === 'ABSOLUTE_TIMEOUT')
    // goes red when what is over ends for another reason, or is left
    expect(idle.length + absolute.length).toBe(overdue.length)
    expect([idle.length, absolute.length].every((count) => count > 0)).toBe(true)
    for (const { id, live } of owners) {
      const expected = revoked.has(id) ? 'SIGNED_OUT_EVERYWHERE' : null
      expect(live.map((session) => ends.get(session))).toEqual(live.map(() => expected))
    }
    // connections report what they met with at the latest when they are closed
    await other[Symbol.asyncDispose]()
    await app[Symbol.asyncDispose]()
    await second.close()
    await test.database.close()
    const [met] = await read<{ deadlocks: string }>(
      beside,
      sql`SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()`,
    )
    expect(met?.deadlocks).toBe('0')
  }, 60_000)
})
