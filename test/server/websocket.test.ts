import { createClient } from 'graphql-ws'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { openTestDatabase } from '../kit/databases.ts'
import { SignOutDocument } from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { useApp } from '../kit/use-app.ts'

const REVOKED = 'subscription { sessionRevoked { reason message } }'

const use = useApp(() => openTestDatabase('embedded'))

/** The stock client in a browser whose cookie it reads anew at each connection, as real ones do. */
function stockClient(url: string, browser: Browser) {
  class CookieWebSocket extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, { headers: browser.cookie ? { Cookie: browser.cookie } : {} })
    }
  }
  const closes: { code: number; reason: string }[] = []
  let connections = 0
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: CookieWebSocket,
    retryWait: () => Promise.resolve(),
    on: {
      connected: () => {
        connections += 1
      },
      closed: (event) => closes.push(event as { code: number; reason: string }),
    },
  })
  return {
    client,
    closes,
    get connections() {
      return connections
    },
  }
}

async function signedUp(on: { url: string } = use.app): Promise<Browser> {
  const browser = new Browser(on)
  await browser.signUp(anyEmail())
  return browser
}

describe("graphql-ws's own client", () => {
  it('is told why, has its subscription completed, and stops', async () => {
    const browser = await signedUp()
    const stock = stockClient(use.app.url, browser)
    const results = stock.client.iterate({ query: REVOKED })
    const first = results.next()
    await expect.poll(() => use.app.server.house.connections.size).toBe(1)
    await expect.poll(() => stock.connections).toBe(1)
    await browser.copy().run(SignOutDocument, {})
    expect((await first).value).toMatchObject({ data: { sessionRevoked: { reason: 'SIGNED_OUT' } } })
    expect((await results.next()).done).toBe(true)
    await expect.poll(() => stock.closes.at(0)).toMatchObject({ code: 4401, reason: 'SIGNED_OUT' })
    expect(stock.connections).toBe(1)
    await expect.poll(() => use.app.server.house.connections.size).toBe(0)
  })

  it('reconnects with the new cookie when its session is replaced, and its subscription goes on', async () => {
    const browser = await signedUp()
    const stock = stockClient(use.app.url, browser)
    const received: unknown[] = []
    const done = Promise.withResolvers<void>()
    stock.client.subscribe(
      { query: REVOKED },
      {
        next: ({ data }) => received.push(data?.['sessionRevoked']),
        error: done.reject,
        complete: done.resolve,
      },
    )
    await expect.poll(() => stock.connections).toBe(1)
    await expect.poll(() => use.app.server.house.connections.size).toBe(1)
    await browser.reverify('UPDATE_PASSWORD')
    await expect.poll(() => stock.connections, { timeout: 10_000 }).toBe(2)
    await expect.poll(() => use.app.server.house.connections.size).toBe(1)
    await browser.run(SignOutDocument, {})
    await done.promise
    expect(received).toMatchObject([{ reason: 'REPLACED' }, { reason: 'SIGNED_OUT' }])
    await expect.poll(() => stock.closes.map(({ code }) => code)).toEqual([4403, 4401])
  })

  it('reconnects elsewhere when the node goes away', async () => {
    const leaving = await startApp(use.database)
    const browser = await signedUp(leaving)
    const stock = stockClient(leaving.url, browser)
    const failed = Promise.withResolvers<void>()
    stock.client.subscribe(
      { query: REVOKED },
      { next: () => {}, error: () => failed.resolve(), complete: () => {} },
    )
    await expect.poll(() => leaving.server.house.connections.size).toBe(1)
    await leaving[Symbol.asyncDispose]()
    // it tried again, and found nobody there
    await failed.promise
    expect(stock.closes.at(0)).toMatchObject({ code: 1001 })
  })

  it('stops when it was never signed in', async () => {
    const stock = stockClient(use.app.url, new Browser(use.app))
    const failed = Promise.withResolvers<unknown>()
    stock.client.subscribe({ query: REVOKED }, { next: () => {}, error: failed.resolve, complete: () => {} })
    expect(await failed.promise).toMatchObject({ code: 4401, reason: 'NOT_SIGNED_IN' })
  })
})

describe('a bare socket', () => {
  it('is refused at the upgrade from an origin that is not allowed', async () => {
    const browser = await signedUp()
    const socket = new Socket(use.app.url, { cookie: browser.cookie, origin: 'https://evil.example' })
    expect(await socket.closed()).toMatchObject({ code: 1006 })
    using own = await Socket.open(use.app.url, { cookie: browser.cookie, origin: use.app.url })
    await own.expect('connection_ack')
  })

  it('is closed with 4408 if it does not initialise', async () => {
    using socket = await Socket.open(use.app.url, { init: false })
    expect(await socket.closed()).toMatchObject({ code: 4408 })
  })

  it('is closed with 4429 if it initialises twice, and with 4400 if it does not speak the protocol', async () => {
    const browser = await signedUp()
    using twice = await Socket.open(use.app.url, { cookie: browser.cookie })
    await twice.expect('connection_ack')
    twice.send({ type: 'connection_init' })
    expect(await twice.closed()).toMatchObject({ code: 4429 })
    using stranger = await Socket.open(use.app.url, { cookie: browser.cookie })
    await stranger.expect('connection_ack')
    stranger.send('hello')
    expect(await stranger.closed()).toMatchObject({ code: 4400 })
  })

  it('may read, and is told to send mutations over HTTP', async () => {
    const browser = await signedUp()
    using socket = await Socket.open(use.app.url, { cookie: browser.cookie })
    await socket.expect('connection_ack')
    socket.subscribe('1', '{ viewer { email } currentSession { isCurrent } }')
    expect(await socket.data()).toMatchObject({ currentSession: { isCurrent: true } })
    await socket.expect('complete')
    socket.subscribe('2', 'mutation { signOut { __typename } }')
    const { payload } = await socket.expect('error')
    expect(payload).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect(await browser.currentSessionId()).not.toBeNull()
  })

  it('is told what is wrong with a document, with a code', async () => {
    const browser = await signedUp()
    using socket = await Socket.open(use.app.url, { cookie: browser.cookie })
    await socket.expect('connection_ack')
    for (const query of [
      '{ viewer {',
      '{ nothing }',
      `{ ${Array.from({ length: 16 }, (_, i) => `a${i}: __typename`)} }`,
    ]) {
      socket.subscribe('1', query)
      const { payload } = await socket.expect('error')
      expect(payload).toMatchObject([
        {
          extensions: {
            code: expect.stringMatching(
              /GRAPHQL_VALIDATION_FAILED|OPERATION_TOO_COMPLEX|GRAPHQL_PARSE_FAILED|BAD_USER_INPUT/,
            ),
          },
        },
      ])
    }
  })

  it('hears of the end of its session also on a subscription that is just being started', async () => {
    for (let time = 0; time < 20; time++) {
      const browser = await signedUp()
      using socket = await Socket.open(use.app.url, { cookie: browser.cookie })
      await socket.expect('connection_ack')
      // neither waits for the other: the subscription arrives before, during or after the end
      const ended = browser.copy().run(SignOutDocument, {})
      if (time % 2) await new Promise((resolve) => setTimeout(resolve, time / 2))
      socket.subscribe('1', REVOKED)
      const messages: string[] = []
      const { code, reason } = await socket.closed()
      for (const { type, payload } of socket.unread)
        messages.push(type === 'next' ? JSON.stringify(payload) : type)
      expect({ code, reason }).toEqual({ code: 4401, reason: 'SIGNED_OUT' })
      expect([[], [expect.stringContaining('SIGNED_OUT'), 'complete']]).toContainEqual(messages)
      await ended
    }
  })

  it('is closed when a message is larger than allowed', async () => {
    const browser = await signedUp()
    using socket = await Socket.open(use.app.url, { cookie: browser.cookie })
    await socket.expect('connection_ack')
    socket.subscribe('1', `{ __typename } # ${'x'.repeat(100_001)}`)
    expect(await socket.closed()).toMatchObject({ code: 1009 })
  })

  it('is closed when it has too many operations under way', async () => {
    const browser = await signedUp()
    using socket = await Socket.open(use.app.url, { cookie: browser.cookie })
    await socket.expect('connection_ack')
    for (let id = 0; id < 50; id++) socket.subscribe(String(id), '{ viewer { email } }')
    expect(await socket.closed()).toMatchObject({ code: 4429 })
  })

  it('goes on past its credential when the person is active elsewhere, and ends at its own limit with the reason', async () => {
    const other = await startApp(use.database)
    const browser = await signedUp(other)
    using socket = await Socket.subscribed(other.url, browser.cookie, REVOKED)
    const day = 86_400_000
    other.clock.advance(6 * day)
    expect(await browser.currentSessionId()).not.toBeNull()
    other.clock.advance(6 * day)
    // the timer looked again, and found that the person had been there
    expect(await browser.currentSessionId()).not.toBeNull()
    expect(socket.unread).toEqual([])
    other.clock.advance(7 * day)
    expect(await socket.data()).toMatchObject({ sessionRevoked: { reason: 'IDLE_TIMEOUT' } })
    await socket.expect('complete')
    expect(await socket.closed()).toEqual({ code: 4401, reason: 'IDLE_TIMEOUT' })
    await other[Symbol.asyncDispose]()
  })
})
