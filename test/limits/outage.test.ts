import { expect, it } from 'vitest'
import { attempts as table } from '../../src/database/tables.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { newSecret } from '../../src/kernel/secret.ts'
import { type AttemptLimit, Attempts, type Reservation, TooManyAttempts } from '../../src/limits/attempts.ts'
import { CautiousAttempts } from '../../src/limits/store/cautious.ts'
import { DatabaseAttempts } from '../../src/limits/store/database.ts'
import { RedisAttempts } from '../../src/limits/store/redis.ts'
import { openRedis, type Redis } from '../../src/redis/redis.ts'
import { MovableClock } from '../kit/clock.ts'
import { openTestDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { describeOnRedis } from '../kit/installed.ts'
import { type RedisServer, startRedis } from '../kit/redis-server.ts'
import { makeOld } from './kit.ts'

const SECOND = 1_000
const LIMIT: AttemptLimit = {
  purpose: 'outage',
  free: 5,
  freeAfterLoss: 1,
  firstDelay: 10 * SECOND,
  longestDelay: 60 * SECOND,
  forgetAfter: 600 * SECOND,
}
const AWAY = 'attempts are counted in the database while Redis is away, and none at an account is free'
const BACK = 'attempts are counted in Redis again'
const COMMAND_TIMEOUT = 1_000

/** One node that counts in a Redis, and two that count beside it. */
async function openStage({ old = true } = {}) {
  const stack = new AsyncDisposableStack()
  const server: RedisServer = stack.use(await startRedis())
  const test = stack.use(await openTestDatabase('embedded'))
  const real = new MovableClock()
  /** The time that counters go by. */
  const clock = new FrozenClock()
  const messages: string[] = []
  const logger = createLogger('debug', {
    write: (line) => messages.push((JSON.parse(line) as { msg: string }).msg),
  })
  const silent = createLogger('silent')
  const redis = stack.use(
    await openRedis({ url: server.url, commandTimeout: COMMAND_TIMEOUT }, { clock: real, logger: silent }),
  )
  let asked = 0
  let probed = 0
  const counted: Redis = {
    ...bound(redis),
    script: (...call) => {
      asked += 1
      return redis.script(...call)
    },
    ping: () => {
      probed += 1
      return redis.ping()
    },
  }
  if (old) await makeOld(redis)
  const store = stack.use(
    new CautiousAttempts({
      store: new RedisAttempts(counted),
      fallback: new DatabaseAttempts(test.database),
      redis: counted,
      clock: real,
      logger,
    }),
  )
  const attempts = new Attempts({ store, clock, key: Buffer.alloc(32, 7) })
  return {
    server,
    clock,
    messages,
    /** How often Redis was asked to count. */
    asked: () => asked,
    /** How often it was looked whether it is back. */
    probed: () => probed,
    take: (subject: string) => attempts.reserve([{ limit: LIMIT, subject }]),
    rows: () => test.database.queries.select().from(table),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function bound(redis: Redis): Redis {
  return {
    command: (...call) => redis.command(...call),
    script: (...call) => redis.script(...call),
    subscribe: (...call) => redis.subscribe(...call),
    publish: (...call) => redis.publish(...call),
    onReconnect: (task) => redis.onReconnect(task),
    ping: () => redis.ping(),
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  }
}

const isLetThrough = (result: Reservation | TooManyAttempts): result is Reservation =>
  !(result instanceof TooManyAttempts)

/** How many of so many failures in a row are let through at this moment. */
async function failuresLetThrough(take: () => Promise<Reservation | TooManyAttempts>, times = 10) {
  let through = 0
  for (let time = 0; time < times; time++) if (isLetThrough(await take())) through += 1
  return through
}

describeOnRedis('attempts while Redis', () => {
  it.each(['killed', 'paused'] as const)(
    'is %s are counted in the database, where nothing is free, and it is said once',
    async (how) => {
      await using stage = await openStage()
      const { server, clock, messages, take, rows } = stage
      const guesser = newSecret()
      expect(await failuresLetThrough(() => take(guesser), 2)).toBe(2)
      expect(await rows()).toEqual([])
      if (how === 'killed') await server.kill()
      else server.pause()
      // one, and after each the delay; it grows as ever
      expect(await failuresLetThrough(() => take(guesser))).toBe(1)
      for (const delay of [10, 20, 40, 60, 60]) {
        clock.advance(delay * SECOND - 1)
        expect(await failuresLetThrough(() => take(guesser))).toBe(0)
        clock.advance(1)
        expect(await failuresLetThrough(() => take(guesser))).toBe(1)
      }
      expect(await rows()).toHaveLength(1)
      // only the first one waited for Redis
      expect(stage.asked()).toBe(3)
      expect(messages).toEqual([AWAY])
      // somebody who knows the password gets in, as often as they like
      const owner = newSecret()
      for (let time = 0; time < 20; time++) {
        const reservation = await take(owner)
        if (!isLetThrough(reservation)) return expect.fail('an honest attempt was not let through')
        await reservation.giveBack()
      }
      if (how === 'killed') await server.start()
      else server.resume()
      await expect.poll(() => messages).toEqual([AWAY, BACK])
      const before = stage.asked()
      await take(newSecret())
      expect(stage.asked()).toBe(before + 1)
    },
  )

  it.each([
    ['is full', 'maxmemory'],
    ['has too few replicas', 'min-replicas-to-write'],
  ])('%s are counted in the database, and it is not taken for one that is back', async (_name, setting) => {
    await using stage = await openStage()
    const { server, messages, take } = stage
    const guesser = newSecret()
    expect(await failuresLetThrough(() => take(guesser), 2)).toBe(2)
    expect(await server.ask(`CONFIG SET ${setting} 1`)).toContain('OK')
    // goes red when a server that refuses to write fails whoever signs in
    expect(await failuresLetThrough(() => take(guesser))).toBe(1)
    for (let probes = 1; probes <= 3; probes++) {
      await expect.poll(stage.probed).toBeGreaterThanOrEqual(probes)
      await take(newSecret())
    }
    expect(messages).toEqual([AWAY])
    expect(await server.ask(`CONFIG SET ${setting} 0`)).toContain('OK')
    await expect.poll(() => messages).toEqual([AWAY, BACK])
    expect(await failuresLetThrough(() => take(guesser))).toBeLessThanOrEqual(3)
  })

  it('is back with all that it held go on where they were', async () => {
    await using stage = await openStage()
    const guesser = newSecret()
    expect(await failuresLetThrough(() => stage.take(guesser), 3)).toBe(3)
    stage.server.pause()
    expect(await failuresLetThrough(() => stage.take(guesser))).toBe(1)
    stage.server.resume()
    await expect.poll(() => stage.messages).toEqual([AWAY, BACK])
    expect(await failuresLetThrough(() => stage.take(guesser))).toBeLessThanOrEqual(2)
  })

  it('has lost its memory give nobody a new allowance, until what was lost would be forgotten anyway', async () => {
    await using stage = await openStage()
    const { server, clock, messages, take } = stage
    const guesser = newSecret()
    expect(await failuresLetThrough(() => take(guesser))).toBe(LIMIT.free)
    await server.kill()
    await take(newSecret())
    await server.start()
    await expect.poll(() => messages).toEqual([AWAY, BACK])
    // goes red when an empty Redis counts from the beginning
    expect(await failuresLetThrough(() => take(guesser))).toBe(1)
    // its own failures alone are held against anybody
    const owner = newSecret()
    for (let time = 0; time < 20; time++) {
      const reservation = await take(owner)
      if (!isLetThrough(reservation)) return expect.fail('an honest attempt was not let through')
      await reservation.giveBack()
    }
    // each partition remembers from its first attempt on
    for (let time = 0; time < 1_000; time++) await take(newSecret())
    clock.advance(LIMIT.forgetAfter)
    const later = newSecret()
    expect(await failuresLetThrough(() => take(later))).toBe(LIMIT.free)
  })

  it('is new give back an honest attempt, and lift nobody else’s delay by that', async () => {
    await using stage = await openStage({ old: false })
    const { clock, take } = stage
    const subject = newSecret()
    await take(subject)
    clock.advance(10 * SECOND)
    const early = await take(subject)
    if (!isLetThrough(early)) return expect.fail('not let through')
    clock.advance(20 * SECOND)
    expect(await failuresLetThrough(() => take(subject))).toBe(1)
    // goes red when it is given back by the rule of an old one, where this count would still be free
    await early.giveBack()
    expect(await failuresLetThrough(() => take(subject))).toBe(0)
  })

  it('goes away between an attempt and its giving back are left counted, and fail nobody', async () => {
    await using stage = await openStage()
    const reservation = await stage.take(newSecret())
    if (!isLetThrough(reservation)) return expect.fail('not let through')
    await stage.server.kill()
    await reservation.giveBack()
  })

  it('was emptied meanwhile are not taken back from those that came later', async () => {
    await using stage = await openStage()
    const guesser = newSecret()
    const early = await stage.take(guesser)
    if (!isLetThrough(early)) return expect.fail('not let through')
    await stage.server.kill()
    await stage.take(newSecret())
    await stage.server.start()
    await expect.poll(() => stage.messages).toEqual([AWAY, BACK])
    expect(await failuresLetThrough(() => stage.take(guesser))).toBe(1)
    await early.giveBack()
    expect(await failuresLetThrough(() => stage.take(guesser))).toBe(0)
  })
})
