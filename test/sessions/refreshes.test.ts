import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { signUp } from '../../src/accounts/sign-up.ts'
import { events, sessions } from '../../src/database/tables.ts'
import { NOWHERE } from '../../src/devices/place.ts'
import { REPEAT_INTERVAL } from '../../src/sessions/anomalies.ts'
import { needsTouch, reachedLimit } from '../../src/sessions/lifetime.ts'
import { firstPlaces } from '../../src/sessions/places.ts'
import { fromRotation, toRotation } from '../../src/sessions/rows.ts'
import { fingerprintAgent } from '../../src/tokens/refresh-token.ts'
import { judgeRefresh, RETRY_WINDOW, type Rotation } from '../../src/tokens/rotation.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { useApp } from '../kit/use-app.ts'
import { granted, VISITOR } from '../races/kit.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const ABROAD = 'RETRIED_FROM_ANOTHER_COUNTRY' as const

/** Where a session may stand, with every limit and window near its edge, and what is presented then. */
const situation = fc.record({
  current: fc.integer({ min: 1, max: 6 }),
  behind: fc.integer({ min: 1, max: 3 }),
  seenBehind: fc.integer({ min: 0, max: 3 }),
  generation: fc.integer({ min: 1, max: 8 }),
  rotatedAgo: fc.constantFrom(0, RETRY_WINDOW - 1, RETRY_WINDOW, HOUR),
  activeAgo: fc.constantFrom(0, HOUR - 1, HOUR, 7 * DAY - 1, 7 * DAY),
  left: fc.constantFrom(0, 1, DAY),
  agents: fc.constantFrom(
    ['one', 'one'] as const,
    ['one', 'two'] as const,
    [null, null] as const,
    ['one', null] as const,
  ),
  background: fc.boolean(),
  /** Of the rotation before, and of what is presented. */
  countries: fc.tuple(fc.constantFrom(null, 'NL', 'US'), fc.constantFrom(null, 'NL', 'US')),
  placed: fc.boolean(),
  flaggedAgo: fc.constantFrom(null, REPEAT_INTERVAL - 1, REPEAT_INTERVAL),
})

describeEachDatabase('a refresh in the database', (open) => {
  const clock = new FrozenClock()
  const use = useApp(open, { clock })

  it('comes to what the rules say of it, wherever the session stands, and writes that and nothing else', async () => {
    const { accounts } = use.app.server.house
    const { queries } = use.database.database
    const input = { email: anyEmail(), password: PASSWORD, transport: 'TOKEN' as const }
    const { session, credential, user } = granted(await signUp(accounts, input, VISITOR, null))
    if (credential.transport !== 'TOKEN') throw new Error('no token')
    const { salt } = credential.refreshToken
    const read = async () => {
      const [row] = await queries.select().from(sessions).where(eq(sessions.id, session.id))
      if (!row) throw new Error('no row')
      return row
    }
    const told = async () => {
      const written = await queries.select().from(events).orderBy(events.id)
      return written.map(({ type, anomalyKind, changes }) =>
        [type, anomalyKind ?? changes?.join()].filter(Boolean).join(' '),
      )
    }
    await fc.assert(
      fc.asyncProperty(situation, async (given) => {
        const now = clock.now()
        const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds)
        const [before, presents] = given.agents
        const { current } = given
        const retry = Math.max(0, current - given.behind)
        const rotation: Rotation = {
          current,
          retry,
          seen: Math.max(0, current - given.seenBehind),
          rotatedAt: ago(given.rotatedAgo),
          agent: fingerprintAgent(salt, before),
          country: given.countries[0],
          // what lies between the two has been displaced
          displaced: Array.from(
            { length: Math.max(0, current - retry - 1) },
            (_, index) => retry + 1 + index,
          ),
        }
        const country = given.countries[1]
        const place = {
          network: null,
          location: country === null ? null : { countryCode: country, city: null },
        }
        const places = given.placed ? firstPlaces(place, now) : []
        const anomalies =
          given.flaggedAgo === null
            ? []
            : [{ kind: ABROAD, occurredAt: ago(given.flaggedAgo).toISOString(), network: null }]
        const lifetime = { lastActiveAt: ago(given.activeAgo), expiresAt: ago(-given.left) }
        await queries
          .update(sessions)
          .set({ ...fromRotation(rotation), ...lifetime, places, anomalies, endedAt: null, endReason: null })
          .where(eq(sessions.id, session.id))
        await queries.delete(events)

        const { policy } = accounts.sessions
        const limit = reachedLimit(lifetime, policy, now)
        const judged = judgeRefresh(rotation, given.generation, {
          now,
          agent: fingerprintAgent(salt, presents),
          country,
        })
        const token = { sessionId: session.id, generation: given.generation, salt }
        const request = { userAgent: presents, place, background: given.background }
        const refreshed = await accounts.refreshes.refresh(token, request)

        const row = await read()
        if (limit || judged.verdict === 'reused') {
          const endReason = limit ?? 'REFRESH_TOKEN_REUSED'
          expect(refreshed).toMatchObject({ verdict: limit ? 'ended' : 'reused', session: { endReason } })
          expect(row).toMatchObject({ endReason, ...fromRotation(rotation), ...lifetime, places })
          expect(await told()).toEqual(limit ? ['REVOKED'] : ['FLAGGED REFRESH_TOKEN_REUSED', 'REVOKED'])
          return
        }
        const next = 'next' in judged ? judged.next : rotation
        const touched = !given.background && needsTouch(lifetime, policy, now)
        const lastActiveAt = touched ? now : lifetime.lastActiveAt
        expect(refreshed).toMatchObject({
          verdict: judged.verdict,
          session: { id: session.id, lastActiveAt, endedAt: null },
          user: { id: user.id },
          refreshToken: { sessionId: session.id, generation: next.current },
        })
        expect(toRotation(row)?.rotation).toEqual(next)
        expect(row).toMatchObject({ lastActiveAt, expiresAt: lifetime.expiresAt, endedAt: null })
        const moved = country !== null && !given.placed
        const repeated = 'fromAnotherCountry' in judged && judged.fromAnotherCountry
        const flagged = repeated && given.flaggedAgo !== REPEAT_INTERVAL - 1
        expect(row.places).toMatchObject(country === null ? [] : [{ countryCode: country }])
        expect(row.anomalies).toHaveLength(anomalies.length + (flagged ? 1 : 0))
        expect((await told()).sort()).toEqual([
          ...(moved ? ['CHANGED NEW_PLACE'] : []),
          ...(flagged ? [`FLAGGED ${ABROAD}`] : []),
        ])
      }),
      { numRuns: 300 },
    )
  })

  it('knows no session by a token with another salt, or of a session that carries a cookie', async () => {
    const { accounts } = use.app.server.house
    const person = async (transport: 'TOKEN' | 'COOKIE') =>
      granted(await signUp(accounts, { email: anyEmail(), password: PASSWORD, transport }, VISITOR, null))
    const request = { userAgent: null, place: NOWHERE, background: false }
    for (const { session } of [await person('TOKEN'), await person('COOKIE')]) {
      for (const generation of [1, 2]) {
        const token = { sessionId: session.id, generation, salt: new Uint8Array(16) }
        expect(await accounts.refreshes.refresh(token, request)).toBeNull()
      }
      expect((await accounts.sessions.view(session.id))?.endedAt).toBeNull()
    }
  })
})
