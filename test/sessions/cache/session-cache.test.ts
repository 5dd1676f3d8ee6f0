import { afterAll, beforeAll, describe } from 'vitest'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { Redis } from '../../../src/redis/redis.ts'
import { ALONE } from '../../../src/sessions/cache/lease.ts'
import { MemoryCache } from '../../../src/sessions/cache/memory.ts'
import { noCache, type SessionCache } from '../../../src/sessions/cache/session-cache.ts'
import { type CacheUnderTest, itIsASessionCache } from '../../contracts/session-cache.ts'
import { describeOnRedis } from '../../kit/installed.ts'
import { type RedisServer, startRedis } from '../../kit/redis-server.ts'
import { connect, nodeOn, untilInUse } from './kit.ts'

function underTest(cache: SessionCache, holds: boolean): CacheUnderTest {
  return { cache, holds, [Symbol.asyncDispose]: () => cache[Symbol.asyncDispose]() }
}

describe('no cache', () => {
  itIsASessionCache(async () => underTest(noCache(), false))
})

describe('the cache in memory', () => {
  itIsASessionCache(async ({ timeToLive }) =>
    underTest(new MemoryCache({ clock: systemClock, lease: ALONE, timeToLive }), true),
  )
})

for (const cluster of [false, true]) {
  describeOnRedis(cluster ? 'the cache in a Redis cluster' : 'the cache in Redis', () => {
    let server: RedisServer
    let redis: Redis
    beforeAll(async () => {
      server = await startRedis({ cluster })
      redis = await connect(server.url)
    })
    afterAll(async () => {
      await redis[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    })
    itIsASessionCache(async ({ timeToLive }) => {
      const cache = nodeOn(redis, { timeToLive })
      cache.start()
      await untilInUse(cache)
      return underTest(cache, true)
    })
  })
}
