import { LRUCache } from 'lru-cache'
import type { Clock } from '../../kernel/clock.ts'
import type { Lease } from './lease.ts'
import type { Looked, ReadSession, SessionCache } from './session-cache.ts'
import { longestFill, TOMBSTONE_LIFE, Tombstones } from './tombstones.ts'

/** Sessions that are held at most, and ends that are remembered. */
const MOST_HELD = 25_000
const MOST_TOMBSTONES = 250_000

interface Entry {
  readonly read: ReadSession
  /** By the clock's `elapsed`. */
  readonly until: number
}

/** When and among what a session was found missing: a fill that began before something went amiss is refused. */
interface Ticket {
  readonly sessionId: string
  readonly missedAt: number
  readonly doubts: number
}

/**
 * A cache in this process, for itself. It hears of ends by its own mutations and by the feed, and is believed only while the lease
 * runs.
 */
export class MemoryCache implements SessionCache {
  readonly #clock: Clock
  readonly #lease: Lease
  readonly #timeToLive: number
  readonly #entries: LRUCache<string, Entry>
  readonly #tombstones: Tombstones
  #doubts = 0
  /** Sessions of an older era are over. */
  #era = 0

  /** @param parts.timeToLive how long an entry is held (milliseconds) */
  constructor(parts: {
    clock: Clock
    lease: Lease
    timeToLive: number
    mostHeld?: number
    mostTombstones?: number
  }) {
    this.#clock = parts.clock
    this.#lease = parts.lease
    this.#timeToLive = parts.timeToLive
    this.#entries = new LRUCache({ max: parts.mostHeld ?? MOST_HELD })
    this.#tombstones = new Tombstones({
      clock: parts.clock,
      life: TOMBSTONE_LIFE,
      most: parts.mostTombstones ?? MOST_TOMBSTONES,
    })
  }

  start(): void {}

  look(sessionId: string): Looked {
    const entry = this.#lease.isValid() ? this.#entries.get(sessionId) : undefined
    if (entry && this.#isGood(entry)) return { held: entry.read }
    const now = this.#clock.elapsed()
    const ticket = { sessionId, missedAt: now, doubts: this.#doubts }
    return { held: null, fill: async (read) => this.#fill(ticket, read) }
  }

  #fill({ sessionId, missedAt, doubts }: Ticket, read: ReadSession): void {
    const now = this.#clock.elapsed()
    // a process that was paused may have outlived the tombstone that would stand in its way
    if (doubts !== this.#doubts || now - missedAt > longestFill(TOMBSTONE_LIFE)) return
    if (this.#tombstones.has(sessionId)) return
    const there = this.#entries.peek(sessionId)
    if (there && this.#isGood(there)) return
    this.hearOfEra(read.currentEra)
    this.#entries.set(sessionId, { read, until: now + this.#timeToLive })
  }

  #isGood({ read, until }: Entry): boolean {
    return this.#clock.elapsed() < until && read.session.era >= this.#era
  }

  async forget(sessionId: string): Promise<void> {
    this.#entries.delete(sessionId)
  }

  async end(sessionIds: readonly string[]): Promise<void> {
    this.hear(sessionIds)
  }

  async endBefore(era: number): Promise<void> {
    this.hearOfEra(era)
  }

  hear(sessionIds: readonly string[]): void {
    for (const id of sessionIds) this.#entries.delete(id)
    // forgotten tombstones are no matter to what is held, only to what is under way
    if (!this.#tombstones.add(sessionIds)) this.#doubts += 1
  }

  hearOfEra(era: number): void {
    this.#era = Math.max(this.#era, era)
  }

  doubt(): void {
    this.#doubts += 1
    this.#entries.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.doubt()
  }
}
