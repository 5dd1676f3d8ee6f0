import { expect, it } from 'vitest'
import { describeDevice } from '../../src/devices/device.ts'
import { NOWHERE } from '../../src/devices/place.ts'
import { encodeGlobalId, localId } from '../../src/graphql/global-ids.ts'
import { newId } from '../../src/kernel/ids.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { EventSourceReader } from '../kit/event-source.ts'
import {
  MySessionsDocument,
  NodeByIdDocument,
  SignOutDocument,
  ViewerDocument,
} from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { useApp } from '../kit/use-app.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describeEachDatabase('who is asking', (open) => {
  const use = useApp(open)

  it('is nobody without a session', async () => {
    expect(await new Browser(use.app).run(ViewerDocument, {})).toEqual({ viewer: null, currentSession: null })
  })

  it('is the user of the session, with what a person recognises it by', async () => {
    const browser = new Browser(use.app)
    const email = anyEmail()
    const { viewer, session } = await browser.signUp(email)
    const seen = await browser.run(ViewerDocument, {})
    expect(seen.viewer).toEqual({ id: viewer.id, email, roles: [] })
    expect(seen.currentSession).toEqual({ ...session, isCurrent: true })
    expect(session.network).toMatch(/^(127\.0\.0\.0\/24|0:0:0::\/48)$/)
    const [created, idle, absolute] = [session.createdAt, session.idleExpiresAt, session.expiresAt].map(
      (text) => new Date(text).getTime(),
    )
    expect(Number(idle) - Number(created)).toBe(7 * DAY)
    expect(Number(absolute) - Number(created)).toBe(30 * DAY)
  })

  it("sees its own sessions and user by id, and nothing of anybody else's", async () => {
    const [ada, bob] = [new Browser(use.app), new Browser(use.app)]
    const adas = await ada.signUp(anyEmail())
    const bobs = await bob.signUp(anyEmail())
    const own = await ada.run(NodeByIdDocument, { id: adas.session.id })
    expect(own.node).toMatchObject({ id: adas.session.id, state: 'ACTIVE', user: { id: adas.viewer.id } })
    const self = await ada.run(NodeByIdDocument, { id: adas.viewer.id })
    expect(self.node).toMatchObject({ email: adas.viewer.email })
    for (const id of [
      bobs.session.id,
      bobs.viewer.id,
      encodeGlobalId('Session', newId(new Date())),
      encodeGlobalId('User', newId(new Date())),
    ]) {
      expect((await ada.run(NodeByIdDocument, { id })).node).toBeNull()
      expect((await new Browser(use.app).run(NodeByIdDocument, { id })).node).toBeNull()
    }
  })

  it.each([
    '',
    'garbage',
    'U2Vzc2lvbjox',
    encodeGlobalId('Session', "'; DROP TABLE sessions; --"),
    encodeGlobalId('Unknown', newId(new Date())),
    encodeGlobalId('__proto__', newId(new Date())),
    `${encodeGlobalId('Session', newId(new Date()))}==`,
    'a'.repeat(10_000),
  ])('is told that %j is no id', async (id) => {
    const { errors, data } = await new Browser(use.app).send({
      query: 'query ($id: ID!) { node(id: $id) { id } }',
      variables: { id },
    })
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
    expect(data).toEqual({ node: null })
  })
})

describeEachDatabase('the list of sessions', (open) => {
  const use = useApp(open)

  it('is paged, newest first, and filtered by state', async () => {
    const email = anyEmail()
    const browser = new Browser(use.app)
    await browser.signUp(email)
    const others = [new Browser(use.app), new Browser(use.app), new Browser(use.app)]
    for (const other of others) await other.signIn(email)
    await others[0]?.run(SignOutDocument, {})
    const page = async (variables: { first?: number; after?: string | null; state?: 'ACTIVE' | 'ENDED' }) => {
      const { viewer } = await browser.run(MySessionsDocument, variables)
      return viewer?.sessions ?? expect.fail('nobody is signed in')
    }
    const all = await page({})
    expect(all.edges.map(({ node }) => node.state)).toEqual(['ACTIVE', 'ACTIVE', 'ENDED', 'ACTIVE'])
    expect(all.edges.map(({ node }) => node.isCurrent)).toEqual([false, false, false, true])
    expect(all.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false })
    const seen: string[] = []
    let after: string | null = null
    for (let round = 0; round < 4; round++) {
      const { edges, pageInfo } = await page({ first: 1, after })
      expect(edges).toHaveLength(1)
      expect(pageInfo).toMatchObject({ hasNextPage: round < 3, hasPreviousPage: round > 0 })
      expect(pageInfo.endCursor).toBe(edges[0]?.cursor)
      seen.push(...edges.map(({ node }) => node.id))
      after = pageInfo.endCursor
    }
    expect(seen).toEqual(all.edges.map(({ node }) => node.id))
    const past = await page({ first: 1, after })
    expect(past).toMatchObject({
      edges: [],
      pageInfo: { hasNextPage: false, startCursor: null, endCursor: null },
    })
    expect((await page({ state: 'ACTIVE' })).edges).toHaveLength(3)
    expect((await page({ state: 'ENDED' })).edges).toHaveLength(1)
    expect((await page({ first: 0 })).edges).toEqual([])
  })

  it('is never longer than 100, whatever is asked for', async () => {
    const browser = new Browser(use.app)
    const { viewer } = await browser.signUp(anyEmail())
    const { database, sessions } = use.app.server.house.accounts
    const userId = localId(viewer.id, 'User') ?? ''
    const start = {
      userId,
      factors: ['PASSWORD'],
      transport: 'COOKIE',
      remembered: true,
      device: describeDevice(null),
      place: NOWHERE,
    } as const
    await database.transaction(async (transaction) => {
      for (let count = 1; count <= 100; count++) await sessions.start(transaction, start)
    })
    for (const first of [100, 101, 100_000]) {
      const page = await browser.run(MySessionsDocument, { first })
      expect(page.viewer?.sessions.edges).toHaveLength(100)
      expect(page.viewer?.sessions.pageInfo.hasNextPage).toBe(true)
    }
    expect((await browser.run(MySessionsDocument, {})).viewer?.sessions.edges).toHaveLength(20)
  })

  it.each([
    ['first: -1', /^first: /],
    ['after: "garbage"', /^after: /],
    ['after: ""', /^after: /],
    ['first: 99999999999', /./],
  ])('refuses %s', async (args, message) => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const { errors } = await browser.send({ query: `{ viewer { sessions(${args}) { edges { cursor } } } }` })
    expect(errors?.[0]?.extensions?.code).toMatch(/^(BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED)$/)
    expect(errors?.[0]?.message).toMatch(message)
  })
})

describeEachDatabase('the limits of a session', (open) => {
  const use = useApp(open)

  it('end it when nobody used it for the idle time: it is refused, and listed as ended', async () => {
    const [phone, laptop] = [new Browser(use.app), new Browser(use.app)]
    const email = anyEmail()
    const { session } = await phone.signUp(email)
    use.app.clock.advance(6 * DAY)
    await laptop.signIn(email)
    use.app.clock.advance(DAY)
    const { viewer } = await laptop.run(MySessionsDocument, {})
    expect(
      viewer?.sessions.edges.map(({ node }) => [node.id === session.id, node.state, node.endReason]),
    ).toEqual([
      [false, 'ACTIVE', null],
      [true, 'ENDED', 'IDLE_TIMEOUT'],
    ])
    const answer = await phone.send({ query: '{ currentSession { id } }' })
    expect(answer.data).toEqual({ currentSession: null })
    expect(answer.headers.getSetCookie()).toEqual([])
    expect((await phone.run(SignOutDocument, {})).signOut.session).toBeNull()
  })

  it('end it on the spot when its own request is the first to notice', async () => {
    const browser = new Browser(use.app)
    const email = anyEmail()
    const { session } = await browser.signUp(email)
    use.app.clock.advance(7 * DAY)
    expect(await browser.currentSessionId()).toBeNull()
    const elsewhere = new Browser(use.app)
    await elsewhere.signIn(email)
    expect((await elsewhere.run(NodeByIdDocument, { id: session.id })).node).toMatchObject({
      state: 'ENDED',
      endReason: 'IDLE_TIMEOUT',
    })
  })

  it('move with activity, written once an hour at most, but never past the absolute limit, which stays', async () => {
    const browser = new Browser(use.app)
    const email = anyEmail()
    const { session: first } = await browser.signUp(email)
    const look = async () => (await browser.run(ViewerDocument, {})).currentSession
    use.app.clock.advance(HOUR / 2)
    await look()
    expect((await look())?.lastActiveAt).toBe(first.lastActiveAt)
    use.app.clock.advance(HOUR / 2)
    await look()
    const touched = await look()
    expect(new Date(touched?.lastActiveAt ?? 0).getTime()).toBeGreaterThanOrEqual(
      new Date(first.lastActiveAt).getTime() + HOUR,
    )
    expect(touched?.idleExpiresAt).not.toBe(first.idleExpiresAt)
    for (let day = 0; day < 28; day += 4) {
      use.app.clock.advance(4 * DAY)
      await look()
      const now = await look()
      expect(now).toMatchObject({ id: first.id, expiresAt: first.expiresAt, createdAt: first.createdAt })
      expect(new Date(now?.idleExpiresAt ?? 0) <= new Date(first.expiresAt)).toBe(true)
    }
    expect((await look())?.idleExpiresAt).toBe(first.expiresAt)
    use.app.clock.advance(2 * DAY)
    expect(await look()).toBeNull()
    await browser.signIn(email)
    const { node } = await browser.run(NodeByIdDocument, { id: first.id })
    expect(node).toMatchObject({ state: 'ENDED', endReason: 'ABSOLUTE_TIMEOUT' })
  })
})

describeEachDatabase('activity', (open) => {
  const use = useApp(open)

  it('shows in the answer to the very request that it is', async () => {
    const browser = new Browser(use.app)
    const { session } = await browser.signUp(anyEmail())
    use.app.clock.advance(2 * HOUR)
    const { currentSession } = await browser.run(ViewerDocument, {})
    expect(Date.parse(currentSession?.lastActiveAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(session.lastActiveAt) + 2 * HOUR,
    )
  })

  it('is no event stream and no socket', async () => {
    const browser = new Browser(use.app)
    const { session } = await browser.signUp(anyEmail())
    use.app.clock.advance(2 * HOUR)
    await using stream = await EventSourceReader.open(
      use.app.url,
      browser.cookie,
      'subscription { sessionEvents { id } }',
    )
    expect(stream.response.status).toBe(200)
    // no `sessionEvents`: a feed that is behind would still bring the start of this session
    using socket = await Socket.subscribed(
      use.app.url,
      browser.cookie,
      'subscription { sessionRevoked { id } }',
    )
    socket.subscribe('2', '{ currentSession { lastActiveAt } }')
    expect(await socket.data()).toEqual({ currentSession: { lastActiveAt: session.lastActiveAt } })
  })

  it('ended long ago in a session that nobody looked at: whoever looks at it sees it ended', async () => {
    const [phone, laptop] = [new Browser(use.app), new Browser(use.app)]
    const email = anyEmail()
    const { session } = await phone.signUp(email)
    use.app.clock.advance(6 * DAY)
    await laptop.signIn(email)
    use.app.clock.advance(2 * DAY)
    const { node } = await laptop.run(NodeByIdDocument, { id: session.id })
    expect(node).toMatchObject({ state: 'ENDED', endReason: 'IDLE_TIMEOUT' })
  })
})
