import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createAccount } from '../../src/accounts/administer.ts'
import { users } from '../../src/database/tables.ts'
import { parseSessionToken } from '../../src/sessions/session-token.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase, type TestDatabase } from '../kit/databases.ts'
import { EventSourceReader } from '../kit/event-source.ts'
import { CursorDocument, RevokeAllSessionsDocument, SignOutDocument } from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { anyEnd } from '../revocations/kit.ts'

const REVOKED = `subscription ($scope: RevocationScope! = THIS_SESSION, $after: EventCursor) {
  sessionRevoked(scope: $scope, after: $after) { id cursor sessionId reason }
}`
const LIMITS = { perSession: 2, perUser: 3, perNode: 4, subscriptionsPerConnection: 2 }

interface Revoked {
  sessionRevoked: { id: string; cursor: string; reason: string }
}

describeEachDatabase('live connections', (open) => {
  let test: TestDatabase
  let app: TestApp
  let browser: Browser
  let email: string
  beforeAll(async () => {
    test = await open()
    app = await startApp(test, { config: { connections: LIMITS } })
  })
  afterAll(async () => {
    await app[Symbol.asyncDispose]()
    await test[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    email = anyEmail()
    browser = new Browser(app)
    await browser.signUp(email)
    return async () => {
      await expect.poll(() => app.server.house.connections.size).toBe(0)
      expect(app.server.house.connections.followers).toBe(0)
    }
  })

  const admitted = async (by: Browser): Promise<Socket> => {
    const socket = await Socket.open(app.url, { cookie: by.cookie })
    await socket.expect('connection_ack')
    return socket
  }
  const refused = async (by: Browser) => {
    using socket = await Socket.open(app.url, { cookie: by.cookie })
    return await socket.closed()
  }
  /** Why a subscription did not start. */
  const refusalOf = async (socket: Socket, id: string): Promise<string | undefined> => {
    const message = await socket.expect('next')
    expect(message.id).toBe(id)
    expect(await socket.expect('complete')).toMatchObject({ id })
    return (message.payload as { errors?: [{ extensions: { code: string } }] }).errors?.[0].extensions.code
  }
  const record = async (userId: string, count: number): Promise<void> => {
    const { log } = app.server.house
    const ends = Array.from({ length: count }, () => anyEnd(userId))
    await test.database.transaction((transaction) => log.record(transaction, ends))
  }
  const userIdOf = async (address: string): Promise<string> => {
    const [user] = await test.database.queries.select().from(users).where(eq(users.email, address))
    return user?.id ?? ''
  }

  it('are limited per session, per user and per node, and make room when they close', async () => {
    const TOO_MANY = { code: 4429, reason: 'TOO_MANY_CONNECTIONS' }
    const [phone, tablet, stranger] = [new Browser(app), new Browser(app), new Browser(app)]
    await phone.signIn(email)
    await tablet.signIn(email)
    await stranger.signUp(anyEmail())
    using first = await admitted(browser)
    using second = await admitted(browser)
    expect(await refused(browser)).toEqual(TOO_MANY)
    using third = await admitted(phone)
    expect(await refused(tablet)).toEqual(TOO_MANY)
    using fourth = await admitted(stranger)
    expect(await refused(tablet)).toEqual({ code: 1013, reason: 'SERVER_BUSY' })
    fourth.close()
    await expect.poll(() => app.server.house.connections.size).toBe(3)
    third.close()
    await expect.poll(() => app.server.house.connections.size).toBe(2)
    using _fifth = await admitted(tablet)
    // a stream counts like a socket
    await using stream = await EventSourceReader.open(app.url, phone.cookie, REVOKED)
    expect(JSON.parse((await stream.next())?.data ?? '')).toMatchObject({
      errors: [{ extensions: { code: 'TOO_MANY_CONNECTIONS' } }],
    })
    expect([first.unread, second.unread]).toEqual([[], []])
  })

  it('carry so many subscriptions and not more; one that completes makes room', async () => {
    using socket = await admitted(browser)
    for (const id of ['1', '2']) {
      socket.subscribe(id, REVOKED)
      await socket.settled()
    }
    socket.subscribe('3', REVOKED)
    expect(await refusalOf(socket, '3')).toBe('TOO_MANY_CONNECTIONS')
    socket.send({ type: 'complete', id: '1' })
    await socket.settled()
    socket.subscribe('4', REVOKED)
    await socket.settled()
    expect(socket.unread).toEqual([])
    // one that could not start counts no more than one that did not: goes red when a refused cursor leaks its stream
    socket.send({ type: 'complete', id: '4' })
    await socket.settled()
    for (let attempt = 0; attempt < 4; attempt++) {
      socket.subscribe(`bad ${attempt}`, REVOKED, { after: 'nonsense' })
      expect(await refusalOf(socket, `bad ${attempt}`)).toBe('BAD_USER_INPUT')
    }
    socket.subscribe('5', REVOKED)
    await socket.settled()
    expect(socket.unread).toEqual([])
  })

  it('are closed with their session though nothing was subscribed', async () => {
    using socket = await admitted(browser)
    await browser.run(SignOutDocument, {})
    expect(await socket.closed()).toEqual({ code: 4401, reason: 'SIGNED_OUT' })
    expect(socket.unread).toEqual([])
  })

  it('that open while their session ends are always closed', async () => {
    for (let round = 0; round < 12; round++) {
      const other = new Browser(app)
      await other.signIn(email)
      const { cookie } = other
      const opening = Socket.subscribed(app.url, cookie, REVOKED).catch(() => null)
      // at another point of the way each time
      for (let step = 0; step < round; step++) await new Promise((resolve) => setImmediate(resolve))
      using bare = await Socket.open(app.url, { cookie })
      await other.run(SignOutDocument, {})
      expect(await bare.closed()).toMatchObject({ code: 4401 })
      using socket = await opening
      if (socket) expect(await socket.closed()).toMatchObject({ code: 4401 })
    }
  })

  it('hear of everyone only by an administrator', async () => {
    using socket = await admitted(browser)
    socket.subscribe('1', REVOKED, { scope: 'ALL' })
    expect(await refusalOf(socket, '1')).toBe('FORBIDDEN')
    const administrator = new Browser(app)
    const account = { email: anyEmail(), password: PASSWORD, roles: ['ADMINISTRATOR' as const] }
    await createAccount(app.server.house.accounts, account)
    await administrator.signIn(account.email)
    using watching = await Socket.subscribed(app.url, administrator.cookie, REVOKED, { scope: 'ALL' })
    await browser.run(SignOutDocument, {})
    const { sessionRevoked } = await watching.data<Revoked>()
    expect(sessionRevoked.reason).toBe('SIGNED_OUT')
    // their own end comes once, though two of their subscriptions' sources tell of it
    await administrator.run(RevokeAllSessionsDocument, {})
    expect((await watching.data<Revoked>()).sessionRevoked.reason).toBe('SIGNED_OUT_EVERYWHERE')
    await watching.expect('complete')
    expect(await watching.closed()).toMatchObject({ code: 4401 })
  })

  it('that do not read are cut, and held no longer than that', async () => {
    const userId = await userIdOf(email)
    using socket = await Socket.subscribed(app.url, browser.cookie, REVOKED, { scope: 'MY_SESSIONS' })
    socket.pause()
    for (
      let round = 0;
      round < 30 && !app.logs.some((line) => line.includes('a slow reader was cut'));
      round++
    )
      await record(userId, 1_000)
    await expect.poll(() => app.logs.some((line) => line.includes('a slow reader was cut'))).toBe(true)
    // it is told to come back, and has a moment to hear it
    app.clock.advance(5_000)
    await expect.poll(() => app.server.house.connections.size).toBe(0)
  })

  it('that read get a burst whole, or are told to come back and then miss nothing', async () => {
    const userId = await userIdOf(email)
    let { eventCursor: after } = await browser.run(CursorDocument, {})
    const received = new Map<string, string>()
    let tries = 0
    for (let burst = true; received.size < 4_000; burst = false) {
      tries += 1
      using socket = await Socket.subscribed(app.url, browser.cookie, REVOKED, {
        scope: 'MY_SESSIONS',
        after,
      })
      if (burst) await record(userId, 4_000)
      try {
        while (received.size < 4_000) {
          const { sessionRevoked } = await socket.data<Revoked>()
          received.set(sessionRevoked.id, sessionRevoked.reason)
          after = sessionRevoked.cursor
        }
      } catch {
        expect(await socket.closed()).toEqual({ code: 1013, reason: 'TOO_SLOW' })
      }
    }
    expect(tries).toBeLessThanOrEqual(2)
  })

  it('are closed with 1001 and not completed when the node goes away, and later ones are not admitted', async () => {
    const leaving = await startApp(test)
    const [one, two] = [new Browser(leaving), new Browser(leaving)]
    await one.signUp(anyEmail())
    await two.signUp(anyEmail())
    using subscribed = await Socket.subscribed(leaving.url, one.cookie, REVOKED)
    using bare = await Socket.open(leaving.url, { cookie: two.cookie })
    await bare.expect('connection_ack')
    const { connections } = leaving.server.house
    await leaving[Symbol.asyncDispose]()
    for (const socket of [subscribed, bare]) {
      expect(await socket.closed()).toEqual({ code: 1001, reason: 'GOING_AWAY' })
      expect(socket.unread).toEqual([])
    }
    expect([connections.size, connections.followers]).toEqual([0, 0])
    const link = { close: async () => {}, terminate: () => {} }
    expect(await connections.open(readToken(one), link)).toMatchObject({ code: 1001 })
  })

  const readToken = (from: Browser) => {
    const token = /^[^=]+=(.*)$/.exec(from.cookie ?? '')?.[1] ?? ''
    return parseSessionToken(token)
  }
})
