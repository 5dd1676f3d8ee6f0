import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createAccount } from '../../src/accounts/administer.ts'
import { listOwnedSessions } from '../../src/accounts/list-sessions.ts'
import type { AccountParts, Visitor } from '../../src/accounts/parts.ts'
import { refreshSession } from '../../src/accounts/refresh-session.ts'
import { reverify } from '../../src/accounts/reverify.ts'
import { revokeAllSessions } from '../../src/accounts/revoke-all-sessions.ts'
import { revokeEverySession } from '../../src/accounts/revoke-every-session.ts'
import { revokeSessions } from '../../src/accounts/revoke-sessions.ts'
import { signIn } from '../../src/accounts/sign-in.ts'
import { signOut } from '../../src/accounts/sign-out.ts'
import { signUp } from '../../src/accounts/sign-up.ts'
import { updatePassword } from '../../src/accounts/update-password.ts'
import { ARGON2_PARAMETERS } from '../../src/credentials/argon2.ts'
import { Passwords } from '../../src/credentials/password.ts'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import type { SessionFilter } from '../../src/sessions/filter.ts'
import type { LiveSession } from '../../src/sessions/sessions.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'
import { describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import { expectSoundness, granted, lockOut, untilQueued, VISITOR } from './kit.ts'

const HOUR = 3_600_000
const CLIENT: Visitor = { ...VISITOR, userAgent: 'one client' }
const ELSEWHERE = { network: '198.51.100.0/24', location: { countryCode: 'US', city: null } }
const UPDATE_PASSWORD = { action: 'UPDATE_PASSWORD', subjectId: null } as const

/** Where a transaction can be suspended: before and after each statement that writes, and while it commits. */
const START = ['sessions INSERT BEFORE', 'sessions INSERT AFTER'] as const
const CHANGE = ['sessions UPDATE BEFORE', 'sessions UPDATE AFTER'] as const
const TELL = ['events INSERT BEFORE', 'events INSERT AFTER'] as const
const ERA = ['session_eras INSERT BEFORE', 'session_eras INSERT AFTER'] as const
const POINTS = [...START, ...CHANGE, ...TELL, ...ERA] as const
type Point = (typeof POINTS)[number] | 'COMMIT'

/** Somebody with a session of each transport, whatever is done to them. */
interface Person extends LiveSession {
  readonly email: string
  /** A proof for a new password, of the session. */
  readonly proof: string
  readonly refreshToken: string
}

/** What somebody does at that moment, and where it can be suspended. */
interface Contender {
  readonly points: readonly Point[]
  /** How long after the last use of the session (milliseconds); a moment if not given. */
  readonly later?: number
  readonly act: (parts: AccountParts, person: Person) => Promise<unknown>
}

const CONTENDERS: Readonly<Record<string, Contender>> = {
  'a sign-in': {
    points: [...START, ...TELL, 'COMMIT'],
    act: (parts, { email }) => signIn(parts, credentials(email), VISITOR, null),
  },
  'a sign-in over the cookie': {
    points: [...START, ...CHANGE, ...TELL, 'COMMIT'],
    act: (parts, { email, session }) => signIn(parts, credentials(email), VISITOR, session),
  },
  'a sign-up': {
    points: [...START, ...TELL, 'COMMIT'],
    act: (parts) =>
      signUp(parts, { email: anyEmail(), password: PASSWORD, transport: 'TOKEN' }, VISITOR, null),
  },
  'a reverification': {
    points: [...START, ...CHANGE, ...TELL, 'COMMIT'],
    act: (parts, person) =>
      reverify(parts, person, { password: PASSWORD, purpose: UPDATE_PASSWORD }, VISITOR),
  },
  'a refresh': {
    points: [...CHANGE, 'COMMIT'],
    act: (parts, { refreshToken }) => refreshSession(parts, { refreshToken, background: false }, CLIENT),
  },
  'a use that is written down': {
    points: [...CHANGE, 'COMMIT'],
    later: 2 * HOUR,
    act: ({ sessions }, { session }) => sessions.touch(session),
  },
  'a new place that is written down': {
    points: [...CHANGE, ...TELL, 'COMMIT'],
    act: ({ sessions }, { session }) => sessions.notePlace(session, ELSEWHERE),
  },
  'a refresh from a new place': {
    points: [...CHANGE, ...TELL, 'COMMIT'],
    act: (parts, { refreshToken }) =>
      refreshSession(parts, { refreshToken, background: false }, { ...CLIENT, place: ELSEWHERE }),
  },
  'a sign-out': {
    points: [...CHANGE, ...TELL, 'COMMIT'],
    act: (parts, { session }) => signOut(parts, session),
  },
  'signing out everywhere': {
    points: [...CHANGE, ...TELL, 'COMMIT'],
    act: (parts, person) => revokeAllSessions(parts, person, { keepCurrent: false, verificationToken: '' }),
  },
  'a new password': {
    points: [...CHANGE, ...TELL, 'COMMIT'],
    act: (parts, person) =>
      updatePassword(
        parts,
        person,
        { newPassword: 'another battery staple', signOutEverywhere: true, verificationToken: person.proof },
        VISITOR,
      ),
  },
}

const credentials = (email: string) =>
  ({ email, password: PASSWORD, transport: 'COOKIE', rememberMe: true }) as const
const codeOf = (result: unknown): string => (result instanceof Refusal ? result.code : 'GRANTED')

describeOnPostgres('the end of everyone’s sessions, side by side with', (open) => {
  let test: TestDatabase
  let app: TestApp
  let parts: AccountParts
  let aside: Database
  beforeAll(async () => {
    test = await open()
    app = await startApp(test)
    const parameters = { ...ARGON2_PARAMETERS, memoryCost: 1_024, timeCost: 1 }
    parts = { ...app.server.house.accounts, passwords: new Passwords({ concurrency: 8, parameters }) }
    aside = openPostgres({ url: test.postgres?.url ?? '', poolSize: 4, connectTimeout: 5_000 })
    await buildGates(aside)
  })
  afterEach(async () => {
    while ((await parts.sessions.endPastEras(100)) > 0);
    await expectSoundness(aside)
  })
  afterAll(async () => {
    await aside.close()
    await app[Symbol.asyncDispose]()
    await test[Symbol.asyncDispose]()
  })

  async function administrator(): Promise<LiveSession> {
    const email = anyEmail()
    granted(await createAccount(parts, { email, password: PASSWORD, roles: ['ADMINISTRATOR'] }))
    return granted(await signIn(parts, credentials(email), VISITOR, null))
  }

  async function anybody(): Promise<Person> {
    const email = anyEmail()
    const input = { email, password: PASSWORD }
    const program = granted(await signUp(parts, { ...input, transport: 'TOKEN' }, CLIENT, null))
    const entered = granted(await signIn(parts, credentials(email), VISITOR, null))
    const { session, verification } = granted(
      await reverify(parts, entered, { password: PASSWORD, purpose: UPDATE_PASSWORD }, VISITOR),
    )
    const refreshToken = program.tokens?.refreshToken ?? ''
    return { session, user: entered.user, email, proof: verification.token, refreshToken }
  }

  const endEvery = (by: LiveSession, keepCurrent = false) =>
    revokeEverySession(parts, by, { reason: 'a test', keepCurrent })

  /** Everyone's sessions that go on, as administrators see them. */
  const live = async (): Promise<readonly string[]> =>
    (
      await listOwnedSessions(
        parts,
        { state: 'ACTIVE' },
        { size: 100, after: null, order: 'CREATED_AT_DESC' },
      )
    ).items.map(({ session }) => session.id)

  /** Nothing that was handed out, then or before, is worth anything. */
  async function expectNobody(person: Person, result: unknown, kept: readonly string[]): Promise<void> {
    expect(await live()).toEqual(kept)
    expect(await parts.sessions.look(person.session.id)).toMatchObject({ state: 'ended' })
    const { session, tokens } = result as Partial<LiveSession> & { tokens?: { refreshToken: string } | null }
    if (session) expect(await parts.sessions.look(session.id)).toMatchObject({ state: 'ended' })
    for (const refreshToken of [person.refreshToken, ...(tokens ? [tokens.refreshToken] : [])]) {
      const refreshed = await refreshSession(parts, { refreshToken, background: false }, CLIENT)
      expect(codeOf(refreshed)).toBe('SESSION_ENDED')
    }
  }

  it.each(Object.entries(CONTENDERS))(
    '%s that is suspended anywhere: it is waited for by nobody, and leaves nobody inside',
    async (_, { points, act, later = 0 }) => {
      for (const [round, point] of points.entries()) {
        const keepCurrent = round % 2 === 1
        const person = await anybody()
        app.clock.advance(later)
        const by = await administrator()
        await using gate = await closeGate(aside, point, by.user.id)
        const running = act(parts, person)
        await untilQueued(aside, 1)
        // goes red, by the time limit on statements, when it waits for what is under way
        granted(await endEvery(by, keepCurrent))
        expect(await parts.sessions.look(person.session.id)).toMatchObject({
          state: 'ended',
          session: { endReason: 'REVOKED_BY_ADMINISTRATOR' },
        })
        await gate.lift()
        // goes red when a session is given the era in force instead of the one that it was decided on in
        await expectNobody(person, await running, keepCurrent ? [by.session.id] : [])
        while ((await parts.sessions.endPastEras(2)) > 0);
        await expectNobody(person, {}, keepCurrent ? [by.session.id] : [])
        await expectSoundness(aside)
      }
    },
    60_000,
  )

  it('whatever has not begun: a session that is gone does nothing, and who presents a password is let in', async () => {
    // these do not wait for the user
    const others = ['a sign-up', 'a refresh', 'a refresh from a new place', 'a use that is written down']
    for (const [name, { act }] of Object.entries(CONTENDERS)) {
      if ([...others, 'a new place that is written down'].includes(name)) continue
      const [by, person] = [await administrator(), await anybody()]
      const barrier = await lockOut(aside, person.user.id)
      const running = act(parts, person)
      await untilQueued(aside, 1)
      granted(await endEvery(by))
      await barrier.lift()
      const result = await running
      const enters = name.startsWith('a sign-in')
      if (name !== 'a sign-out')
        expect([name, codeOf(result)]).toEqual([name, enters ? 'GRANTED' : 'NOT_SIGNED_IN'])
      expect(await live()).toEqual(enters ? [(result as LiveSession).session.id] : [])
      granted(await endEvery(await administrator()))
    }
  }, 60_000)

  it('anybody, when it is suspended itself: they wait for nothing, and are out when it is done', async () => {
    for (const point of [...ERA, ...TELL, 'COMMIT'] as const) {
      const [by, person] = [await administrator(), await anybody()]
      await using gate = await closeGate(aside, point, null)
      const ending = endEvery(by)
      await untilQueued(aside, 1)
      const results = []
      if (!point.startsWith('events') && point !== 'COMMIT') {
        // the others write events too, and would stand before the same gate
        for (const name of ['a sign-in', 'a reverification', 'a refresh'])
          results.push(granted(await CONTENDERS[name]?.act(parts, person)))
      }
      expect(await parts.sessions.look(by.session.id)).toMatchObject({ state: 'live' })
      await gate.lift()
      granted(await ending)
      await expectNobody(person, {}, [])
      for (const result of results) await expectNobody(person, result, [])
    }
  }, 60_000)

  it('another one: the first wins, and whoever it signed out does nothing any more', async () => {
    for (const keepCurrent of [true, false]) {
      const [first, second] = [await administrator(), await administrator()]
      await using gate = await closeGate(aside, 'session_eras INSERT AFTER', null)
      const one = endEvery(first, keepCurrent)
      await untilQueued(aside, 1)
      const other = endEvery(second, true)
      await untilQueued(aside, 2)
      await gate.lift()
      // goes red when the session is not looked at again behind the lock
      expect([codeOf(await one), codeOf(await other)]).toEqual(['GRANTED', 'NOT_SIGNED_IN'])
      expect(await live()).toEqual(keepCurrent ? [first.session.id] : [])
    }
  })

  it('the sweeper, on two nodes: each end is written and told once, and what began since is left alone', async () => {
    const by = await administrator()
    for (let people = 0; people < 6; people++) await anybody()
    granted(await endEvery(by))
    const later = await anybody()
    const swept = await Promise.all(
      Array.from({ length: 4 }, async () => {
        let total = 0
        for (let done = -1; done !== 0; total += done) done = await parts.sessions.endPastEras(3)
        return total
      }),
    )
    expect(swept.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(13)
    await expectSoundness(aside)
    const open = rowsOf<{ user_id: string }>(
      await aside.queries.execute(sql`SELECT user_id FROM sessions WHERE ended_at IS NULL`),
    )
    expect(open.map(({ user_id }) => user_id)).toEqual([later.user.id, later.user.id])
  })

  it('nothing else: those that fit are ended with whoever was signing in or reverifying when it began', async () => {
    for (const name of ['a sign-in', 'a sign-in over the cookie', 'a sign-up', 'a reverification'] as const) {
      for (const point of ['sessions INSERT AFTER', 'COMMIT'] as const) {
        const [by, person] = [await administrator(), await anybody()]
        await using gate = await closeGate(aside, point, by.user.id)
        const running = CONTENDERS[name]?.act(parts, person)
        await untilQueued(aside, 1)
        const filter: SessionFilter = { createdBefore: new Date(app.clock.now().getTime() + 1) }
        const input = { filter, reason: 'a test', keepCurrent: true }
        const fitting = revokeSessions(parts, by, input)
        // it looks on, or waits for the lock of the user; either way it has begun when the other goes on
        await expect.poll(() => begun(aside)).toBe(true)
        await gate.lift()
        const result = granted(await running) as LiveSession
        // goes red when only what can be seen is looked at
        for (let ended = granted(await fitting); ended.hasMore; )
          ended = granted(await revokeSessions(parts, by, input))
        expect(await parts.sessions.look(result.session.id)).toMatchObject({ state: 'ended' })
        expect(await live()).toEqual([by.session.id])
        granted(await endEvery(by))
      }
    }
  }, 60_000)

  it('nothing else: a sign-in that hangs is waited for a while only, and the caller is told to come back', async () => {
    const [by, person] = [await administrator(), await anybody()]
    await using gate = await closeGate(aside, 'COMMIT', by.user.id)
    const running = CONTENDERS['a sign-in']?.act(parts, person)
    await untilQueued(aside, 1)
    const input = { filter: { transport: 'COOKIE' } as const, reason: 'a test', keepCurrent: true }
    const fitting = revokeSessions(parts, by, input)
    // the hanging one holds the lock of its user
    await untilQueued(aside, 2)
    await gate.lift()
    await running
    expect(granted(await fitting)).toMatchObject({ hasMore: true })
    expect(granted(await revokeSessions(parts, by, input))).toMatchObject({ hasMore: false })
    expect(await live()).toHaveLength(2)
  }, 30_000)
})

/** Whether somebody looks on until sessions have been started, or waits for a lock behind whoever stands before the gate. */
async function begun({ queries }: Database): Promise<boolean> {
  const rows = await queries.execute(sql`
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'
      AND (query LIKE '%pg_sleep%' OR wait_event_type = 'Lock') AND pid <> pg_backend_pid()`)
  return rowsOf(rows).length > 1
}

/** Any fixed number: the lock that whoever comes to a closed gate waits for. */
const GATE = 7_070_707

/** Triggers at each point, that suspend at the one that is closed. */
async function buildGates({ queries }: Database): Promise<void> {
  await queries.execute(sql`CREATE TABLE gates (point text NOT NULL, but_for uuid)`)
  await queries.execute(sql`
    CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE whose uuid := to_jsonb(NEW) ->> 'user_id';
    BEGIN
      -- of what is everyone's only if nobody is left out
      PERFORM pg_advisory_xact_lock_shared(${sql.raw(String(GATE))}) FROM gates
        WHERE point = TG_ARGV[0] AND CASE WHEN but_for IS NULL THEN whose IS NULL ELSE whose <> but_for END;
      RETURN NEW;
    END $$`)
  const name = (point: string) => sql.identifier(point.toLowerCase().replaceAll(' ', '_'))
  for (const point of POINTS) {
    const [table = '', event = '', moment = ''] = point.split(' ')
    await queries.execute(sql`CREATE TRIGGER ${name(point)} ${sql.raw(moment)} ${sql.raw(event)} ON ${sql.identifier(table)}
      FOR EACH ROW EXECUTE FUNCTION gate(${sql.raw(`'${point}'`)})`)
  }
  for (const table of ['sessions', 'session_eras']) {
    await queries.execute(sql`CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT OR UPDATE ON ${sql.identifier(table)}
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gate('COMMIT')`)
  }
}

/**
 * Suspends whoever comes to this point.
 * @param butFor a user about whose rows nobody is suspended; null: only those are, that write what is about everyone
 */
async function closeGate(database: Database, point: Point, butFor: string | null) {
  await database.queries.execute(sql`INSERT INTO gates VALUES (${point}, ${butFor})`)
  const [closed, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const done = database.transaction(async ({ queries }) => {
    await queries.execute(sql`SELECT pg_advisory_xact_lock(${GATE})`)
    closed.resolve()
    await gate.promise
  })
  await Promise.race([closed.promise, done])
  const lift = async (): Promise<void> => {
    await database.queries.execute(sql`DELETE FROM gates`)
    gate.resolve()
    await done
  }
  // a test that fails leaves nobody behind who waits
  return { lift, [Symbol.asyncDispose]: lift }
}
