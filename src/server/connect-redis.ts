import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { openRedis, type Redis, RedisRefused } from '../redis/redis.ts'
import type { Config } from './config.ts'
import { StartupError } from './data-folder.ts'

/** How long a command may take: what is kept in Redis can be had elsewhere, and somebody waits for it (milliseconds). */
const COMMAND_TIMEOUT = 500

/**
 * Connects to the Redis that the settings name; null if they name none. One that is away is said in the log, and connected to later.
 * @throws StartupError if it does not let us in
 */
export async function connectRedis(
  { redis }: Pick<Config, 'redis'>,
  clock: Clock,
  logger: Logger,
): Promise<Redis | null> {
  if (!redis) return null
  try {
    return await openRedis({ url: redis.url, commandTimeout: COMMAND_TIMEOUT }, { clock, logger })
  } catch (error) {
    throw explained(error)
  }
}

/** What people can act on, if Redis did not let us in; the same error otherwise. */
export function explained(error: unknown): unknown {
  if (!(error instanceof RedisRefused)) return error
  return new StartupError(
    `REDIS_URL: Redis does not let us in (${error.message}); put the right user and password into the URL, and let that user do everything with keys and channels that begin with curfew.`,
  )
}
