import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, statSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type SQL, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { openPostgres, type PostgresDatabase } from '../../src/database/postgres.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { MovableClock } from '../kit/clock.ts'
import { openTestDatabase } from '../kit/databases.ts'
import { isOpensslThere } from '../kit/installed.ts'
import { type PostgresServer, startPostgres } from '../kit/postgres-server.ts'
import { type Proxy as Path, startProxy } from '../kit/tcp-proxy.ts'
import { untilQueued } from '../races/kit.ts'

const POOL = 4
const LOST = 'no connection to the database can be opened; trying until one can'
const FOUND = 'connections to the database can be opened again'
const BUSY = { code: 'SERVER_BUSY' }
/** After so long without an answer it is asked whether the server is there at all. */
const DOUBT = 3_000

/** A pool through a proxy, what it says to the log, and another one beside the proxy that looks at the server. */
interface Stage {
  readonly server: PostgresServer
  readonly beside: PostgresDatabase
  readonly clock: MovableClock
  proxy: Path
  database: PostgresDatabase
  messages: string[]
}

function openPool(url: string, clock = new MovableClock(), poolSize = POOL) {
  const messages: string[] = []
  const logger = createLogger('debug', {
    write: (line) => messages.push((JSON.parse(line) as { msg: string }).msg),
  })
  return { messages, database: openPostgres({ url, poolSize, connectTimeout: 1_000 }, { clock, logger }) }
}

const isThere = (database: Database): Promise<boolean> =>
  database.ping().then(
    () => true,
    () => false,
  )

/** The error that an answer failed with, below what drizzle puts around it. */
async function failureOf(answer: Promise<unknown>): Promise<unknown> {
  const error = await answer.then(
    () => expect.fail('this was answered'),
    (reason: unknown) => reason,
  )
  return error instanceof Error && !('code' in error) ? error.cause : error
}

const count = (messages: readonly string[], message: string): number =>
  messages.filter((each) => each === message).length

/** Work for every connection that the pool may have, at the same moment. */
async function useAll(database: Database): Promise<number> {
  const pids = await Promise.all(
    Array.from({ length: 3 * POOL }, () =>
      database.transaction(async ({ queries }) => {
        const [row] = rowsOf<{ pid: number }>(
          await queries.execute(sql`SELECT pg_backend_pid() AS pid, pg_sleep(0.02)`),
        )
        return row?.pid
      }),
    ),
  )
  return new Set(pids).size
}

describe.runIf(inject('postgresUrl') !== null)('a pool whose server', () => {
  const stage = {} as Stage

  /** Answered again without anybody's help, on as many connections as before, and nothing is left over. */
  async function expectHealthy(): Promise<void> {
    const { database, beside } = stage
    await expect.poll(() => isThere(database)).toBe(true)
    expect(await useAll(database)).toBeLessThanOrEqual(POOL)
    expect(database.pool.waiting).toBe(0)
    await expect.poll(() => database.pool.connections - database.pool.idle).toBe(0)
    // what was given up is still being worked on by a server that did not notice
    await expect
      .poll(async () => {
        await endBackends(beside, await sleepersOf(beside))
        return (await backendsOf(beside)).length - database.pool.connections
      })
      .toBe(0)
    expect(database.pool.connections).toBeLessThanOrEqual(POOL)
    expect(count(stage.messages, FOUND)).toBe(count(stage.messages, LOST))
  }

  beforeAll(async () => {
    const server = await startPostgres()
    if ('unavailable' in server) return expect.fail(server.unavailable)
    const clock = new MovableClock()
    const beside = openPostgres({
      url: server.url(),
      poolSize: 2,
      connectTimeout: 5_000,
      applicationName: 'beside',
    })
    Object.assign(stage, { server, clock, beside })
    await beside.queries.execute(sql`CREATE TABLE marks (mark text PRIMARY KEY)`)
  })
  afterAll(async () => {
    await stage.beside.close()
    await stage.server.stop()
  })

  beforeEach(async () => {
    stage.proxy = await startProxy(stage.server.url())
    Object.assign(stage, openPool(stage.proxy.url, stage.clock))
    expect(await useAll(stage.database)).toBe(POOL)
  })
  afterEach(async () => {
    await stage.proxy[Symbol.asyncDispose]()
    await stage.database.close()
    expect(stage.database.pool).toEqual({ connections: 0, idle: 0, waiting: 0 })
  })

  /** Statements that are under way, and more that wait for a connection. */
  const manyUnderWay = (): Promise<unknown>[] =>
    Array.from({ length: 5 * POOL }, () =>
      failureOf(stage.database.queries.execute(sql`SELECT pg_sleep(60)`)),
    )

  it('is cut off fails what is under way, refuses the rest at once, and says so once', async () => {
    const { database, proxy } = stage
    const underWay = manyUnderWay()
    await expect.poll(() => sleepersOf(stage.beside)).toHaveLength(POOL)
    await proxy.set('refused')
    for (const failure of await Promise.all(underWay)) expect(failure).toMatchObject(BUSY)
    for (let time = 0; time < 100; time++)
      expect(await failureOf(database.queries.execute(sql`SELECT 1`))).toMatchObject(BUSY)
    expect(database.pool).toEqual({ connections: 0, idle: 0, waiting: 0 })
    expect(stage.messages).toEqual([LOST])
    await proxy.set('open')
    await expectHealthy()
    expect(stage.messages).toEqual([LOST, FOUND])
  })

  it('falls silent is found out by asking anew, and everything that hangs is cut', async () => {
    const { database, proxy, clock } = stage
    const former = await backendsOf(stage.beside)
    await proxy.set('silent')
    const underWay = manyUnderWay()
    await expect.poll(() => database.pool.idle).toBe(0)
    clock.advance(DOUBT)
    for (const failure of await Promise.all(underWay)) expect(failure).toMatchObject(BUSY)
    expect(await failureOf(database.queries.execute(sql`SELECT 1`))).toMatchObject(BUSY)
    expect(stage.messages).toEqual([LOST])
    await proxy.set('open')
    // the proxy keeps them open towards the server, which never hears of their end
    await endBackends(stage.beside, former)
    await expectHealthy()
  })

  it('has lost single connections without a word gives these up alone, after the longest time of an answer', async () => {
    const { database, proxy, clock } = stage
    await proxy.set('silent')
    await proxy.set('open')
    const hanging = failureOf(database.queries.execute(sql`SELECT 1`))
    await expect.poll(() => database.pool.idle).toBe(POOL - 1)
    const timers = clock.timers
    clock.advance(DOUBT)
    // it is asked whether the server is there; it is, so whatever is under way may just take long
    await expect.poll(() => clock.timers).toBe(timers - 1)
    clock.advance(17_000)
    clock.advance(250)
    expect(await hanging).toMatchObject(BUSY)
    expect(database.pool.connections).toBeLessThan(POOL)
    expect(stage.messages).toEqual([])
  })

  it('is slow is waited for', async () => {
    const { database, proxy } = stage
    await proxy.set({ slow: 200 })
    expect(await useAll(database)).toBeLessThanOrEqual(POOL)
    expect(stage.messages).toEqual([])
    await proxy.set('open')
    await expectHealthy()
  })

  it('stands still, is found out; goes on, is used again', async () => {
    const { database, clock } = stage
    const paused = pause(await postmasterOf(stage.beside))
    const underWay = manyUnderWay()
    await expect.poll(() => database.pool.idle).toBe(0)
    clock.advance(DOUBT)
    for (const failure of await Promise.all(underWay)) expect(failure).toMatchObject(BUSY)
    expect(stage.messages).toEqual([LOST])
    resume(paused)
    await expectHealthy()
  })

  it('stands still for a moment is only waited for', async () => {
    const { database, clock } = stage
    const paused = pause(await postmasterOf(stage.beside))
    const answer = database.ping()
    await expect.poll(() => database.pool.idle).toBe(POOL - 1)
    clock.advance(DOUBT)
    resume(paused)
    await answer
    await expectHealthy()
    expect(stage.messages).toEqual([])
  })

  it('ends every connection has new ones with the next statements', async () => {
    const { database, beside } = stage
    for (let round = 0; round < 3; round++) {
      const held = Promise.withResolvers<void>()
      const gate = Promise.withResolvers<void>()
      const transaction = database.transaction(async ({ queries }) => {
        await queries.execute(sql`INSERT INTO marks VALUES ('never')`)
        held.resolve()
        await gate.promise
        await queries.execute(sql`SELECT 1`)
      })
      const failure = failureOf(transaction)
      await held.promise
      await endBackends(beside, await backendsOf(beside))
      gate.resolve()
      expect(await failure).toMatchObject(BUSY)
      await expectHealthy()
    }
    expect(rowsOf(await beside.queries.execute(sql`SELECT * FROM marks WHERE mark = 'never'`))).toEqual([])
  })

  it('lets no more connections in works with those that there are, and with all as soon as it may', async () => {
    const { beside, server } = stage
    await beside.queries.execute(sql`CREATE ROLE crowded LOGIN CONNECTION LIMIT 2`)
    const url = new URL(server.url())
    url.username = 'crowded'
    const { database, messages } = openPool(url.href)
    expect(await useAll(database)).toBe(2)
    expect(database.pool).toEqual({ connections: 2, idle: 2, waiting: 0 })
    await beside.queries.execute(sql`ALTER ROLE crowded CONNECTION LIMIT 20`)
    await expect.poll(() => useAll(database)).toBe(POOL)
    expect(messages.slice(0, 2)).toEqual([LOST, FOUND].slice(0, messages.length))
    await database.close()
    await beside.queries.execute(sql`ALTER ROLE crowded CONNECTION LIMIT 0`)
    const refused = openPool(url.href)
    expect(await failureOf(refused.database.ping())).toMatchObject({ ...BUSY, cause: { code: '53300' } })
    await refused.database.close()
  })

  it('ended every connection once is still waited for when the pool is closed', async () => {
    const { database, beside } = stage
    await endBackends(beside, await backendsOf(beside))
    await expect.poll(() => database.pool.connections).toBe(0)
    expect(await isThere(database)).toBe(true)
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const underWay = database.transaction(async ({ queries }) => {
      await queries.execute(sql`SELECT 1`)
      begun.resolve()
      await gate.promise
      return rowsOf(await queries.execute(sql`SELECT 2 AS done`))
    })
    await begun.promise
    const closed = database.close()
    await turn()
    gate.resolve()
    expect(await underWay).toEqual([{ done: 2 }])
    await closed
  })

  it('is restarted is used again', async () => {
    const { database, server } = stage
    const underWay = manyUnderWay()
    await expect.poll(() => sleepersOf(stage.beside)).toHaveLength(POOL)
    await server.restart()
    for (const failure of await Promise.all(underWay)) expect(failure).toMatchObject(BUSY)
    await expect.poll(() => isThere(stage.beside)).toBe(true)
    await expectHealthy()
    expect(await isThere(database)).toBe(true)
  })

  it.each([
    ['is lost behind it', 'kept', () => stage.proxy.set('silent')],
    ['is lost with its connection', 'kept', () => stage.proxy.set('refused')],
    [
      'is lost with all that was done',
      'lost',
      async () => endBackends(stage.beside, await backendsOf(stage.beside)),
    ],
  ])('commits, and whose answer %s, is never taken at its word', async (_name, mark, lose) => {
    const { database, beside, clock } = stage
    await beside.queries.execute(
      sql`CREATE OR REPLACE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NULL; END $$`,
    )
    await beside.queries.execute(sql`DROP TABLE IF EXISTS lingering`)
    await beside.queries.execute(sql`CREATE TABLE lingering (mark text)`)
    await beside.queries.execute(
      sql`CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON lingering DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION linger()`,
    )
    const tasks: string[] = []
    let tries = 0
    const release = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const holding = beside.transaction(async ({ queries }) => {
      await queries.execute(sql`SELECT pg_advisory_xact_lock(77)`)
      locked.resolve()
      await release.promise
    })
    await locked.promise
    const failure = failureOf(
      database.transaction(async ({ queries, onCommit }) => {
        tries += 1
        onCommit(() => {
          tasks.push('done')
        })
        await queries.execute(sql`INSERT INTO lingering VALUES ('kept')`)
      }),
    )
    // the commit waits at the server
    await untilQueued(beside, 1)
    await lose()
    release.resolve()
    await holding
    clock.advance(DOUBT)
    expect(await failure).toMatchObject({
      ...BUSY,
      message: expect.stringMatching(/not known whether this was done/),
    })
    expect({ tries, tasks }).toEqual({ tries: 1, tasks: [] })
    const rows = async () => rowsOf(await beside.queries.execute(sql`SELECT mark FROM lingering`))
    await expect.poll(rows).toEqual(mark === 'kept' ? [{ mark }] : [])
    await stage.proxy.set('open')
    await expect.poll(() => isThere(database)).toBe(true)
  })

  it('has more to do than it can refuses at once what would be too much to remember', async () => {
    const { beside, server } = stage
    const { database, messages } = openPool(server.url(), new MovableClock(), 1)
    const gate = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const holding = database.transaction(async () => {
      held.resolve()
      await gate.promise
    })
    await held.promise
    const waiting = Array.from({ length: 5_000 }, () => isThere(database))
    await expect.poll(() => database.pool.waiting).toBe(5_000)
    const refused = [failureOf(database.ping()), failureOf(database.ping())]
    for (const failure of await Promise.all(refused)) expect(failure).toMatchObject(BUSY)
    expect(database.pool.waiting).toBe(5_000)
    expect(messages).toEqual(['work for the database waits too long for a connection'])
    gate.resolve()
    await holding
    await Promise.all(waiting)
    expect(database.pool).toEqual({ connections: 1, idle: 1, waiting: 0 })
    await database.close()
    expect(await isThere(beside)).toBe(true)
  })

  it('waits in line no longer than the longest wait', async () => {
    const clock = new MovableClock()
    const { database } = openPool(stage.server.url(), clock, 1)
    const gate = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const holding = database.transaction(async () => {
      held.resolve()
      await gate.promise
    })
    await held.promise
    const waiting = failureOf(database.ping())
    await expect.poll(() => database.pool.waiting).toBe(1)
    clock.advance(10_000)
    expect(await waiting).toMatchObject(BUSY)
    expect(database.pool.waiting).toBe(0)
    gate.resolve()
    await holding
    await database.close()
  })
})

describe.runIf(inject('postgresUrl') !== null && isOpensslThere())(
  'a server that is spoken to in secret',
  () => {
    it('is found silent and used again like any other, and no error of a cut connection ends the process', async () => {
      const server = await startPostgres()
      if ('unavailable' in server) return expect.fail(server.unavailable)
      await using _ = server
      const admin = openPool(server.url())
      await makeCertificate(admin.database)
      await admin.database.queries.execute(sql`ALTER SYSTEM SET ssl = on`)
      await admin.database.close()
      await server.restart()
      await using proxy = await startProxy(server.url())
      const clock = new MovableClock()
      const { database, messages } = openPool(`${proxy.url}?sslmode=require`, clock)
      expect(await useAll(database)).toBeLessThanOrEqual(POOL)
      expect(
        rowsOf(await database.queries.execute(sql`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`)),
      ).toEqual([{ ssl: true }])
      await proxy.set('silent')
      const hanging = failureOf(database.ping())
      await expect.poll(() => database.pool.idle).toBe(database.pool.connections - 1)
      clock.advance(DOUBT)
      expect(await hanging).toMatchObject(BUSY)
      await proxy.set('open')
      await expect.poll(() => isThere(database)).toBe(true)
      await proxy.set('refused')
      await expect.poll(() => database.pool.connections).toBe(0)
      await proxy.set('open')
      await expect.poll(() => isThere(database)).toBe(true)
      expect(messages).toEqual([LOST, FOUND, LOST, FOUND].slice(0, messages.length))
      await proxy.set('silent')
      await database.close()
    })
  },
)

/** Puts a key and a certificate where the server looks for them, as files of its own. */
async function makeCertificate({ queries }: Database): Promise<void> {
  const [row] = rowsOf<{ data_directory: string }>(await queries.execute(sql`SHOW data_directory`))
  const folder = row?.data_directory ?? ''
  const { uid, gid } = statSync(folder)
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost']
  execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  for (const file of [key, certificate]) {
    chmodSync(file, 0o600)
    chownSync(file, uid, gid)
  }
}

describe('a server that closes each connection as soon as it has accepted it', () => {
  it('is asked again with pauses, and not as often as it can be', async () => {
    let accepted = 0
    const server = createServer((socket) => {
      accepted += 1
      socket.on('error', () => {})
      socket.end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { database } = openPool(`postgres://nobody@127.0.0.1:${port}/none`)
    for (let time = 0; time < 2_000; time++) {
      expect(await isThere(database)).toBe(false)
      await turn()
    }
    expect(accepted).toBeLessThan(20)
    await database.close()
    server.close()
  })
})

describe('a server that says nothing from the start', () => {
  it('keeps no connection open once the pool is closed, and so no process alive', async () => {
    const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
    const accepted = once(server, 'connection')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const database = openPostgres({
      url: `postgres://nobody@127.0.0.1:${port}/none`,
      poolSize: 1,
      connectTimeout: 600_000,
    })
    const hanging = failureOf(database.ping())
    const [socket] = (await accepted) as [Socket]
    socket.resume()
    await database.close()
    expect(await hanging).toMatchObject(BUSY)
    // goes red when the attempt goes on for as long as an answer may take
    await expect.poll(() => socket.closed).toBe(true)
    server.close()
  })
})

describe.runIf(inject('postgresUrl') !== null)('a node whose database is away', () => {
  it('says so to whoever asks and once to the log, is not ready, and comes back by itself', async () => {
    await using test = await openTestDatabase('postgres')
    await using proxy = await startProxy(test.postgres?.url ?? '')
    const { database, messages } = openPool(proxy.url)
    await using app = await startApp({ ...test, database })
    const browser = new Browser(app)
    await browser.signUp(anyEmail())
    const ready = async () => (await fetch(`${app.url}/readyz`)).status
    expect(await ready()).toBe(200)
    await proxy.set('refused')
    await expect.poll(() => database.pool.connections).toBe(0)
    for (let time = 0; time < 10; time++) {
      const { errors } = await browser.send({ query: '{ viewer { email } }' })
      expect(errors).toMatchObject([
        {
          message: 'The database cannot be reached right now. Try again in a moment.',
          extensions: { code: 'SERVER_BUSY' },
        },
      ])
      expect(await ready()).toBe(503)
    }
    expect(messages).toEqual([LOST])
    expect(app.logs.filter((line) => line.includes('unexpected error'))).toEqual([])
    await proxy.set('open')
    await expect.poll(ready).toBe(200)
    const { data } = await browser.send<{ viewer: { email: string } | null }>({
      query: '{ viewer { email } }',
    })
    expect(data.viewer?.email).toMatch(/@/)
    expect(messages).toEqual([LOST, FOUND])
    await app[Symbol.asyncDispose]()
    await database.close()
  })
})

async function pidsWhere(beside: Database, condition: SQL): Promise<readonly number[]> {
  const rows = await beside.queries.execute(
    sql`SELECT pid FROM pg_stat_activity WHERE application_name = 'curfew' AND ${condition}`,
  )
  return rowsOf<{ pid: number }>(rows).map(({ pid }) => pid)
}

const backendsOf = (beside: Database) => pidsWhere(beside, sql`TRUE`)
const sleepersOf = (beside: Database) =>
  pidsWhere(beside, sql`state = 'active' AND query LIKE '%pg_sleep(60)%'`)

async function endBackends(beside: Database, pids: readonly number[]): Promise<void> {
  for (const pid of pids) await beside.queries.execute(sql`SELECT pg_terminate_backend(${pid}::int)`)
}

async function postmasterOf({ queries }: Database): Promise<number> {
  const [row] = rowsOf<{ file: string }>(
    await queries.execute(sql`SELECT pg_read_file('postmaster.pid') AS file`),
  )
  return Number(row?.file.split('\n')[0])
}

/** Stops a server with all its processes, and returns them. */
function pause(postmaster: number): readonly number[] {
  process.kill(postmaster, 'SIGSTOP')
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(postmaster)], { encoding: 'utf8' })
  const pids = children
    .split(/\s+/)
    .map(Number)
    .filter((pid) => pid > 0)
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  return [...pids, postmaster]
}

function resume(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGCONT')
}
