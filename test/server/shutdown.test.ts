import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket as TcpSocket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { parseSessionToken } from '../../src/sessions/session-token.ts'
import { Curfew, serve, temporaryFolder } from '../cli/curfew.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeOnPostgres } from '../kit/databases.ts'
import { SignOutDocument } from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { hold } from '../revocations/kit.ts'

const LIMITS = { perSession: 100, perUser: 100, perNode: 100, subscriptionsPerConnection: 2 }

describe('a node that is asked to stop', () => {
  it('is red first, and serves on; then its sockets are told to go elsewhere, and it ends with 0', async () => {
    await using folder = await temporaryFolder()
    const started = await serve({
      CURFEW_DATA_DIR: join(folder.path, 'data'),
      SHUTDOWN_DELAY: '4s',
      SHUTDOWN_SPREAD: '200ms',
    })
    await using server = started.server
    const browser = new Browser(started)
    await browser.signUp(anyEmail())
    using socket = await Socket.subscribed(
      started.url,
      browser.cookie,
      'subscription { sessionRevoked { reason } }',
    )
    let closed = false
    const closing = socket.closed().finally(() => {
      closed = true
    })
    const ready = async () => (await fetch(`${started.url}/readyz`)).status
    expect(await ready()).toBe(200)
    server.kill('SIGTERM')
    await expect.poll(ready).toBe(503)
    const answer = await browser.send({ query: '{ viewer { id } }' })
    expect(answer).toMatchObject({ status: 200, data: { viewer: { id: expect.any(String) } } })
    // the next request is to come over another connection, to another node
    expect(answer.headers.get('connection')).toBe('close')
    expect(closed).toBe(false)
    expect(await closing).toEqual({ code: 1001, reason: 'GOING_AWAY' })
    expect(await server.ended).toMatchObject({ code: 0, stderr: '' })
  }, 120_000)

  it('ends at once when it is asked again', async () => {
    await using folder = await temporaryFolder()
    const { server, url } = await serve({
      CURFEW_DATA_DIR: join(folder.path, 'data'),
      SHUTDOWN_DELAY: '1m',
    })
    await using _ = server
    server.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(503)
    // the same signal within half a second is the same wish: npm passes Ctrl+C on once more
    await sleep(600)
    server.kill('SIGINT')
    expect(await server.ended).toMatchObject({ code: 130 })
  }, 120_000)

  it('needs to be asked once, also while its start waits for a database that says nothing', async () => {
    const silent: TcpSocket[] = []
    const database = createServer((socket) => silent.push(socket)).listen(0, '127.0.0.1')
    await once(database, 'listening')
    const { port } = database.address() as AddressInfo
    await using server = new Curfew(['serve'], {
      PORT: '0',
      DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/none`,
      CURFEW_SECRET: 'a secret for tests alone, of more than 32 bytes',
    })
    await once(database, 'connection')
    server.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 143 })
    for (const socket of silent) socket.destroy()
    database.close()
  }, 120_000)
})

describeOnPostgres('a node that goes', (open) => {
  it('tells its connections in waves, and leaves none', async () => {
    await using database = await open()
    await using app = await startApp(database, { config: { connections: LIMITS } })
    const browser = new Browser(app)
    await browser.signUp(anyEmail())
    const presented = parseSessionToken(/^[^=]+=(.*)$/.exec(browser.cookie ?? '')?.[1] ?? '')
    const { connections } = app.server.house
    const left: number[] = []
    for (let count = 0; count < 60; count++) {
      const opened = await connections.open(presented, {
        close: async ({ code }) => {
          expect(code).toBe(1001)
          left.push(connections.size)
        },
        terminate: () => {},
      })
      expect(opened).toHaveProperty('session')
    }
    await connections.leave(500)
    expect(left).toHaveLength(60)
    expect(connections.size).toBe(0)
    // all at once would have been one wave; ten of them are all but never fewer than four with sixty connections
    expect(new Set(left).size).toBeGreaterThan(3)
  })

  it('answers what is under way before it ends', async () => {
    await using database = await open()
    await using app = await startApp(database)
    const browser = new Browser(app)
    await browser.signUp(anyEmail())
    const held = await hold(database.database, async (transaction) => {
      await transaction.queries.execute(sql`SELECT 1 FROM users FOR UPDATE`)
    })
    const signingOut = browser.run(SignOutDocument, {})
    await expect.poll(() => waiting(database)).toBe(1)
    let ended = false
    const ending = app[Symbol.asyncDispose]().then(() => {
      ended = true
    })
    await expect.poll(() => fetch(`${app.url}/healthz`).catch(() => 'refused')).toBe('refused')
    expect(ended).toBe(false)
    await held.commit()
    expect(await signingOut).toMatchObject({ signOut: { __typename: 'SignOutSuccess' } })
    await ending
  })

  it('ends in its time though something hangs', async () => {
    await using database = await open()
    await using app = await startApp(database, { environment: { SHUTDOWN_TIMEOUT: '200ms' } })
    const browser = new Browser(app)
    await browser.signUp(anyEmail())
    const held = await hold(database.database, async (transaction) => {
      await transaction.queries.execute(sql`SELECT 1 FROM users FOR UPDATE`)
    })
    const signingOut = browser.run(SignOutDocument, {}).then(
      () => 'answered',
      () => 'cut',
    )
    await expect.poll(() => waiting(database)).toBe(1)
    await app[Symbol.asyncDispose]()
    expect(await signingOut).toBe('cut')
    expect(app.logs.join()).toMatch(/requests that were still under way are cut/)
    await held.rollback()
  })
})

/** How many statements wait for a lock in the database. */
async function waiting({ database }: { database: Parameters<typeof hold>[0] }): Promise<number> {
  const result = await database.queries.execute(sql`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`)
  return (result as unknown as [{ count: number }])[0].count
}
