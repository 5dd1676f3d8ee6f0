import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { createAccount } from '../../src/accounts/administer.ts'
import { sessions, users } from '../../src/database/tables.ts'
import { localId } from '../../src/graphql/global-ids.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { RevokeSessionsDocument, SessionsDocument } from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { useApp } from '../kit/use-app.ts'

const SESSIONS = `query ($filter: SessionFilter, $orderBy: SessionOrder! = CREATED_AT_DESC, $first: Int, $after: String) {
  sessions(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    count { value isExact } pageInfo { endCursor hasNextPage } edges { cursor node { id } }
  }
}`
const USERS = `query ($search: String, $state: UserState, $orderBy: UserOrder! = CREATED_AT_DESC, $first: Int, $after: String) {
  users(search: $search, state: $state, orderBy: $orderBy, first: $first, after: $after) {
    count { value isExact } pageInfo { endCursor hasNextPage } edges { node { id email } }
  }
}`
const STATISTICS =
  '{ sessionStatistics(period: HOUR) { activeSessions users steps { signIns ended active } } }'
const ALL_EVENTS = `subscription {
  sessionEvents(scope: ALL) { __typename sessionId session { state user { email } device { label } } }
}`
const EVERYTHING_SINCE = `subscription ($after: EventCursor) {
  sessionEvents(scope: ALL, after: $after) { session { user { email } } }
}`
const ALL_ENDS = 'subscription { sessionRevoked(scope: ALL) { sessionId } }'

interface List {
  readonly count: { readonly value: number; readonly isExact: boolean }
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
  readonly edges: readonly { readonly cursor: string; readonly node: { id: string; email: string } }[]
}

describeEachDatabase('what administrators see of everyone', (open) => {
  const use = useApp(open)

  async function administrator() {
    const email = anyEmail()
    const account = { email, password: PASSWORD, roles: ['ADMINISTRATOR' as const] }
    const created = await createAccount(use.app.server.house.accounts, account)
    if (created instanceof Refusal) throw new Error(created.code)
    const browser = new Browser(use.app)
    return { email, browser, ...(await browser.signIn(email)) }
  }
  async function person(email = anyEmail()) {
    const browser = new Browser(use.app)
    return { email, browser, ...(await browser.signUp(email)) }
  }
  async function list(browser: Browser, query: string, variables: object): Promise<List> {
    const { data, errors } = await browser.send<Record<string, List>>({ query, variables })
    if (errors) throw new Error(errors[0]?.message)
    return Object.values(data)[0] as List
  }
  const idsOf = ({ edges }: List) => edges.map(({ node }) => node.id)

  it('is found by the address of its user, and by how it ended', async () => {
    const { browser } = await administrator()
    const ada = await person()
    const bob = await person()
    await bob.browser.send({ query: 'mutation { signOut { __typename } }' })
    const search = ada.email.slice(0, -3).toUpperCase()
    expect(idsOf(await list(browser, SESSIONS, { filter: { search } }))).toEqual([ada.session.id])
    const filter = { search: bob.email, endReasons: ['SIGNED_OUT', 'ANOMALY'] }
    for (const orderBy of ['CREATED_AT_ASC', 'LAST_ACTIVE_AT_DESC', 'ENDED_AT_ASC', 'ENDED_AT_DESC']) {
      const found = await list(browser, SESSIONS, { filter, orderBy })
      expect(idsOf(found)).toEqual([bob.session.id])
      expect(found.count).toEqual({ value: 1, isExact: true })
    }
    // what goes on is in no order of ends
    const none = await list(browser, SESSIONS, { filter: { search: ada.email }, orderBy: 'ENDED_AT_DESC' })
    expect([none.edges, none.count.value]).toEqual([[], 0])
  })

  it('comes page by page in every order; a cursor of another order, another list or nobody’s is refused', async () => {
    const { browser } = await administrator()
    const mark = `order-${anyEmail()}`.replace('@example.com', '')
    const people = []
    for (const letter of ['c', 'a', 'b']) people.push(await person(`${mark}${letter}@example.com`))
    const filter = { search: mark }
    const [c, a, b] = people.map(({ session }) => session.id)
    const first = await list(browser, SESSIONS, { filter, orderBy: 'LAST_ACTIVE_AT_ASC', first: 2 })
    expect([idsOf(first), first.pageInfo.hasNextPage, first.count.value]).toEqual([[c, a], true, 3])
    const after = first.pageInfo.endCursor
    const rest = await list(browser, SESSIONS, { filter, orderBy: 'LAST_ACTIVE_AT_ASC', first: 2, after })
    expect([idsOf(rest), rest.pageInfo.hasNextPage, rest.count.value]).toEqual([[b], false, 3])
    await expect(list(browser, SESSIONS, { filter, orderBy: 'CREATED_AT_ASC', after })).rejects.toThrow(
      'after: this cursor belongs to the order LAST_ACTIVE_AT_ASC, and orderBy is CREATED_AT_ASC.',
    )
    const byName = await list(browser, USERS, { search: mark, orderBy: 'EMAIL_ASC', first: 2 })
    expect(byName.edges.map(({ node }) => node.email)).toEqual([
      `${mark}a@example.com`,
      `${mark}b@example.com`,
    ])
    const last = await list(browser, USERS, {
      search: mark,
      orderBy: 'EMAIL_ASC',
      after: byName.pageInfo.endCursor,
    })
    expect([idsOf(last), last.count]).toEqual([[people[0]?.viewer.id], { value: 3, isExact: true }])
    await expect(
      list(browser, USERS, { orderBy: 'EMAIL_DESC', after: byName.pageInfo.endCursor }),
    ).rejects.toThrow('belongs to the order EMAIL_ASC')
    const forged = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url')
    for (const wrong of [
      after,
      '',
      'x',
      forged(null),
      forged(['users']),
      forged(['users', 'CREATED_AT_DESC', 'x']),
      forged(['users', 'CREATED_AT_DESC', 7]),
      forged(['users', 'an order', 'x']),
      'x'.repeat(5_000),
    ])
      await expect(list(browser, USERS, { after: wrong })).rejects.toThrow('after: this is not the endCursor')
    for (const parts of [
      ['CREATED_AT_DESC', 'x'],
      ['CREATED_AT_DESC', localId(c ?? '', 'Session'), '1'],
      ['LAST_ACTIVE_AT_ASC', localId(c ?? '', 'Session')],
      ['LAST_ACTIVE_AT_ASC', localId(c ?? '', 'Session'), '1e3'],
    ])
      await expect(
        list(browser, SESSIONS, { orderBy: parts[0], after: forged(['sessions', ...parts]) }),
      ).rejects.toThrow('after: this is not the endCursor')
  })

  it('can be asked for in no way that means nothing', async () => {
    const { browser } = await administrator()
    for (const [filter, message] of [
      [{ endReasons: [] }, 'filter.endReasons'],
      [{ countryCode: 'Germany' }, 'filter.countryCode'],
      [{ network: 'x' }, 'filter.network'],
    ] as const)
      await expect(list(browser, SESSIONS, { filter })).rejects.toThrow(message)
    expect(await list(browser, SESSIONS, { filter: { userId: 'nobody' } })).toMatchObject({
      edges: [],
      count: { value: 0, isExact: true },
    })
    await list(browser, SESSIONS, {
      filter: {
        createdAfter: '0001-01-01T00:00:00Z',
        endedAfter: '0001-01-01T00:00:00Z',
        endedBefore: '9999-12-31T23:59:59Z',
        lastActiveBefore: '9999-12-31T23:59:59Z',
      },
    })
  })

  it('is for administrators alone, and lists of users tell who is disabled', async () => {
    const { browser } = await administrator()
    const ada = await person()
    for (const query of [SESSIONS, USERS, STATISTICS])
      await expect(list(ada.browser, query, {})).rejects.toThrow('This is for administrators.')
    await use.database.database.queries
      .update(users)
      .set({ disabledAt: use.app.clock.now() })
      .where(eq(users.id, localId(ada.viewer.id, 'User') ?? ''))
    const of = (state: string) => list(browser, USERS, { search: ada.email, state })
    expect([idsOf(await of('DISABLED')), idsOf(await of('ENABLED'))]).toEqual([[ada.viewer.id], []])
  })

  it('is counted in hours of the time zone that is asked for, which there has to be', async () => {
    const { browser } = await administrator()
    const query = `query ($timeZone: String!) {
      sessionStatistics(period: DAY, timeZone: $timeZone) { steps { startsAt } }
    }`
    const minutes = async (timeZone: string) => {
      const { data, errors } = await browser.send<{
        sessionStatistics: { steps: readonly { startsAt: string }[] }
      }>({ query, variables: { timeZone } })
      if (errors) throw new Error(errors[0]?.message)
      return new Set(data?.sessionStatistics.steps.map(({ startsAt }) => new Date(startsAt).getMinutes()))
    }
    expect(await minutes('Europe/Paris')).toEqual(new Set([0]))
    expect(await minutes('Asia/Kathmandu')).toEqual(new Set([15]))
    for (const nowhere of ['Etc/Unknown', '+05:45', "UTC'; --", 'x\0', ''])
      await expect(minutes(nowhere)).rejects.toThrow('there is no such zone')
  })

  it('cannot be multiplied: beside an empty page a count has its weight', async () => {
    const { browser } = await administrator()
    const { errors } = await browser.send({
      query: `{ ${Array.from({ length: 14 }, (_, n) => `a${n}: sessions(first: 100) { count { value } edges { node { user { email } } } }`).join(' ')} }`,
    })
    expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_TOO_COMPLEX' } }])
  })

  it('is ended by the very filter that showed it, and the log does not say whose address or network it was', async () => {
    const { browser } = await administrator()
    const ada = await person()
    const filter = { search: ada.email, network: '127.0.0.0/24', system: null }
    expect(
      (await browser.run(SessionsDocument, { filter })).sessions.edges.map(({ node }) => node.id),
    ).toEqual([ada.session.id])
    for (const never of [{ endReasons: ['SIGNED_OUT' as const] }, { endedAfter: '2020-01-01T00:00:00Z' }]) {
      const input = { filter: { ...filter, ...never }, reason: 'a test' }
      expect((await browser.run(RevokeSessionsDocument, { input })).revokeSessions).toMatchObject({
        revokedCount: 0,
      })
    }
    const input = { filter, reason: 'a stolen list' }
    expect((await browser.run(RevokeSessionsDocument, { input })).revokeSessions).toMatchObject({
      revokedCount: 1,
    })
    const logged = use.app.logs.filter((line) => line.includes('a stolen list'))
    expect(logged).toHaveLength(1)
    expect(logged.join()).not.toMatch(/127\.0\.0|example\.com/)
    await expect(
      browser.run(RevokeSessionsDocument, { input: { ...input, filter: { search: ' ' } } }),
    ).rejects.toThrow('revokeEverySession')
  })

  it('is told as it happens, with what a page shows, and no longer than within ten seconds of losing the role', async () => {
    const { browser, viewer } = await administrator()
    using socket = await Socket.subscribed(use.app.url, browser.cookie, ALL_EVENTS)
    using ends = await Socket.subscribed(use.app.url, browser.cookie, ALL_ENDS)
    const ada = await person()
    expect(await socket.data()).toEqual({
      sessionEvents: {
        __typename: 'SessionStarted',
        sessionId: ada.session.id,
        session: { state: 'ACTIVE', user: { email: ada.email }, device: { label: expect.any(String) } },
      },
    })
    await use.database.database.queries
      .update(users)
      .set({ roles: [] })
      .where(eq(users.id, localId(viewer.id, 'User') ?? ''))
    use.app.clock.advance(10_000)
    for (const each of [socket, ends])
      expect(await each.expect('error')).toMatchObject({ payload: [{ extensions: { code: 'FORBIDDEN' } }] })
    await ada.browser.send({ query: 'mutation { signOut { __typename } }' })
    // the connection goes on for what is the user's own
    expect(await browser.currentSessionId()).not.toBeNull()
    await expect(list(browser, SESSIONS, {})).rejects.toThrow('This is for administrators.')
  })

  it('is not told any more to a connection whose session is over, before that one has heard of it', async () => {
    const { browser, viewer, session } = await administrator()
    using socket = await Socket.open(use.app.url, { cookie: browser.cookie })
    await socket.expect('connection_ack')
    const { data } = await browser.send<{ eventCursor: string }>({ query: '{ eventCursor }' })
    await person()
    const { queries } = use.database.database
    const ofViewer = eq(users.id, localId(viewer.id, 'User') ?? '')
    await queries.update(users).set({ roles: [] }).where(ofViewer)
    // as if another node had done it, and the bus were cut
    await queries
      .update(sessions)
      .set({ endedAt: use.app.clock.now(), endReason: 'REVOKED_BY_ADMINISTRATOR' })
      .where(eq(sessions.id, localId(session.id, 'Session') ?? ''))
    socket.subscribe('1', EVERYTHING_SINCE, { after: data.eventCursor })
    await socket.settled()
    await person()
    await socket.settled()
    expect(socket.unread).toEqual([])
  })

  it('ends at once with the session that it is told to', async () => {
    const { browser } = await administrator()
    using socket = await Socket.subscribed(use.app.url, browser.cookie, ALL_EVENTS)
    await browser.send({ query: 'mutation { signOut { __typename } }' })
    expect(await socket.data()).toMatchObject({ sessionEvents: { __typename: 'SessionRevoked' } })
    expect(await socket.closed()).toMatchObject({ code: 4401 })
  })

  it('is refused to anybody else who asks to be told of everyone', async () => {
    const ada = await person()
    using socket = await Socket.open(use.app.url, { cookie: ada.browser.cookie })
    await socket.expect('connection_ack')
    socket.subscribe('1', ALL_EVENTS)
    expect(await socket.expect('next')).toMatchObject({
      payload: { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
    })
  })
})
