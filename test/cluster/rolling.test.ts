import { createClient } from 'graphql-ws'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { anyEmail, Browser } from '../kit/browser.ts'
import { Balancer } from '../kit/cluster/balancer.ts'
import { describeOnPostgres } from '../kit/databases.ts'
import { NodeProcess } from '../kit/node-process.ts'

const PEOPLE = 20
const SOCKETS_EACH = 10
const QUERY = 'subscription ($after: EventCursor) { sessionRevoked(after: $after) { id reason } }'

interface Close {
  readonly code: number
  readonly reason: string
}

/** What one page with the stock client has lived through. */
interface Page {
  readonly events: { readonly id: string; readonly reason: string }[]
  readonly closes: Close[]
  readonly connections: () => number
  readonly ended: Promise<string>
}

describeOnPostgres('two nodes, of which one is replaced', (open) => {
  it('two hundred stock clients are told to go elsewhere, do, and none misses the end of its session', async () => {
    await using database = await open()
    const environment = {
      DATABASE_URL: database.postgres?.url ?? '',
      CURFEW_SECRET: 'a secret for tests alone, of more than 32 bytes',
      CURFEW_TRUSTED_PROXIES: '127.0.0.1',
      LOG_LEVEL: 'warn',
      SHUTDOWN_DELAY: '1s',
      SHUTDOWN_SPREAD: '2s',
      MAX_CONNECTIONS_PER_SESSION: String(SOCKETS_EACH),
    }
    await using first = new NodeProcess('first', environment)
    await using second = new NodeProcess('second', environment)
    await first.start()
    await second.start()
    await using balancer = await Balancer.start({ targets: [first, second], port: 0 })
    await expect.poll(() => balancer.ready).toBe(2)

    const people: Browser[] = []
    const pages: Page[] = []
    await using stack = new AsyncDisposableStack()
    for (let count = 0; count < PEOPLE; count++) {
      const browser = new Browser(balancer)
      await browser.signUp(anyEmail())
      people.push(browser)
      for (let socket = 0; socket < SOCKETS_EACH; socket++) pages.push(openPage(stack, balancer.url, browser))
    }
    await expect.poll(() => pages.every((page) => page.connections() === 1), { timeout: 30_000 }).toBe(true)

    const stopped = first.stop()
    const moved = (): number => pages.filter(({ closes }) => closes.length > 0).length
    // in the middle of the waves, and long before the last client is back, half of the people sign out everywhere
    await expect.poll(moved, { timeout: 20_000, interval: 10 }).toBeGreaterThan(10)
    const [leaving, staying] = [people.slice(0, PEOPLE / 2), people.slice(PEOPLE / 2)]
    await Promise.all(leaving.map((browser) => browser.copy().send({ query: SIGN_OUT_EVERYWHERE })))
    const gone = pages.slice(0, leaving.length * SOCKETS_EACH)
    const remaining = pages.slice(leaving.length * SOCKETS_EACH)
    for (const page of gone) expect(await page.ended).toBe('4401 SIGNED_OUT_EVERYWHERE')
    await stopped
    expect(first.crash).toBeNull()
    expect(first.output.filter((line) => line.includes('still'))).toEqual([])

    // about half of the sockets were at the node that went, each told once, and all of those that stay are at the other one
    await expect
      .poll(() => remaining.every(({ closes, connections }) => connections() === closes.length + 1), {
        timeout: 30_000,
      })
      .toBe(true)
    const elsewhere = pages.flatMap(({ closes }) => closes).filter(({ code }) => code !== 4401)
    expect(elsewhere.length).toBeGreaterThan(pages.length / 4)
    expect(new Set(elsewhere.map(({ code, reason }) => `${code} ${reason}`))).toEqual(
      new Set(['1001 GOING_AWAY']),
    )
    for (const { events } of remaining) expect(events).toEqual([])

    await Promise.all(staying.map((browser) => browser.copy().send({ query: SIGN_OUT_EVERYWHERE })))
    for (const page of remaining) {
      expect(await page.ended).toBe('4401 SIGNED_OUT_EVERYWHERE')
      expect(page.events.map(({ reason }) => reason)).toEqual(['SIGNED_OUT_EVERYWHERE'])
    }
  }, 180_000)
})

const SIGN_OUT_EVERYWHERE = 'mutation { revokeAllSessions { __typename } }'

/** The stock client as its documentation sets it up, but for the cookie and a shorter wait before it comes back. */
function openPage(stack: AsyncDisposableStack, url: string, browser: Browser): Page {
  class CookieWebSocket extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, { headers: { Cookie: browser.cookie ?? '' } })
    }
  }
  let connections = 0
  const closes: Close[] = []
  const events: { id: string; reason: string }[] = []
  const ended = Promise.withResolvers<string>()
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: CookieWebSocket,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, Math.random() * 1_000)),
    on: {
      connected: () => {
        connections += 1
      },
      closed: (event) => {
        const { code, reason } = event as Close
        closes.push({ code, reason })
        if (code === 4401) ended.resolve(`${code} ${reason}`)
      },
    },
  })
  stack.defer(() => client.dispose())
  client.subscribe<{ sessionRevoked: { id: string; reason: string } }>(
    { query: QUERY },
    {
      next: ({ data }) => {
        if (data) events.push(data.sessionRevoked)
      },
      // the session that ended while the client was on its way is told of by the close alone
      error: (error) => ended.resolve(describeError(error)),
      complete: () => {},
    },
  )
  return { events, closes, connections: () => connections, ended: ended.promise }
}

function describeError(error: unknown): string {
  const { code, reason } = error as Partial<Close>
  return code === undefined ? String(error) : `${code} ${reason}`
}
