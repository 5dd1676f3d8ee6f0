import { randomBytes } from 'node:crypto'
import { type Clock, sleep } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { defineScript, type Redis } from '../../redis/redis.ts'
import { EntrySeal } from './entry.ts'
import type { Lease } from './lease.ts'
import { type Looked, type ReadSession, type SessionCache, UNKNOWN } from './session-cache.ts'
import { longestFill, TOMBSTONE_LIFE, Tombstones } from './tombstones.ts'

/** Ends that are remembered in this process at most. */
const MOST_TOMBSTONES = 250_000
/** Tombstones that are set side by side. */
const BATCH = 500
/** First and longest wait before Redis is tried again (milliseconds); it doubles in between. */
const FIRST_WAIT = 100
const LONGEST_WAIT = 2_000

const TOMBSTONE = '!'

/*
 * Keys are in partitions, by the last two digits of a session's id, which are random. Each partition is kept in one place of a cluster
 * and has an epoch of its own, so that whatever loses entries or tombstones loses the epoch too. An entry, and a fill that is under
 * way, count only as long as the epoch is the one that they began in.
 */

/** What is held, the epoch (a new one if there is none) and the time. */
const LOOK = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = redis.call('GET', KEYS[2])
if not epoch then
  epoch = ARGV[1] .. ':' .. string.format('%d', now)
  redis.call('SET', KEYS[2], epoch)
end
return {redis.call('GET', KEYS[1]), epoch, now}`)

/** Takes an entry, unless something is there, the epoch has changed, or the session was looked for too long ago. */
const FILL = defineScript(`
local time = redis.call('TIME')
local age = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[2])
if redis.call('GET', KEYS[2]) ~= ARGV[1] or age < 0 or age > tonumber(ARGV[3]) then return 0 end
local there = redis.call('GET', KEYS[1])
local head = ARGV[1] .. ' '
if there and (there == '${TOMBSTONE}' or string.sub(there, 1, #head) == head) then return 0 end
redis.call('SET', KEYS[1], head .. ARGV[5], 'PX', ARGV[4])
return 1`)

/** Drops an entry, and never a tombstone. */
const FORGET = defineScript(`
if redis.call('GET', KEYS[1]) ~= '${TOMBSTONE}' then redis.call('DEL', KEYS[1]) end
return 0`)

/** What a node that starts, or that found Redis again, has to know. */
export interface RecentEnds {
  /** Sessions that ended within the time that was asked for, in batches. */
  readonly sessionIds: AsyncIterable<readonly string[]>
  /** The era in force. */
  readonly era: number
}

/** When and in which epoch a session was found missing. */
interface Ticket {
  readonly sessionId: string
  readonly epoch: string
  readonly missedAt: number
}

/**
 * A cache in Redis that all nodes share. A tombstone there is seen by everybody who looks; beside it each node remembers what it has
 * heard of itself, and believes nothing without its lease: that covers a Redis that lost tombstones, in a restart or a fail-over.
 * While Redis is away, or has just come back, it knows nothing.
 */
export class RedisCache implements SessionCache {
  readonly #redis: Redis
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #lease: Lease
  readonly #timeToLive: number
  readonly #recentEnds: (since: Date) => Promise<RecentEnds>
  readonly #seal: EntrySeal
  readonly #tombstoneLife: number
  readonly #tombstones: Tombstones
  /** What makes the names of epochs that this process begins its own. */
  readonly #name = randomBytes(9).toString('base64url')
  readonly #stopping = new AbortController()
  readonly #reconnects: Disposable
  #era = 0
  #started = false
  /** Whether all that Redis may have lost was set again. */
  #trusted = false
  #doubts = 0
  #recovering: Promise<void> | null = null
  /** Until when nothing is believed because too many ended at once, by the clock's `elapsed`. */
  #swampedUntil = Number.NEGATIVE_INFINITY

  /**
   * @param parts.timeToLive how long an entry is held (milliseconds)
   * @param parts.key what entries are sealed with
   */
  constructor(parts: {
    redis: Redis
    clock: Clock
    logger: Logger
    lease: Lease
    timeToLive: number
    key: Uint8Array
    recentEnds: (since: Date) => Promise<RecentEnds>
    tombstoneLife?: number
    mostTombstones?: number
  }) {
    this.#redis = parts.redis
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#lease = parts.lease
    this.#timeToLive = parts.timeToLive
    this.#recentEnds = parts.recentEnds
    this.#seal = new EntrySeal(parts.key)
    this.#tombstoneLife = parts.tombstoneLife ?? TOMBSTONE_LIFE
    this.#tombstones = new Tombstones({
      clock: parts.clock,
      life: this.#tombstoneLife,
      most: parts.mostTombstones ?? MOST_TOMBSTONES,
    })
    this.#reconnects = parts.redis.onReconnect(() => this.doubt())
  }

  start(): void {
    this.#started = true
    this.doubt()
  }

  async look(sessionId: string): Promise<Looked> {
    if (!this.#isUsable(sessionId)) return UNKNOWN
    const answer = await this.#ask(sessionId)
    if (!answer) return UNKNOWN
    const [value, epoch, now] = answer
    if (value === TOMBSTONE) return UNKNOWN
    const read = value === null ? null : this.#open(sessionId, value, epoch, now)
    if (!read) return this.#missed({ sessionId, epoch, missedAt: now })
    // once more, and in one go: what came to be known while Redis was asked
    return this.#isUsable(sessionId) && read.session.era >= this.#era ? { held: read } : UNKNOWN
  }

  #isUsable(sessionId: string): boolean {
    return (
      this.#trusted &&
      this.#clock.elapsed() >= this.#swampedUntil &&
      this.#lease.isValid() &&
      !this.#tombstones.has(sessionId)
    )
  }

  async #ask(sessionId: string): Promise<readonly [string | null, string, number] | null> {
    try {
      const answer = await this.#redis.script(LOOK, keysOf(sessionId), [this.#name])
      // what the script returns
      return answer as [string | null, string, number]
    } catch (error) {
      this.#fail(error)
      return null
    }
  }

  /** What the value stands for; null if it is of another epoch, out of date, or none of ours. */
  #open(sessionId: string, value: string, epoch: string, now: number): ReadSession | null {
    if (!value.startsWith(`${epoch} `)) return null
    const opened = this.#seal.open(`${epoch} ${sessionId}`, value.slice(epoch.length + 1))
    if (!opened) return null
    // its own date, so that nobody makes an entry last by writing it again; a clock that was set back makes none younger
    const age = now - opened.filledAt
    return age >= 0 && age < this.#timeToLive ? opened.read : null
  }

  #missed(ticket: Ticket): Looked {
    return { held: null, fill: (read) => this.#fill(ticket, read) }
  }

  async #fill({ sessionId, epoch, missedAt }: Ticket, read: ReadSession): Promise<void> {
    if (!this.#trusted || this.#tombstones.has(sessionId)) return
    this.hearOfEra(read.currentEra)
    // dated when it was missed: that is no later than it was read
    const sealed = this.#seal.seal(`${epoch} ${sessionId}`, { read, filledAt: missedAt })
    const limits = [missedAt, longestFill(this.#tombstoneLife), this.#timeToLive].map(String)
    try {
      await this.#redis.script(FILL, keysOf(sessionId), [epoch, ...limits, sealed])
    } catch (error) {
      this.#fail(error)
    }
  }

  async forget(sessionId: string): Promise<void> {
    if (!this.#trusted) return
    try {
      await this.#redis.script(FORGET, keysOf(sessionId), [])
    } catch (error) {
      this.#fail(error)
    }
  }

  async end(sessionIds: readonly string[]): Promise<void> {
    const began = this.#clock.elapsed()
    this.hear(sessionIds)
    await this.#unlessKept(began, () => this.#bury(sessionIds))
  }

  async endBefore(era: number): Promise<void> {
    const began = this.#clock.elapsed()
    this.hearOfEra(era)
    await this.#unlessKept(began, () => this.#beginEpochs())
  }

  /**
   * Has Redis keep what everybody is to see. If it does not: after a lease every node has read it in the log, or asks the database.
   */
  async #unlessKept(began: number, keep: () => Promise<void>): Promise<void> {
    const doubts = this.#doubts
    try {
      await keep()
      // a Redis that was lost and found meanwhile may have it or not
      if (doubts === this.#doubts) return
    } catch (error) {
      this.#fail(error)
    }
    const left = this.#lease.duration - (this.#clock.elapsed() - began)
    await sleep(this.#clock, left, this.#stopping.signal)
  }

  async #bury(sessionIds: readonly string[]): Promise<void> {
    for (let start = 0; start < sessionIds.length; start += BATCH) {
      await Promise.all(
        sessionIds.slice(start, start + BATCH).map((id) => {
          const [key] = keysOf(id)
          return this.#redis.command(key, ['SET', key, TOMBSTONE, 'PX', String(this.#tombstoneLife)])
        }),
      )
    }
  }

  /** Voids every entry and every fill that is under way. */
  async #beginEpochs(): Promise<void> {
    const epoch = `${this.#name}:${randomBytes(9).toString('base64url')}`
    await Promise.all(EPOCH_KEYS.map((key) => this.#redis.command(key, ['SET', key, epoch])))
  }

  hear(sessionIds: readonly string[]): void {
    if (this.#tombstones.add(sessionIds)) return
    this.#logger.warn({}, 'too many sessions ended to remember each; the cache is not used for a while')
    this.#swampedUntil = this.#clock.elapsed() + this.#tombstoneLife
  }

  hearOfEra(era: number): void {
    this.#era = Math.max(this.#era, era)
  }

  doubt(): void {
    this.#doubts += 1
    this.#trusted = false
    if (this.#started) this.#recovering ??= this.#recover()
  }

  #fail(error: unknown): void {
    if (this.#stopping.signal.aborted) return
    if (this.#trusted) this.#logger.warn({ error }, 'the session cache is not used until Redis answers again')
    this.doubt()
  }

  /** Sets again what Redis may have lost, and trusts it from then on. */
  async #recover(): Promise<void> {
    for (let wait = FIRST_WAIT; !this.#stopping.signal.aborted; ) {
      const doubts = this.#doubts
      try {
        await this.#recall()
        this.#trusted = doubts === this.#doubts
        if (this.#trusted) break
      } catch (error) {
        this.#logger.debug({ error, wait }, 'the session cache could not be brought up to date; trying again')
      }
      await sleep(this.#clock, wait * (0.5 + Math.random()), this.#stopping.signal)
      wait = Math.min(wait * 2, LONGEST_WAIT)
    }
    this.#recovering = null
  }

  async #recall(): Promise<void> {
    // one that takes nothing is of no use, although it may answer
    await this.#redis.command(PROBE_KEY, ['SET', PROBE_KEY, '1', 'PX', '1000'])
    // twice a tombstone's life: ends are dated by the clocks of the nodes, and before they are committed
    const since = new Date(this.#clock.now().getTime() - 2 * this.#tombstoneLife)
    const { sessionIds, era } = await this.#recentEnds(since)
    this.hearOfEra(era)
    for await (const batch of sessionIds) {
      this.hear(batch)
      await this.#bury(batch)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.#trusted = false
    this.#reconnects[Symbol.dispose]()
    await this.#recovering
  }
}

const PROBE_KEY = 'curfew:probe'

const EPOCH_KEYS = Array.from({ length: 256 }, (_, partition) =>
  epochKeyOf(partition.toString(16).padStart(2, '0')),
)

function epochKeyOf(partition: string): string {
  return `curfew:{${partition}}:epoch`
}

/** The key of a session's entry, and that of its epoch. */
function keysOf(sessionId: string): readonly [string, string] {
  const partition = sessionId.slice(-2)
  return [`curfew:{${partition}}:session:${sessionId}`, epochKeyOf(partition)]
}
