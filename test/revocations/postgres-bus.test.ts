import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openPostgres } from '../../src/database/postgres.ts'
import type { Timer } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { postgresBus } from '../../src/revocations/bus/postgres.ts'
import { MovableClock } from '../kit/clock.ts'
import { describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import { startPostgres } from '../kit/postgres-server.ts'
import { startProxy } from '../kit/tcp-proxy.ts'
import { Collector, startStage, write } from './kit.ts'

const LISTENING_AGAIN = 'listening for events again'
const LOST = 'the connection that listens for events is lost; trying again'

function listeningBus(url: string, clock = new MovableClock()) {
  const messages: string[] = []
  const logger = createLogger('debug', {
    write: (line) => messages.push((JSON.parse(line) as { msg: string }).msg),
  })
  const bus = postgresBus({ postgres: { url, poolSize: 1, connectTimeout: 2_000 }, clock, logger })
  return {
    bus,
    messages,
    clock,
    count: (message: string) => messages.filter((each) => each === message).length,
  }
}

/** A clock that keeps how long it was asked to wait (milliseconds). */
class WrittenClock extends MovableClock {
  readonly waits: number[] = []

  override after(delay: number, task: () => void): Timer {
    this.waits.push(delay)
    return super.after(delay, task)
  }

  /** Those that chance has lengthened or shortened. */
  get jittered(): readonly number[] {
    return this.waits.filter((wait) => !Number.isInteger(wait))
  }
}

/** Cuts every connection of the database that listens, and returns how many those were. */
async function cutListeners(database: Database): Promise<number> {
  const cut = rowsOf<{ pid: number }>(
    await database.queries.execute(sql`
      SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE '%-listener'`),
  )
  return cut.length
}

describeOnPostgres('a listening connection', (open) => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await open()
  })
  afterAll(() => test[Symbol.asyncDispose]())

  it('may be cut again and again while events go on: they all come, once each, with no poll to help', async () => {
    const { bus, messages, count } = listeningBus(test.postgres?.url ?? '')
    await using stage = await startStage(test.database, { bus })
    const live = new Collector()
    using _ = stage.feed.followAll(live)
    expect(messages).toEqual([])
    const written: string[] = []
    let cuts = 0
    for (let round = 1; round <= 5; round++) {
      const writing = write(test.database, stage.log, 20)
      cuts += await cutListeners(test.database)
      written.push(...(await writing))
      // goes red without the wake-up after each new connection
      await expect.poll(() => count(LISTENING_AGAIN)).toBe(round)
      await live.hasExactly(written)
    }
    expect(cuts).toBe(5)
  })

  it('is opened again at growing intervals while nothing answers, then tells of the gap', async () => {
    await using proxy = await startProxy(test.postgres?.url ?? '')
    const clock = new WrittenClock()
    const { bus, count } = listeningBus(proxy.url, clock)
    await using stage = await startStage(test.database, { bus })
    const live = new Collector()
    using _ = stage.feed.followAll(live)
    const before = proxy.attempts
    await proxy.set('refused')
    await expect.poll(() => clock.jittered.length).toBeGreaterThanOrEqual(4)
    for (const [attempt, wait] of clock.jittered.entries()) {
      expect(wait).toBeGreaterThanOrEqual(25 * 2 ** attempt)
      expect(wait).toBeLessThan(75 * 2 ** attempt)
    }
    const written = await write(test.database, stage.log, 3)
    expect(live.events).toEqual([])
    await proxy.set('open')
    await live.hasExactly(written)
    expect(count(LISTENING_AGAIN)).toBe(1)
    // once an outage, and not for each attempt
    expect(count(LOST)).toBe(1)
    expect(proxy.attempts - before).toBe(1)
  })

  it('is noticed by its silence when it is cut without a word, and opened again', async () => {
    await using proxy = await startProxy(test.postgres?.url ?? '')
    const { bus, clock, count } = listeningBus(proxy.url)
    await using stage = await startStage(test.database, { bus })
    const live = new Collector()
    using _ = stage.feed.followAll(live)
    await proxy.set('silent')
    // connections from now on are as good as any
    await proxy.set('open')
    const written = await write(test.database, stage.log, 3)
    // goes red when nobody asks the other end for a sign of life
    await expect
      .poll(() => {
        clock.advance(1_000)
        return count(LISTENING_AGAIN)
      })
      .toBeGreaterThan(0)
    await live.hasExactly(written)
  })

  it('can be disposed while nothing answers, and while it is being opened', async () => {
    await using proxy = await startProxy(test.postgres?.url ?? '')
    const { bus, count } = listeningBus(proxy.url)
    await bus.listen(() => {})
    await proxy.set('refused')
    await expect.poll(() => count(LOST)).toBeGreaterThan(0)
    await bus[Symbol.asyncDispose]()
    const unreachable = listeningBus(proxy.url)
    await expect(unreachable.bus.listen(() => {})).rejects.toThrow()
    await unreachable.bus[Symbol.asyncDispose]()
  })

  it('lets the process end when it is disposed, though the server is gone', async () => {
    await using proxy = await startProxy(test.postgres?.url ?? '')
    const script = fileURLToPath(new URL('listen-and-leave.ts', import.meta.url))
    for (const way of ['open', 'refused'] as const) {
      await proxy.set('open')
      const running = promisify(execFile)(process.execPath, [script, proxy.url], { timeout: 10_000 })
      running.child.stdout?.once('data', () => {
        void proxy.set(way).then(() => running.child.stdin?.end())
      })
      expect((await running).stdout).toBe('listening\ndisposed\n')
    }
  })
})

describe('a server that is restarted', () => {
  it('loses nothing: what was committed before and after comes once each', async (context) => {
    const server = await startPostgres()
    if ('unavailable' in server) return context.skip(server.unavailable)
    await using _ = server
    const database = openPostgres({ url: server.url(), poolSize: 4, connectTimeout: 5_000 })
    await using closing = database
    await migrate(closing)
    const { bus, count } = listeningBus(server.url())
    await using stage = await startStage(database, { bus })
    const live = new Collector()
    using following = stage.feed.followAll(live)
    expect(following).toBeDefined()
    const written: string[] = []
    for (let round = 1; round <= 2; round++) {
      written.push(...(await write(database, stage.log, 5)))
      await server.restart()
      // connections that were cut are noticed by the first statement on them
      await expect
        .poll(() =>
          database.ping().then(
            () => true,
            () => false,
          ),
        )
        .toBe(true)
      written.push(...(await write(database, stage.log, 5)))
      await live.hasExactly(written)
      await expect.poll(() => count(LISTENING_AGAIN)).toBe(round)
    }
  })
})
