import { eq } from 'drizzle-orm'
import { afterEach, expect, it } from 'vitest'
import { refreshSession } from '../../src/accounts/refresh-session.ts'
import { signUp } from '../../src/accounts/sign-up.ts'
import type { Database } from '../../src/database/database.ts'
import { events, sessions } from '../../src/database/tables.ts'
import type { Place } from '../../src/devices/place.ts'
import { CROWDED_INTERVAL, MOST_PLACES } from '../../src/sessions/places.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'
import { describeOnPostgres } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { useApp } from '../kit/use-app.ts'
import { anyPerson, type Barrier, expectSoundness, granted, untilQueued, VISITOR } from './kit.ts'

const HOME: Place = { network: '203.0.113.0/24', location: { countryCode: 'NL', city: null } }
const AWAY: Place = { network: '198.51.100.0/24', location: { countryCode: 'US', city: null } }
const placeNumber = (number: number): Place => ({ network: `20.0.${number}.0/24`, location: null })

describeOnPostgres('what is told of a session', (open) => {
  const clock = new FrozenClock()
  const use = useApp(open, { clock })
  afterEach(() => expectSoundness(use.database.database))

  const told = async (sessionId: string) => {
    const rows = await use.database.database.queries
      .select()
      .from(events)
      .where(eq(events.sessionId, sessionId))
      .orderBy(events.id)
    return rows.map(({ type }) => type)
  }
  const anyClient = async () => {
    const { accounts } = use.app.server.house
    const visitor = { ...VISITOR, userAgent: 'one client', place: HOME }
    const input = { email: anyEmail(), password: PASSWORD, transport: 'TOKEN' } as const
    const { session, tokens } = granted(await signUp(accounts, input, visitor, null))
    const refresh = (place: Place) =>
      refreshSession(
        accounts,
        { refreshToken: tokens?.refreshToken ?? '', background: false },
        { ...visitor, place },
      )
    return { session, refresh }
  }
  const end = (sessionId: string) => {
    const { accounts } = use.app.server.house
    return accounts.database.transaction((transaction) =>
      accounts.sessions.end(transaction, sessionId, {
        reason: 'SIGNED_OUT',
        actor: { kind: 'USER', sessionId },
      }),
    )
  }

  it('that is seen somewhere new while it ends, is told before the end or not at all', async () => {
    const { accounts } = use.app.server.house
    const { database } = use.database
    for (const movesFirst of [true, false]) {
      for (const how of ['a request', 'a refresh']) {
        const { session, refresh } = await anyClient()
        const move = () => (how === 'a refresh' ? refresh(AWAY) : accounts.sessions.notePlace(session, AWAY))
        const contenders = movesFirst ? [move, () => end(session.id)] : [() => end(session.id), move]
        const barrier = await holdSession(database, session.id)
        const running: Promise<unknown>[] = []
        for (const contender of contenders) {
          running.push(contender())
          await untilQueued(database, running.length)
        }
        await barrier.lift()
        await Promise.all(running)
        expect(await told(session.id)).toEqual(
          movesFirst ? ['STARTED', 'CHANGED', 'REVOKED'] : ['STARTED', 'REVOKED'],
        )
        const over = await accounts.sessions.view(session.id)
        expect(over).toMatchObject({ endReason: 'SIGNED_OUT', places: movesFirst ? [AWAY, HOME] : [HOME] })
      }
    }
  })

  it('that is over with everyone’s before it is seen somewhere new, is that it ended, and nothing else', async () => {
    const { accounts } = use.app.server.house
    const { database } = use.database
    const { session, refresh } = await anyClient()
    const barrier = await holdSession(database, session.id)
    await database.transaction(async (transaction) => {
      await accounts.sessions.endEvery(transaction, {
        actor: { kind: 'ADMINISTRATOR', sessionId: null },
        reason: 'a test',
        keepCurrent: false,
      })
    })
    const moving = [refresh(AWAY), accounts.sessions.notePlace(session, AWAY)]
    await barrier.lift()
    await Promise.all(moving)
    await accounts.sessions.endPastEras(100)
    expect(await told(session.id)).toEqual(['STARTED', 'REVOKED'])
    expect((await accounts.sessions.view(session.id))?.places).toMatchObject([HOME])
  })

  it('that is asked for again from another country while it ends, is told before the end or not at all', async () => {
    const { database } = use.database
    for (const retriesFirst of [true, false]) {
      const { session, refresh } = await anyClient()
      granted(await refresh(HOME))
      const retry = () => refresh(AWAY)
      const contenders = retriesFirst ? [retry, () => end(session.id)] : [() => end(session.id), retry]
      const barrier = await holdSession(database, session.id)
      const running: Promise<unknown>[] = []
      for (const contender of contenders) {
        running.push(contender())
        await untilQueued(database, running.length)
      }
      await barrier.lift()
      await Promise.all(running)
      expect(await told(session.id)).toEqual(
        retriesFirst ? ['STARTED', 'CHANGED', 'FLAGGED', 'REVOKED'] : ['STARTED', 'REVOKED'],
      )
    }
  })

  it('is once of a retry from another country, however many come at once', async () => {
    const { database } = use.database
    const { session, refresh } = await anyClient()
    granted(await refresh(HOME))
    const barrier = await holdSession(database, session.id)
    const retries = Array.from({ length: 5 }, () => refresh(AWAY))
    await untilQueued(database, retries.length)
    await barrier.lift()
    for (const retried of await Promise.all(retries)) granted(retried)
    expect((await told(session.id)).toSorted()).toEqual(['CHANGED', 'FLAGGED', 'STARTED'])
  })

  it('is no more of many new places that come at once than of as many one after the other', async () => {
    const { accounts } = use.app.server.house
    const { database } = use.database
    const { session } = await anyPerson(accounts)
    for (let count = 2; count < MOST_PLACES; count++)
      await accounts.sessions.notePlace(session, placeNumber(count))
    clock.advance(CROWDED_INTERVAL)
    // each of them finds room for one more, and each is read before any is written
    for (const together of [3, 3]) {
      const before = await accounts.sessions.view(session.id)
      if (!before) throw new Error('no session')
      const count = (await told(session.id)).length
      const barrier = await holdSession(database, session.id)
      const noting = Array.from({ length: together }, (_, index) =>
        accounts.sessions.notePlace(before, placeNumber(count * 10 + index)),
      )
      await untilQueued(database, together)
      await barrier.lift()
      await Promise.all(noting)
      const room = MOST_PLACES - before.places.length
      expect((await told(session.id)).length - count).toBe(Math.max(room, 1))
      clock.advance(CROWDED_INTERVAL)
    }
  })
})

/** Locks a session's row from a connection of its own. */
async function holdSession(database: Database, sessionId: string): Promise<Barrier> {
  const locked = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const done = database.transaction(async ({ queries }) => {
    await queries.select().from(sessions).where(eq(sessions.id, sessionId)).for('update')
    locked.resolve()
    await gate.promise
  })
  await locked.promise
  return {
    lift: () => {
      gate.resolve()
      return done
    },
  }
}
