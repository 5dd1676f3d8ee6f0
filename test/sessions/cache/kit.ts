import { vi } from 'vitest'
import { systemClock } from '../../../src/kernel/clock.ts'
import { createLogger } from '../../../src/kernel/logger.ts'
import { openRedis, type Redis } from '../../../src/redis/redis.ts'
import { ALONE } from '../../../src/sessions/cache/lease.ts'
import { RedisCache } from '../../../src/sessions/cache/redis.ts'
import type { ReadSession, SessionCache } from '../../../src/sessions/cache/session-cache.ts'
import { anyRead } from '../../contracts/session-cache.ts'

export const KEY = Buffer.alloc(32, 7)
export const silent = createLogger('silent')

/** Connects to a server as a node does, with time for a slow machine. */
export function connect(url: string, commandTimeout = 10_000): Promise<Redis> {
  return openRedis({ url, commandTimeout }, { clock: systemClock, logger: silent })
}

type Parts = ConstructorParameters<typeof RedisCache>[0]

/** The cache of one node on a Redis, with no other ends in its log than are given. */
export function nodeOn(redis: Redis, options: Partial<Parts> & { log?: readonly string[] } = {}): RedisCache {
  const { log = [], ...parts } = options
  return new RedisCache({
    redis,
    clock: systemClock,
    logger: silent,
    lease: ALONE,
    timeToLive: 600_000,
    key: KEY,
    recentEnds: async () => ({ sessionIds: inOneBatch(log), era: 0 }),
    ...parts,
  })
}

async function* inOneBatch(ids: readonly string[]): AsyncGenerator<readonly string[], void, undefined> {
  yield ids
}

/** Offers a session to the cache as whoever missed it does. */
export async function offer(cache: SessionCache, read: ReadSession): Promise<void> {
  const looked = await cache.look(read.session.id)
  if (!looked.held) await looked.fill(read)
}

export async function isHeld(cache: SessionCache, { session }: ReadSession): Promise<boolean> {
  return (await cache.look(session.id)).held !== null
}

/** Resolves when the cache is of use: it takes what it is given. */
export async function untilInUse(cache: SessionCache): Promise<void> {
  await vi.waitFor(
    async () => {
      const probe = anyRead()
      await offer(cache, probe)
      if ((await cache.look(probe.session.id)).held === null) throw new Error('the cache is not of use')
    },
    { timeout: 10_000 },
  )
}
