import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { refreshSession } from '../../src/accounts/refresh-session.ts'
import { signUp } from '../../src/accounts/sign-up.ts'
import { events, sessions } from '../../src/database/tables.ts'
import type { Place } from '../../src/devices/place.ts'
import { isKnownAnomaly, MOST_ANOMALIES, REPEAT_INTERVAL } from '../../src/sessions/anomalies.ts'
import { CROWDED_INTERVAL, MOST_PLACES } from '../../src/sessions/places.ts'
import { findSession } from '../../src/sessions/queries.ts'
import { RETRY_WINDOW } from '../../src/tokens/rotation.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { useApp } from '../kit/use-app.ts'
import { anyPerson, expectSoundness, granted, VISITOR } from '../races/kit.ts'

const HOUR = 3_600_000
const ABROAD = 'RETRIED_FROM_ANOTHER_COUNTRY'
const HOME: Place = { network: '203.0.113.0/24', location: { countryCode: 'NL', city: null } }
const AWAY: Place = { network: '198.51.100.0/24', location: { countryCode: 'US', city: 'Boston' } }
const placeNumber = (number: number): Place => ({ network: `20.0.${number}.0/24`, location: null })

describe('what was noticed in a session', () => {
  it('is no news for an hour, and then again', () => {
    const now = new Date(1_700_000_000_000)
    const known = (ago: number) => ({
      anomalies: [{ kind: ABROAD, occurredAt: new Date(now.getTime() - ago), network: null } as const],
    })
    expect(isKnownAnomaly(known(REPEAT_INTERVAL - 1), ABROAD, now)).toBe(true)
    expect(isKnownAnomaly(known(REPEAT_INTERVAL), ABROAD, now)).toBe(false)
    expect(isKnownAnomaly(known(0), 'REFRESH_TOKEN_REUSED', now)).toBe(false)
  })
})

describeEachDatabase('the log of a session', (open) => {
  const clock = new FrozenClock()
  const use = useApp(open, { clock })
  beforeEach(async () => {
    clock.advance(HOUR)
    return () => expectSoundness(use.database.database)
  })

  /** Everything that the log tells of it, in order. */
  const told = async (sessionId: string) => {
    const rows = await use.database.database.queries
      .select()
      .from(events)
      .where(eq(events.sessionId, sessionId))
      .orderBy(events.id)
    return rows.map(({ type, reason, anomalyKind, changes }) =>
      [type, reason ?? anomalyKind ?? changes?.join()].filter(Boolean).join(' '),
    )
  }
  const anyClient = async (place: Place) => {
    const { accounts } = use.app.server.house
    const visitor = { ...VISITOR, userAgent: 'one client', place }
    const input = { email: anyEmail(), password: PASSWORD, transport: 'TOKEN' } as const
    const { session, tokens } = granted(await signUp(accounts, input, visitor, null))
    const refresh = async (refreshToken: string, from: Place, background = false) =>
      refreshSession(accounts, { refreshToken, background }, { ...visitor, place: from })
    return { session, first: tokens?.refreshToken ?? '', refresh }
  }

  it('tells once of a place that is new, and not of activity, nor of one that it was at before', async () => {
    const { sessions: all } = use.app.server.house.accounts
    const { session } = await anyPerson(use.app.server.house.accounts)
    await all.touch(session, HOME)
    expect(await told(session.id)).toEqual(['STARTED', 'CHANGED NEW_PLACE'])
    for (const place of [HOME, AWAY, HOME, AWAY]) {
      clock.advance(2 * HOUR)
      // as it was read at the very beginning, too
      const before = (await findSession(use.database.database.queries, session.id)) ?? session
      expect((await all.touch(before, place)).lastActiveAt).toEqual(clock.now())
      await all.notePlace(session, place)
    }
    expect(await told(session.id)).toEqual(['STARTED', 'CHANGED NEW_PLACE', 'CHANGED NEW_PLACE'])
  })

  it('tells of many places once each, and then of one a minute, whatever does the asking', async () => {
    const { sessions: all } = use.app.server.house.accounts
    const { session, first, refresh } = await anyClient(placeNumber(0))
    let token = first
    const seenAt = async (place: Place) => {
      // as it was read before there were any
      await all.notePlace(session, place)
      const refreshed = granted(await refresh(token, place))
      token = refreshed.tokens.refreshToken
      // by another generation of the same, under the lock
      granted(await refresh(token, place))
    }
    for (let count = 1; count <= MOST_PLACES + 5; count++) await seenAt(placeNumber(count))
    const changes = async () => (await told(session.id)).filter((each) => each.startsWith('CHANGED')).length
    expect(await changes()).toBe(MOST_PLACES - 1)
    clock.advance(CROWDED_INTERVAL - 1)
    await seenAt(placeNumber(100))
    expect(await changes()).toBe(MOST_PLACES - 1)
    clock.advance(1)
    for (let count = 100; count < 110; count++) await seenAt(placeNumber(count))
    expect(await changes()).toBe(MOST_PLACES)
    expect((await all.view(session.id))?.places).toHaveLength(MOST_PLACES)
  })

  it('does not tell of a place that comes with activity more often than of any other', async () => {
    const { sessions: all } = use.app.server.house.accounts
    const { session } = await anyPerson(use.app.server.house.accounts)
    for (let count = 0; count < MOST_PLACES; count++) await all.notePlace(session, placeNumber(count))
    await use.database.database.queries
      .update(sessions)
      .set({ lastActiveAt: new Date(clock.now().getTime() - 2 * HOUR) })
      .where(eq(sessions.id, session.id))
    const before = (await all.view(session.id)) ?? session
    const touched = await all.touch(before, placeNumber(200))
    expect(touched).toMatchObject({ lastActiveAt: clock.now(), places: before.places })
    expect(await told(session.id)).toHaveLength(1 + MOST_PLACES)
  })

  it('tells of a refresh from a new place, and of one from a known place nothing', async () => {
    const { session, first, refresh } = await anyClient(HOME)
    const second = granted(await refresh(first, HOME))
    expect(await told(session.id)).toEqual(['STARTED'])
    const third = granted(await refresh(second.tokens.refreshToken, AWAY, true))
    expect(third.session.places).toMatchObject([AWAY, HOME])
    granted(await refresh(third.tokens.refreshToken, AWAY))
    expect(await told(session.id)).toEqual(['STARTED', 'CHANGED NEW_PLACE'])
  })

  it.each([
    ['retried', 1],
    ['recovered', RETRY_WINDOW],
  ])('tells of a refresh that is %s from another country, which is honoured', async (_, delay) => {
    const { session, first, refresh } = await anyClient(HOME)
    granted(await refresh(first, HOME))
    clock.advance(delay)
    const { session: after } = granted(await refresh(first, AWAY))
    const noticed = { kind: ABROAD, occurredAt: clock.now(), network: AWAY.network }
    expect(after).toMatchObject({ endedAt: null, anomalies: [noticed] })
    expect(await told(session.id)).toEqual(['STARTED', 'CHANGED NEW_PLACE', `FLAGGED ${ABROAD}`])
    const row = await use.database.database.queries.select().from(events).where(eq(events.type, 'FLAGGED'))
    // where it came from is not written to what outlives it
    expect(
      JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain(AWAY.network)
    // and once only, however often it is asked for again
    for (let time = 0; time < 5; time++) granted(await refresh(first, time % 2 === 0 ? HOME : AWAY))
    expect((await told(session.id)).filter((each) => each.startsWith('FLAGGED'))).toHaveLength(1)
  })

  it('tells nothing of a retry from home, or from where nobody knows', async () => {
    const nobodyKnows: Place = { network: AWAY.network, location: null }
    for (const [one, other] of [
      [HOME, HOME],
      [HOME, { network: '203.0.114.0/24', location: HOME.location }],
      [HOME, nobodyKnows],
      [nobodyKnows, AWAY],
    ] as const) {
      const { session, first, refresh } = await anyClient(one)
      granted(await refresh(first, one))
      granted(await refresh(first, other))
      clock.advance(RETRY_WINDOW)
      granted(await refresh(first, other))
      expect((await told(session.id)).filter((each) => each.startsWith('FLAGGED'))).toEqual([])
    }
  })

  it('measures a retry by the rotation that it repeats, also if that came with a new password', async () => {
    const { accounts } = use.app.server.house
    const { session, first, refresh } = await anyClient(HOME)
    const renewed = await accounts.database.transaction((transaction) =>
      accounts.refreshes.renew(transaction, session.id, { userAgent: 'one client', place: AWAY }),
    )
    expect(renewed?.generation).toBe(2)
    granted(await refresh(first, AWAY))
    expect(await told(session.id)).toEqual(['STARTED', 'CHANGED NEW_PLACE'])
    granted(await refresh(first, HOME))
    expect(await told(session.id)).toEqual(['STARTED', 'CHANGED NEW_PLACE', `FLAGGED ${ABROAD}`])
  })

  it('tells what was noticed before it tells of the end that follows from it', async () => {
    const { session, first, refresh } = await anyClient(HOME)
    const second = granted(await refresh(first, HOME))
    granted(await refresh(second.tokens.refreshToken, HOME))
    expect(await refresh(first, HOME)).toMatchObject({
      code: 'SESSION_ENDED',
      reason: 'REFRESH_TOKEN_REUSED',
    })
    expect(await refresh(first, HOME)).toMatchObject({
      code: 'SESSION_ENDED',
      reason: 'REFRESH_TOKEN_REUSED',
    })
    expect(await told(session.id)).toEqual([
      'STARTED',
      'FLAGGED REFRESH_TOKEN_REUSED',
      'REVOKED REFRESH_TOKEN_REUSED',
    ])
  })

  it('tells the same of a displaced access token, and nothing of one of a session that is past its limit', async () => {
    const { accounts } = use.app.server.house
    for (const late of [false, true]) {
      const { session, first, refresh } = await anyClient(HOME)
      const second = granted(await refresh(first, HOME))
      clock.advance(RETRY_WINDOW)
      granted(await refresh(first, HOME))
      const claims = { sessionId: session.id, userId: session.userId, generation: 2 }
      expect(second.session.id).toBe(session.id)
      if (late) clock.advance(accounts.sessions.policy.idleTimeout)
      expect(await accounts.sessions.find(claims)).toMatchObject({ state: 'ended' })
      expect(await told(session.id)).toEqual(
        late
          ? ['STARTED', 'REVOKED IDLE_TIMEOUT']
          : ['STARTED', 'FLAGGED DISPLACED_TOKEN_USED', 'REVOKED REFRESH_TOKEN_REUSED'],
      )
    }
  })

  it('tells nothing of what is noticed in a session that is over', async () => {
    const { accounts } = use.app.server.house
    const { session } = await anyPerson(accounts)
    const anomaly = { kind: 'DISPLACED_TOKEN_USED', occurredAt: clock.now(), network: null } as const
    await accounts.database.transaction((transaction) =>
      accounts.sessions.end(transaction, session.id, {
        reason: 'SIGNED_OUT',
        actor: { kind: 'USER', sessionId: null },
      }),
    )
    expect(
      await accounts.database.transaction((transaction) =>
        accounts.sessions.flag(transaction, session.id, anomaly),
      ),
    ).toBeNull()
    expect(await told(session.id)).toEqual(['STARTED', 'REVOKED SIGNED_OUT'])
    expect((await accounts.sessions.view(session.id))?.anomalies).toEqual([])
  })

  it('leaves in the session the latest of what was noticed, and no more than that', async () => {
    const { accounts } = use.app.server.house
    const { session } = await anyPerson(accounts)
    const moment = (count: number) => new Date(clock.now().getTime() + count)
    for (let count = 0; count < MOST_ANOMALIES + 2; count++) {
      const anomaly = { kind: ABROAD, occurredAt: moment(count), network: null } as const
      await accounts.database.transaction((transaction) =>
        accounts.sessions.flag(transaction, session.id, anomaly),
      )
    }
    const kept = (await accounts.sessions.view(session.id))?.anomalies ?? []
    expect(kept).toHaveLength(MOST_ANOMALIES)
    expect([kept[0]?.occurredAt, kept.at(-1)?.occurredAt]).toEqual([moment(2), moment(MOST_ANOMALIES + 1)])
  })

  it('and of its row is shown what this node has a word for', async () => {
    const { session } = await anyPerson(use.app.server.house.accounts)
    const occurredAt = clock.now().toISOString()
    const known = { kind: 'DISPLACED_TOKEN_USED', occurredAt, network: null } as const
    await use.database.database.queries
      .update(sessions)
      .set({ anomalies: [{ ...known, kind: 'NOTICED_BY_A_NEWER_NODE' as never }, known] })
      .where(eq(sessions.id, session.id))
    const seen = await findSession(use.database.database.queries, session.id)
    expect(seen?.anomalies).toEqual([{ ...known, occurredAt: clock.now() }])
  })
})
