import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { sessions as table, users } from '../../src/database/tables.ts'
import { localId } from '../../src/graphql/global-ids.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { Socket } from '../kit/socket.ts'
import { TokenClient } from '../kit/token-client.ts'
import { useApp } from '../kit/use-app.ts'

const HOME = { 'X-Forwarded-For': '193.0.6.139' }
const AWAY = { 'X-Forwarded-For': '8.8.8.8' }
const ABROAD = 'RETRIED_FROM_ANOTHER_COUNTRY'

const EVENTS = `subscription ($scope: RevocationScope! = MY_SESSIONS, $after: EventCursor) {
  sessionEvents(scope: $scope, after: $after) {
    __typename id cursor occurredAt sessionId session { state places { network } anomalies { kind } }
    ... on SessionChanged { changes }
    ... on SessionFlagged { anomaly { kind occurredAt network } }
    ... on SessionRevoked { reason }
  } }`
/** As a client has it that was written before there was more. */
const STOCK =
  'subscription { sessionEvents { __typename id sessionId ... on SessionRevoked { reason message } } }'
const ENDS = `subscription ($scope: RevocationScope! = MY_SESSIONS, $after: EventCursor) {
  sessionRevoked(scope: $scope, after: $after) { __typename sessionId reason } }`
const SIGN_IN = `mutation ($email: String!) { signIn(input: { email: $email, password: "${PASSWORD}" }) {
  ... on SignInSuccess { session { id } } } }`

interface Told {
  readonly sessionEvents: {
    readonly __typename: string
    readonly id: string
    readonly cursor: string
    readonly occurredAt: string
    readonly sessionId: string
  }
}

describeEachDatabase('subscribers are told', (open) => {
  const use = useApp(open, {
    environment: { CURFEW_TRUSTED_PROXIES: '127.0.0.1,::1', SESSION_CACHE: 'memory' },
    clock: new FrozenClock(),
  })

  /** Somebody with a client that holds tokens, and a browser beside it, both at home. */
  const person = async () => {
    const email = anyEmail()
    let from: Record<string, string> = HOME
    const client = new TokenClient(use.app, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...from } }),
    })
    await client.signUp(email)
    const browser = new Browser(use.app)
    const { data } = await browser.send<{ signIn: { session: { id: string } } }>(
      { query: SIGN_IN, variables: { email } },
      HOME,
    )
    const move = (headers: Record<string, string>) => {
      from = headers
    }
    return { email, client, browser, browserSessionId: data.signIn.session.id, move }
  }
  const cursorOf = async (browser: Browser) =>
    (await browser.send<{ eventCursor: string }>({ query: '{ eventCursor }' }, HOME)).data.eventCursor
  /** From where the browser is, so that its socket is no news. */
  const follow = (browser: Browser, query: string, variables: Record<string, unknown> = {}) =>
    Socket.subscribed(use.app.url, browser.cookie, query, variables)
  /** The next event that is not about the socket itself, which is seen where tests run. */
  const next = async (socket: Socket, about: string): Promise<Told['sessionEvents']> => {
    for (;;) {
      const { sessionEvents } = await socket.data<Told>()
      if (sessionEvents.sessionId === about) return sessionEvents
    }
  }

  it('of a new place, of what was noticed, and of the end, in this order, live and in a replay', async () => {
    const { client, browser, move } = await person()
    const after = await cursorOf(browser)
    using live = await follow(browser, EVENTS)
    const before = client.held.refreshToken
    expect(await client.refresh()).toBe('RefreshSessionSuccess')
    move(AWAY)
    expect((await client.present(before)).__typename).toBe('RefreshSessionSuccess')
    const noticedAt = use.app.clock.now().toISOString()
    const places = [{ network: '8.8.8.0/24' }, { network: '193.0.6.0/24' }]
    const changed = {
      __typename: 'SessionChanged',
      changes: ['NEW_PLACE'],
      session: { state: 'ACTIVE', places },
    }
    const flagged = {
      __typename: 'SessionFlagged',
      occurredAt: noticedAt,
      anomaly: { kind: ABROAD, occurredAt: noticedAt, network: '8.8.8.0/24' },
      session: { anomalies: [{ kind: ABROAD }] },
    }
    expect(await next(live, client.sessionId)).toMatchObject(changed)
    const resume = await next(live, client.sessionId)
    expect(resume).toMatchObject(flagged)
    // what no honest client does
    expect(await client.refresh()).toBe('RefreshSessionSuccess')
    expect(await client.present(before)).toMatchObject({ reason: 'REFRESH_TOKEN_REUSED' })
    const reused = {
      __typename: 'SessionFlagged',
      anomaly: { kind: 'REFRESH_TOKEN_REUSED', network: '8.8.8.0/24' },
    }
    const revoked = {
      __typename: 'SessionRevoked',
      reason: 'REFRESH_TOKEN_REUSED',
      session: { state: 'ENDED' },
    }
    const [first, second] = [await next(live, client.sessionId), await next(live, client.sessionId)]
    expect(first).toMatchObject(reused)
    expect(second).toMatchObject(revoked)

    // whoever resumes is told the same again, as it is in the log; the rest of it is as it is now
    using replay = await follow(browser, EVENTS, { after })
    const types: string[] = []
    const ids: string[] = []
    while (types.at(-1) !== 'SessionRevoked') {
      const event = await next(replay, client.sessionId)
      types.push(event.__typename)
      ids.push(event.id)
    }
    expect(types.slice(-4)).toEqual(['SessionChanged', 'SessionFlagged', 'SessionFlagged', 'SessionRevoked'])
    expect(ids.slice(-2)).toEqual([first.id, second.id])
    using resumed = await follow(browser, EVENTS, { after: resume.cursor })
    const rest: string[] = []
    while (rest.at(-1) !== second.id) rest.push((await next(resumed, client.sessionId)).id)
    expect(rest.slice(-2)).toEqual([first.id, second.id])
  })

  it('by a stock document, which passes over what it does not ask for; and of ends alone, where only those are wanted', async () => {
    const { client, browser, move } = await person()
    using stock = await follow(browser, STOCK)
    using ends = await follow(browser, ENDS)
    move(AWAY)
    expect(await client.refresh()).toBe('RefreshSessionSuccess')
    await client.send('mutation { signOut { __typename } }')
    const { sessionId } = client
    expect(await next(stock, sessionId)).toEqual({
      __typename: 'SessionChanged',
      id: expect.any(String),
      sessionId,
    })
    expect(await next(stock, sessionId)).toMatchObject({ __typename: 'SessionRevoked', reason: 'SIGNED_OUT' })
    const end = { __typename: 'SessionRevoked', sessionId, reason: 'SIGNED_OUT' }
    expect(await ends.data()).toEqual({ sessionRevoked: end })
    expect(ends.unread).toEqual([])
  })

  it('by scope: of their own session, of all of theirs, and administrators of everyone’s', async () => {
    const [ada, other] = [await person(), await person()]
    const { queries } = use.database.database
    await queries
      .update(users)
      .set({ roles: ['ADMINISTRATOR'] })
      .where(eq(users.email, other.email))
    using own = await follow(ada.browser, EVENTS, { scope: 'THIS_SESSION' })
    using mine = await follow(ada.browser, EVENTS)
    using all = await follow(other.browser, EVENTS, { scope: 'ALL' })
    using theirs = await follow(other.browser, EVENTS)
    ada.move(AWAY)
    expect(await ada.client.refresh()).toBe('RefreshSessionSuccess')
    await ada.browser.send({ query: '{ viewer { id } }' }, AWAY)
    for (const socket of [mine, all]) {
      for (const sessionId of [ada.client.sessionId, ada.browserSessionId]) {
        let event = await next(socket, sessionId)
        // where the socket itself is seen
        while (event.__typename !== 'SessionChanged') event = await next(socket, sessionId)
        expect(event).toMatchObject({ changes: ['NEW_PLACE'] })
      }
    }
    let seen = await own.data<Told>()
    expect(seen.sessionEvents.sessionId).toBe(ada.browserSessionId)
    await own.settled()
    await theirs.settled()
    for (const { payload } of [...own.unread]) {
      seen = (payload as { data: Told }).data
      expect(seen.sessionEvents.sessionId).toBe(ada.browserSessionId)
    }
    for (const { payload } of [...theirs.unread])
      expect((payload as { data: Told }).data.sessionEvents.sessionId).toBe(other.browserSessionId)
    expect(localId(ada.browserSessionId, 'Session')).not.toBeNull()
  })

  it('and whoever is, and looks, sees what they were told of, also where sessions are held in memory', async () => {
    const { browser, browserSessionId } = await person()
    const look = async (headers: Record<string, string>) => {
      const query = '{ currentSession { places { network } } }'
      return (await browser.send<{ currentSession: { places: { network: string }[] } }>({ query }, headers))
        .data
    }
    // where the socket comes from is known by then, and no news
    await look({})
    using live = await follow(browser, EVENTS)
    await look(HOME)
    const { sessions } = use.app.server.house.accounts
    const session = await sessions.view(localId(browserSessionId, 'Session') ?? '')
    if (!session) throw new Error('no session')
    // as another node would, which cannot reach into the memory of this one
    const place = { network: '192.0.2.0/24', location: null }
    const { database } = use.database
    await database.transaction(async (transaction) => {
      await sessions.tellOfNewPlace(transaction, session)
      await transaction.queries
        .update(table)
        .set({
          places: [
            {
              network: place.network,
              countryCode: null,
              city: null,
              firstSeenAt: '2026-01-01',
              lastSeenAt: '2026-01-01',
            },
          ],
        })
        .where(eq(table.id, session.id))
    })
    await next(live, browserSessionId)
    const { currentSession } = await look(HOME)
    expect(currentSession.places.map(({ network }) => network)).toContain(place.network)
  })
})
