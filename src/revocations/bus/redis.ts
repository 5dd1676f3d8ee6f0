import type { Logger } from '../../kernel/logger.ts'
import { type Redis, RedisUnavailable } from '../../redis/redis.ts'
import type { Bus } from './bus.ts'

const CHANNEL = 'curfew:events'

/**
 * The bus of several nodes over Redis: published once the transaction has committed. A node that dies in between wakes nobody, and
 * neither does a Redis that is away: the log is read from time to time all the same.
 */
export function redisBus({ redis, logger }: { redis: Redis; logger: Logger }): Bus {
  const handles = new Set<AsyncDisposable>()
  const publishing = new Set<Promise<void>>()

  /** Whether there is something that could not be announced; those who listen need not have noticed any gap. */
  let owed = false

  async function publish(): Promise<void> {
    owed = false
    try {
      await redis.publish(CHANNEL, '')
    } catch (error) {
      owed = true
      // an outage is in the log already
      if (!(error instanceof RedisUnavailable)) logger.warn({ error }, 'an event could not be announced')
    }
  }

  /** Nobody waits for it, but for whoever closes the bus. */
  function publishSoon(): void {
    const published = publish()
    publishing.add(published)
    void published.finally(() => publishing.delete(published))
  }

  const reconnected = redis.onReconnect(() => {
    if (owed) publishSoon()
  })

  return {
    announce: async (transaction) => {
      transaction.onCommit(publishSoon)
    },
    listen: async (wake) => {
      handles.add(await redis.subscribe(CHANNEL, { onMessage: wake, onGap: wake }))
    },
    [Symbol.asyncDispose]: async () => {
      reconnected[Symbol.dispose]()
      await Promise.all([...handles].map((handle) => handle[Symbol.asyncDispose]()))
      handles.clear()
      await Promise.all(publishing)
    },
  }
}
