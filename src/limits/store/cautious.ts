import type { Clock, Timer } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { type Redis, RedisUnavailable } from '../../redis/redis.ts'
import {
  type AttemptLimit,
  type AttemptStore,
  afterLoss,
  type Counted,
  type Refused,
} from './attempt-store.ts'

/** First and longest wait before Redis is asked again (milliseconds); it doubles in between. */
const FIRST_WAIT = 200
const LONGEST_WAIT = 2_000
const PROBE_KEY = 'curfew:attempts:probe'

/**
 * Counts in Redis, and while that is away in the database, where nothing is free at an account then: an outage gives a guesser no
 * allowance beside the one that they have used up, and whoever knows their password still gets in. After the first attempt that found Redis away,
 * none waits for it until it has answered again.
 */
export class CautiousAttempts implements AttemptStore {
  readonly #store: AttemptStore
  readonly #fallback: AttemptStore
  readonly #redis: Redis
  readonly #clock: Clock
  readonly #logger: Logger
  #away: { wait: number } | null = null
  #timer: Timer | null = null
  #closed = false

  constructor(parts: {
    store: AttemptStore
    fallback: AttemptStore
    redis: Redis
    clock: Clock
    logger: Logger
  }) {
    this.#store = parts.store
    this.#fallback = parts.fallback
    this.#redis = parts.redis
    this.#clock = parts.clock
    this.#logger = parts.logger
  }

  async take(key: string, limit: AttemptLimit, now: Date): Promise<Counted | Refused> {
    if (!this.#away) {
      try {
        return await this.#store.take(key, limit, now)
      } catch (error) {
        if (!(error instanceof RedisUnavailable)) throw error
        this.#leave(error)
      }
    }
    return await this.#fallback.take(key, afterLoss(limit), now)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer?.[Symbol.dispose]()
    await this.#store[Symbol.asyncDispose]()
    await this.#fallback[Symbol.asyncDispose]()
  }

  #leave(error: RedisUnavailable): void {
    if (this.#away || this.#closed) return
    this.#away = { wait: FIRST_WAIT }
    this.#logger.warn(
      { error },
      'attempts are counted in the database while Redis is away, and none at an account is free',
    )
    this.#askLater(this.#away)
  }

  #askLater(away: { wait: number }): void {
    if (this.#closed) return
    this.#timer = this.#clock.after(away.wait * (0.5 + Math.random()), () => void this.#ask(away))
    away.wait = Math.min(away.wait * 2, LONGEST_WAIT)
  }

  async #ask(away: { wait: number }): Promise<void> {
    try {
      await this.#redis.ping()
      // one that is full, or copies from another one, answers and takes nothing
      await this.#redis.command(PROBE_KEY, ['SET', PROBE_KEY, '1', 'PX', '1000'])
    } catch {
      return this.#askLater(away)
    }
    if (this.#closed) return
    this.#away = null
    this.#logger.info({}, 'attempts are counted in Redis again')
  }
}
