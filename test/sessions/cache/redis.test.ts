import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { Redis } from '../../../src/redis/redis.ts'
import type { Lease } from '../../../src/sessions/cache/lease.ts'
import type { RedisCache } from '../../../src/sessions/cache/redis.ts'
import { anyRead } from '../../contracts/session-cache.ts'
import { describeOnRedis } from '../../kit/installed.ts'
import { type RedisServer, startRedis } from '../../kit/redis-server.ts'
import { connect, isHeld, nodeOn, offer, untilInUse } from './kit.ts'

/** Where a session's entry is. */
function keyOf({ session }: ReturnType<typeof anyRead>): string {
  return `curfew:{${session.id.slice(-2)}}:session:${session.id}`
}

/**
 * Left out on purpose once each, and seen red here: the epoch of a fill, its age, the tombstone that it may not overwrite, the tombstones
 * in the process, the lease, the second look at it, the tombstones that are set again, and the wait of an end that Redis did not keep.
 */
describeOnRedis('a cache in Redis that nodes share', () => {
  let server: RedisServer
  let redis: Redis
  let stack: AsyncDisposableStack
  beforeAll(async () => {
    server = await startRedis()
    redis = await connect(server.url)
  })
  afterAll(async () => {
    await redis[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    stack = new AsyncDisposableStack()
    return () => stack.disposeAsync()
  })

  /** A node that is of use, unless it is to be left alone. */
  async function node(options: Parameters<typeof nodeOn>[1] = {}, on = redis): Promise<RedisCache> {
    const cache = stack.use(nodeOn(on, options))
    cache.start()
    await untilInUse(cache)
    return cache
  }

  const inRedis = (read: ReturnType<typeof anyRead>) => redis.command(keyOf(read), ['GET', keyOf(read)])

  it('holds for all what one was given, and what one has ended is ended for all', async () => {
    const [here, there] = [await node(), await node()]
    const read = anyRead()
    await offer(here, read)
    expect(await isHeld(there, read)).toBe(true)
    await here.end([read.session.id])
    expect(await isHeld(there, read)).toBe(false)
    await offer(there, read)
    expect(await isHeld(there, read)).toBe(false)
  })

  it('takes no fill of a node that has not heard of the end that overtook it', async () => {
    const [here, there] = [await node(), await node()]
    const read = anyRead()
    const looked = await here.look(read.session.id)
    await there.end([read.session.id])
    if (!looked.held) await looked.fill(read)
    expect(await inRedis(read)).toBe('!')
    expect(await isHeld(here, read)).toBe(false)
  })

  it('takes no fill that comes so late that the tombstone is gone: the store looks at its own clock', async () => {
    // a fill may take half of this
    const tombstoneLife = 400
    const [paused, other] = [await node({ tombstoneLife }), await node({ tombstoneLife })]
    const read = anyRead()
    const looked = await paused.look(read.session.id)
    await other.end([read.session.id])
    await expect.poll(() => inRedis(read)).toBeNull()
    if (!looked.held) await looked.fill(read)
    expect(await inRedis(read)).toBeNull()
  })

  it('takes no fill behind a restart that left it empty, and with it without the tombstone', async () => {
    const [paused, other] = [await node(), await node()]
    const read = anyRead()
    const looked = await paused.look(read.session.id)
    await other.end([read.session.id])
    // as a restart does, but that no connection breaks, so that nothing but the epoch can tell
    await redis.command(null, ['FLUSHALL'])
    // whoever looks first begins another epoch
    expect(await isHeld(other, read)).toBe(false)
    if (!looked.held) await looked.fill(read)
    expect(await inRedis(read)).toBeNull()
    expect(await isHeld(paused, read)).toBe(false)
  })

  it('is not believed against what a node has heard itself: a fail-over may have lost the tombstone', async () => {
    const [here, there] = [await node(), await node()]
    const read = anyRead()
    await offer(here, read)
    const entry = String(await inRedis(read))
    await here.end([read.session.id])
    there.hear([read.session.id])
    // the replica that takes over has the entry, and not the tombstone
    await redis.command(keyOf(read), ['SET', keyOf(read), entry])
    expect(await isHeld(here, read)).toBe(false)
    expect(await isHeld(there, read)).toBe(false)
  })

  it('is not believed without the lease, and is again with it', async () => {
    let valid = true
    const lease: Lease = { duration: 1, isValid: () => valid }
    const cache = await node({ lease })
    const read = anyRead()
    await offer(cache, read)
    expect(await isHeld(cache, read)).toBe(true)
    valid = false
    expect(await isHeld(cache, read)).toBe(false)
    valid = true
    expect(await isHeld(cache, read)).toBe(true)
  })

  it('asks for the lease again when Redis has answered: a process that was paused meanwhile believes nothing', async () => {
    let valid = true
    const lease: Lease = { duration: 1, isValid: () => valid }
    const cache = await node({ lease })
    const read = anyRead()
    await offer(cache, read)
    const looking = cache.look(read.session.id)
    valid = false
    expect((await looking).held).toBeNull()
  })

  it('is not believed by a node that starts before the ends of the last minutes are set again from the log', async () => {
    const there = await node()
    const read = anyRead()
    await offer(there, read)
    const gate = Promise.withResolvers<void>()
    const starting = stack.use(
      nodeOn(redis, {
        recentEnds: async () => {
          await gate.promise
          return { sessionIds: ids([read.session.id]), era: 0 }
        },
      }),
    )
    starting.start()
    expect(await isHeld(starting, read)).toBe(false)
    gate.resolve()
    await untilInUse(starting)
    expect(await isHeld(starting, read)).toBe(false)
    expect(await inRedis(read)).toBe('!')
    expect(await isHeld(there, read)).toBe(false)
  })

  it('is given nothing that can be read, nor made up, nor passed off as another: only the master secret opens an entry', async () => {
    const [cache, stranger] = [await node(), await node({ key: Buffer.alloc(32, 8) })]
    const [read, victim] = [anyRead(), anyRead()]
    await offer(cache, read)
    const entry = String(await inRedis(read))
    for (const secret of [
      read.user.email,
      read.user.id,
      Buffer.from(read.secretHash ?? []).toString('base64'),
    ])
      expect(Buffer.from(entry.split(' ')[1] ?? '', 'base64').includes(secret)).toBe(false)
    expect(await isHeld(stranger, read)).toBe(false)
    await redis.command(keyOf(victim), ['SET', keyOf(victim), entry])
    expect(await isHeld(cache, victim)).toBe(false)
  })

  it('lets nobody make an entry last by writing it again: it says itself how old it is', async () => {
    const cache = await node({ timeToLive: 500 })
    const read = anyRead()
    const looked = await cache.look(read.session.id)
    if (!looked.held) await looked.fill(read)
    const entry = await inRedis(read)
    // on a machine so slow that it is gone by now there is nothing to write again
    if (entry === null) return
    await redis.command(keyOf(read), ['SET', keyOf(read), String(entry)])
    await expect.poll(() => isHeld(cache, read)).toBe(false)
    expect(await inRedis(read)).toBe(entry)
  })

  it('is not used for a while if more ended than a node can remember', async () => {
    const cache = await node({ mostTombstones: 10, tombstoneLife: 60_000 })
    const read = anyRead()
    await offer(cache, read)
    expect(await isHeld(cache, read)).toBe(true)
    cache.hear(Array.from({ length: 11 }, () => anyRead().session.id))
    expect(await isHeld(cache, read)).toBe(false)
  })
})

describeOnRedis('a cache in a Redis that breaks', () => {
  let server: RedisServer
  let stack: AsyncDisposableStack
  beforeEach(async () => {
    stack = new AsyncDisposableStack()
    server = stack.use(await startRedis())
    return () => stack.disposeAsync()
  })

  async function node(options: Parameters<typeof nodeOn>[1] & { commandTimeout?: number } = {}) {
    const { commandTimeout, ...parts } = options
    const redis = stack.use(await connect(server.url, commandTimeout))
    const cache = stack.use(nodeOn(redis, parts))
    cache.start()
    await untilInUse(cache)
    return { redis, cache }
  }

  it('knows nothing while Redis is away, and is of use when it is back, with the tombstones that it lost', async () => {
    const read = anyRead()
    const { cache, redis } = await node({ log: [read.session.id] })
    const other = anyRead()
    await offer(cache, other)
    await server.kill()
    expect(await isHeld(cache, other)).toBe(false)
    await server.start()
    await untilInUse(cache)
    expect(await redis.command(keyOf(read), ['GET', keyOf(read)])).toBe('!')
  })

  it('answers an end that Redis did not keep only when the lease of every node is over', async () => {
    const lease: Lease = { duration: 500, isValid: () => true }
    const { cache } = await node({ lease })
    await server.kill()
    const began = systemClock.elapsed()
    await cache.end([anyRead().session.id])
    // timers may fire a moment early
    expect(systemClock.elapsed() - began).toBeGreaterThanOrEqual(490)
    const again = systemClock.elapsed()
    await cache.endBefore(1)
    expect(systemClock.elapsed() - again).toBeGreaterThanOrEqual(490)
  })

  it('does not wait for a Redis that hangs more than once: what comes later goes to the database at once', async () => {
    const { cache, redis } = await node({ commandTimeout: 300 })
    let asked = 0
    const counting = new Proxy(redis, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (name === 'script') asked += 1
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    const counted = stack.use(nodeOn(counting))
    counted.start()
    await untilInUse(counted)
    const read = anyRead()
    await offer(counted, read)
    server.pause()
    expect(await isHeld(counted, read)).toBe(false)
    asked = 0
    for (let time = 0; time < 1_000; time++) expect(await isHeld(counted, read)).toBe(false)
    expect(asked).toBe(0)
    server.resume()
    await untilInUse(counted)
    await untilInUse(cache)
  })

  it('believes nothing that was held before its connection broke until the log was asked, whoever else was quicker', async () => {
    const quick = await node()
    const gate = Promise.withResolvers<void>()
    let broken = false
    let asked = false
    const read = anyRead()
    const slow = await node({
      recentEnds: async () => {
        asked = broken
        if (broken) await gate.promise
        return { sessionIds: ids(broken ? [read.session.id] : []), era: 0 }
      },
    })
    broken = true
    await slow.redis.command(null, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no']).catch(() => {})
    await untilInUse(quick.cache)
    // it ended while nobody listened; the tombstone is lost with the rest
    await offer(quick.cache, read)
    await expect.poll(() => asked).toBe(true)
    expect(await isHeld(slow.cache, read)).toBe(false)
    gate.resolve()
    await untilInUse(slow.cache)
    expect(await isHeld(slow.cache, read)).toBe(false)
    expect(await isHeld(quick.cache, read)).toBe(false)
  })
})

async function* ids(batch: readonly string[]): AsyncGenerator<readonly string[], void, undefined> {
  yield batch
}
