import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { createAccount } from '../../../src/accounts/administer.ts'
import { users } from '../../../src/database/tables.ts'
import { Refusal } from '../../../src/kernel/refusal.ts'
import { kindOf, noticedIn } from '../../../src/web/admin/live/event-kind.ts'
import { EventFeed, type FeedStatus } from '../../../src/web/admin/live/feed.ts'
import { streamOver } from '../../../src/web/admin/live/open-stream.ts'
import { anyEmail, PASSWORD } from '../../kit/browser.ts'
import { openTestDatabase } from '../../kit/databases.ts'
import { TokenClient } from '../../kit/token-client.ts'
import { useApp } from '../../kit/use-app.ts'

const MINUTE = 60_000 // ms

describe('the feed of the administration page', () => {
  const use = useApp(() => openTestDatabase('embedded'))
  const feeds: EventFeed[] = []
  afterEach(() => {
    for (const feed of feeds.splice(0)) feed.allow(false)
  })

  /** A feed to which an administrator listens. */
  async function listening() {
    const email = anyEmail()
    const created = await createAccount(use.app.server.house.accounts, {
      email,
      password: PASSWORD,
      roles: ['ADMINISTRATOR'],
    })
    if (created instanceof Refusal) throw new Error(created.code)
    const client = await new TokenClient(use.app).signIn(email)
    const feed = feedOver(`${use.app.url}/graphql`, async () => ({ accessToken: client.tokens?.accessToken }))
    await becomes(feed, 'live')
    // what has come proves that the stream is open
    await expect
      .poll(async () => {
        await new TokenClient(use.app).signUp(anyEmail())
        return feed.state.events.length
      })
      .toBeGreaterThan(0)
    return { feed, client, email }
  }

  function feedOver(url: string, connectionParams: () => Promise<Record<string, unknown>>): EventFeed {
    const feed = new EventFeed(streamOver(url, connectionParams))
    feeds.push(feed)
    feed.want()
    feed.allow(true)
    return feed
  }

  async function becomes(feed: EventFeed, status: FeedStatus): Promise<void> {
    await expect.poll(() => feed.state.status).toBe(status)
  }

  it('is told what was noticed in a session before it is told that it ended for that', async () => {
    const { feed } = await listening()
    const ada = await new TokenClient(use.app).signUp(anyEmail())
    const first = ada.held.refreshToken
    await ada.refresh()
    await ada.refresh()
    await ada.present(first)
    const ofAda = () => feed.state.events.filter(({ sessionId }) => sessionId === ada.sessionId)
    await expect.poll(() => ofAda().map(kindOf)).toEqual(['ENDED', 'FLAGGED', 'STARTED'])
    expect(ofAda().map(noticedIn)).toEqual([null, 'REFRESH_TOKEN_REUSED', null])
  })

  it('stops when the viewer is no administrator any more, and says which', async () => {
    const { feed, email } = await listening()
    await use.database.database.queries.update(users).set({ roles: [] }).where(eq(users.email, email))
    use.app.clock.advance(10_000)
    await becomes(feed, 'forbidden')
  })

  it('stops until a factor is presented where the last one is too old, and then misses nothing', async () => {
    const { feed, client } = await listening()
    feed.allow(false)
    use.app.clock.advance(31 * MINUTE)
    await client.refresh()
    const { sessionId } = await new TokenClient(use.app).signUp(anyEmail())
    feed.allow(true)
    await becomes(feed, 'unverified')
    await client.reverify('ADMINISTER')
    feed.verified()
    await expect.poll(() => feed.state.events.map((event) => event.sessionId)).toContain(sessionId)
    expect(feed.state).toMatchObject({ status: 'live', hasMissed: false })
  })

  it('comes again later each time where the server goes on saying that the cursor is too old', async () => {
    // the clocks of the feed, and nobody else's
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    using _clocks = { [Symbol.dispose]: () => vi.useRealTimers() }
    await using server = await refusing('CURSOR_EXPIRED')
    const feed = feedOver(server.url, async () => ({}))
    const told: number[] = []
    feed.want((events) => told.push(events.length))
    for (let failures = 1; failures <= 5; failures++) {
      await server.refused(failures)
      await until(() => feed.state.status === 'connecting' && told.length === failures)
      expect(feed.state.hasMissed).toBe(true)
      expect(feed.state.isAway).toBe(failures >= 3)
      const longest = 500 * 2 ** (failures - 1)
      vi.advanceTimersByTime(longest / 2 - 1)
      await server.settled()
      expect(server.connections).toBe(failures)
      vi.advanceTimersByTime(longest / 2 + 1)
    }
    // whoever shows something is told that it may be old, and once more when a stream has begun: what happened before that was seen by nobody
    server.begin()
    await until(() => told.length === 6)
    expect(new Set(told)).toEqual(new Set([0]))
  })
})

/** Until something holds, by turns of the event loop: the clocks stand still. */
async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds(); turns++) {
    if (turns > 100_000) throw new Error('it never came to hold')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A server that takes every connection, and refuses every operation; or says where the log ends, and tells of nothing. */
async function refusing(code: string) {
  let begins = false
  const server = new WebSocketServer({ port: 0, handleProtocols: () => 'graphql-transport-ws' })
  await once(server, 'listening')
  let [connections, refusals] = [0, 0]
  server.on('connection', (socket) => {
    connections++
    socket.on('message', (data) => {
      const { type, id, payload } = JSON.parse(String(data)) as {
        type: string
        id?: string
        payload?: { query?: string }
      }
      if (type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }))
      if (type !== 'subscribe') return
      if (begins) {
        const answer = { data: { eventCursor: 'the end of the log' } }
        if (payload?.query?.includes('eventCursor'))
          socket.send(JSON.stringify({ type: 'next', id, payload: answer }))
        return
      }
      const errors = [{ message: code, extensions: { code } }]
      socket.send(JSON.stringify({ type: 'next', id, payload: { errors, data: null } }))
      refusals++
    })
  })
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections
    },
    begin: () => {
      begins = true
    },
    /** Until so many connections were refused something. */
    refused: (amount: number) => until(() => refusals >= amount && connections === amount),
    /** Until a connection that was opened before this would have come. */
    settled: async () => {
      const before = connections
      const probe = new WebSocket(
        `ws://localhost:${(server.address() as AddressInfo).port}`,
        'graphql-transport-ws',
      )
      await until(() => connections > before)
      probe.close()
      connections--
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
