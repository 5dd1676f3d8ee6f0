import { systemClock } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { keysOf } from '../../src/limits/store/redis.ts'
import { openRedis, type Redis } from '../../src/redis/redis.ts'
import { type RedisServer, startRedis } from '../kit/redis-server.ts'

/** A Redis of the test's own, and the connections of a few nodes to it. */
export interface TestRedis extends AsyncDisposable {
  readonly server: RedisServer
  /** The connection of one node after the other. */
  node(): Redis
  /** The keys of all counters and marks. */
  keys(): Promise<readonly string[]>
}

const NODES = 3
/** The last characters that a fingerprint can have. */
const LAST = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export async function openTestRedis(options: { cluster?: boolean } = {}): Promise<TestRedis> {
  const server = await startRedis(options)
  const parts = { clock: systemClock, logger: createLogger('silent') }
  const connect = () => openRedis({ url: server.url, commandTimeout: 5_000 }, parts)
  const nodes = await Promise.all(Array.from({ length: NODES }, connect))
  let next = 0
  const node = (): Redis => {
    const redis = nodes[next++ % NODES]
    if (!redis) throw new Error('there is no node')
    return redis
  }
  return {
    server,
    node,
    keys: async () => (await node().command(null, ['KEYS', 'curfew:attempts:*'])) as string[],
    [Symbol.asyncDispose]: async () => {
      for (const each of nodes) await each[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Makes a Redis one that has been there for years, so that it has forgotten nothing that it should know. */
export async function makeOld(redis: Redis): Promise<void> {
  for (const character of LAST) {
    const [, since] = keysOf(character)
    await redis.command(since, ['SET', since, '0'])
  }
}
