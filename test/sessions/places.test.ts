import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signUp } from '../../src/accounts/sign-up.ts'
import type { Database } from '../../src/database/database.ts'
import { sessions } from '../../src/database/tables.ts'
import type { Place } from '../../src/devices/place.ts'
import { CROWDED_INTERVAL, isNewPlace, MOST_PLACES } from '../../src/sessions/places.ts'
import { forgetDevices } from '../../src/sessions/queries.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase, describeOnPostgres } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { useApp } from '../kit/use-app.ts'
import { anyPerson, type Barrier, granted, untilQueued, VISITOR } from '../races/kit.ts'

const NOW = new Date(1_700_000_000_000)
const HOME: Place = { network: '203.0.113.0/24', location: { countryCode: 'DE', city: null } }
const AWAY: Place = { network: '198.51.100.0/24', location: { countryCode: 'US', city: 'Boston' } }

/** Few enough that they come again. */
const anyPlace: fc.Arbitrary<Place> = fc.record({
  network: fc.constantFrom(null, '203.0.113.0/24', '198.51.100.0/24', '2001:db8:1::/48'),
  location: fc.constantFrom(
    null,
    { countryCode: 'DE', city: null },
    { countryCode: 'DE', city: 'Köln' },
    { countryCode: 'FR', city: '"\\{}' },
  ),
})

describe('a new place', () => {
  const at = (place: Place, time = NOW) => ({ ...place, firstSeenAt: time, lastSeenAt: time })

  it.each([
    [{ ...HOME, network: '203.0.114.0/24' }, true],
    [{ ...HOME, network: null }, true],
    [{ ...HOME, location: null }, true],
    [{ ...HOME, location: { countryCode: 'DE', city: 'Köln' } }, true],
    [HOME, false],
    [{ network: null, location: null }, false],
  ])('is %j: %s', (place, isNew) => {
    expect(isNewPlace({ places: [at(AWAY), at(HOME)] }, place, NOW)).toBe(isNew)
  })

  it('in a crowd of them waits until the last one is a while ago', () => {
    const places = Array.from({ length: MOST_PLACES }, (_, index) => at({ ...HOME, network: `${index}` }))
    const later = (milliseconds: number) => new Date(NOW.getTime() + milliseconds)
    expect(isNewPlace({ places }, AWAY, later(CROWDED_INTERVAL - 1))).toBe(false)
    expect(isNewPlace({ places }, AWAY, later(CROWDED_INTERVAL))).toBe(true)
    expect(isNewPlace({ places: places.slice(1) }, AWAY, NOW)).toBe(true)
  })
})

describeEachDatabase('the places of a session', (open) => {
  const clock = new FrozenClock()
  const use = useApp(open, { clock, environment: { SESSION_TOUCH_INTERVAL: '10s' } })

  it('are each place once, from the first time to the last, whatever comes in whatever order', async () => {
    const { accounts } = use.app.server.house
    const visits = fc.array(fc.record({ place: anyPlace, pause: fc.constantFrom(0, 5_000, 10_000) }), {
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(anyPlace, visits, async (place, rest) => {
        const input = { email: anyEmail(), password: PASSWORD, transport: 'COOKIE' } as const
        let { session } = granted(await signUp(accounts, input, { ...VISITOR, place }, null))
        const firstSeen = new Map<string, Date>()
        const note = (seen: Place) => {
          const key = JSON.stringify(seen)
          if (seen.network !== null || seen.location !== null)
            firstSeen.set(key, firstSeen.get(key) ?? clock.now())
        }
        note(place)
        for (const visit of rest) {
          clock.advance(visit.pause)
          session = await accounts.sessions.touch(session, visit.place)
          note(visit.place)
          const seen = session.places.map(
            ({ network, location, firstSeenAt }) =>
              [JSON.stringify({ network, location }), firstSeenAt] as const,
          )
          expect(new Map(seen)).toEqual(firstSeen)
          expect(seen).toHaveLength(firstSeen.size)
          const latest = session.places.map(({ lastSeenAt }) => lastSeenAt.getTime())
          expect(latest).toEqual(latest.toSorted((one, other) => other - one))
          expect(await accounts.sessions.view(session.id)).toEqual(session)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('are continued by a session that takes its place', async () => {
    const { accounts } = use.app.server.house
    const input = { email: anyEmail(), password: PASSWORD, transport: 'COOKIE' } as const
    const { session } = granted(await signUp(accounts, input, { ...VISITOR, place: HOME }, null))
    await accounts.sessions.touch(session, AWAY)
    // with what was read before: what has been written since counts
    const replaced = await accounts.database.transaction((transaction) =>
      accounts.sessions.replace(transaction, session, ['PASSWORD']),
    )
    expect(replaced?.session).toMatchObject({ ...HOME, places: [AWAY, HOME] })
  })

  it('of one that has ended stay as they were', async () => {
    const { accounts } = use.app.server.house
    const { session, user } = await anyPerson(accounts)
    await accounts.database.transaction((transaction) =>
      accounts.sessions.endAll(transaction, user.id, {
        reason: 'SIGNED_OUT',
        actor: { kind: 'USER', sessionId: session.id },
      }),
    )
    clock.advance(60_000)
    for (const seen of [
      await accounts.sessions.touch(session, AWAY),
      await accounts.sessions.notePlace(session, AWAY),
    ])
      expect(seen).toEqual(session)
    expect((await accounts.sessions.view(session.id))?.places).toEqual([])
  })

  it('of one that is past its limit stay as they were, though nobody has noticed', async () => {
    const { accounts } = use.app.server.house
    const { session } = await anyPerson(accounts)
    clock.advance(8 * 86_400_000)
    expect(await accounts.sessions.notePlace(session, AWAY)).toEqual(session)
    expect((await accounts.sessions.view(session.id))?.places).toEqual([])
  })

  it('go with the account', async () => {
    const { accounts } = use.app.server.house
    const input = { email: anyEmail(), password: PASSWORD, transport: 'COOKIE' } as const
    const { session, user } = granted(await signUp(accounts, input, { ...VISITOR, place: AWAY }, null))
    await accounts.database.transaction((transaction) => forgetDevices(transaction, user.id))
    expect(await accounts.sessions.view(session.id)).toMatchObject({
      network: null,
      location: null,
      places: [],
    })
  })
})

describeOnPostgres('a place that is noted while the session ends', (open) => {
  const use = useApp(open)

  it('is not written to what has ended by then', async () => {
    const { accounts } = use.app.server.house
    const { session, user } = await anyPerson(accounts)
    const { database } = use.database
    const barrier = await holdSession(database, session.id)
    const ending = accounts.database.transaction((transaction) =>
      accounts.sessions.endAll(transaction, user.id, {
        reason: 'SIGNED_OUT_EVERYWHERE',
        actor: { kind: 'USER', sessionId: session.id },
      }),
    )
    await untilQueued(database, 1)
    const noting = accounts.sessions.notePlace(session, AWAY)
    await untilQueued(database, 2)
    await barrier.lift()
    expect(await ending).toHaveLength(1)
    expect(await noting).toEqual(session)
    const [row] = await database.queries
      .select({ places: sessions.places })
      .from(sessions)
      .where(eq(sessions.id, session.id))
    expect(row).toEqual({ places: [] })
  })

  it('of two that come at once, each is kept', async () => {
    const { accounts } = use.app.server.house
    const { session } = await anyPerson(accounts)
    const { database } = use.database
    const barrier = await holdSession(database, session.id)
    const noting = [accounts.sessions.notePlace(session, HOME), accounts.sessions.notePlace(session, AWAY)]
    // and the same once more, which is written once
    noting.push(accounts.sessions.notePlace(session, AWAY))
    await untilQueued(database, 3)
    await barrier.lift()
    await Promise.all(noting)
    const places = (await accounts.sessions.view(session.id))?.places ?? []
    expect(places.map(({ network }) => network).toSorted()).toEqual([AWAY.network, HOME.network].toSorted())
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
