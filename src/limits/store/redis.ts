import { newSecret } from '../../kernel/secret.ts'
import { defineScript, type Redis, RedisUnavailable } from '../../redis/redis.ts'
import {
  type AttemptLimit,
  type AttemptStore,
  type Counted,
  type Refused,
  refusedUntil,
} from './attempt-store.ts'

/*
 * Counters are in partitions, by the last character of their key, which is the end of a fingerprint and so as good as random. Each
 * partition is kept in one place of a cluster, and knows since when it remembers: whatever loses counters loses that mark too.
 */

/**
 * Counts, unless the counter is blocked. A counter's rules go by the time of the nodes, as everywhere; Redis' own expiry only
 * tidies up behind them. As long as the partition remembers less than the counter has to, less is free: what it has lost may have
 * been somebody's failures.
 */
const TAKE = defineScript(`
local now, free, first = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local longest, forget = tonumber(ARGV[4]), tonumber(ARGV[5])
local since = tonumber(redis.call('GET', KEYS[2]) or '')
if not since then
  since = now
  redis.call('SET', KEYS[2], string.format('%d', now))
end
if now - since < forget then free = tonumber(ARGV[7]) end
local held = redis.call('HMGET', KEYS[1], 'count', 'until', 'expires', 'life')
local count, life = 0, ARGV[6]
if held[1] and tonumber(held[3]) > now then
  if tonumber(held[2]) > now then return {0, tonumber(held[2]), '', free} end
  count, life = tonumber(held[1]), held[4]
end
count = count + 1
local blocked = 0
if count >= free then blocked = now + math.min(first * 2 ^ math.min(count - free, 40), longest) end
redis.call('HSET', KEYS[1], 'count', string.format('%d', count), 'until', string.format('%d', blocked),
  'expires', string.format('%d', now + forget), 'life', life)
redis.call('PEXPIRE', KEYS[1], forget)
return {count, blocked, life, free}`)

/** Takes back what one attempt left, unless the counter was forgotten since, and what is there is another one. */
const GIVE_BACK = defineScript(`
local held = redis.call('HMGET', KEYS[1], 'count', 'until', 'life')
if held[3] ~= ARGV[3] or tonumber(held[1]) <= 0 then return 0 end
local count = tonumber(held[1]) - 1
redis.call('HSET', KEYS[1], 'count', string.format('%d', count))
if count < tonumber(ARGV[1]) or held[2] == ARGV[2] then redis.call('HSET', KEYS[1], 'until', '0') end
return 1`)

/**
 * Counts in Redis, each attempt by one script.
 * Each call throws RedisUnavailable while Redis is away; what could not be given back then stays counted until it is forgotten.
 */
export class RedisAttempts implements AttemptStore {
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  async take(key: string, limit: AttemptLimit, now: Date): Promise<Counted | Refused> {
    const [counter, since] = keysOf(key)
    const { free, freeAfterLoss, firstDelay, longestDelay, forgetAfter } = limit
    const numbers = [now.getTime(), free, firstDelay, longestDelay, forgetAfter].map(String)
    const reply = await this.#redis.script(
      TAKE,
      [counter, since],
      [...numbers, newSecret(), String(freeAfterLoss)],
    )
    const [count, blockedUntil, life, wasFree] = reply as [number, number, string, number]
    if (count === 0) return refusedUntil(blockedUntil, now)
    const giveBack = async (): Promise<void> => {
      try {
        await this.#redis.script(GIVE_BACK, [counter], [String(wasFree), String(blockedUntil), life])
      } catch (error) {
        if (!(error instanceof RedisUnavailable)) throw error
      }
    }
    return { count, giveBack }
  }

  /** Nothing is its own: Redis is closed by whoever opened it. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Under which keys a counter is kept, and since when its partition remembers. */
export function keysOf(key: string): readonly [counter: string, since: string] {
  const partition = `curfew:attempts:{${key.at(-1)}}`
  return [`${partition}:${key}`, `${partition}:since`]
}
