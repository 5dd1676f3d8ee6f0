import { type Clock, type Timer, within } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Bus } from './bus/bus.ts'
import type { EverySessionRevoked, LogEntry, SessionEvent } from './event.ts'
import type { EventLog, LogPosition } from './event-log.ts'
import { isVisibleIn, parseSnapshot } from './snapshot.ts'

/** What a follower of the feed is told. None of it may throw. */
export interface Follower {
  onEvent(event: SessionEvent): void
  /** Everyone's sessions have ended but for those of the era that began: told to each follower, whomever it follows. */
  onEverySessionRevoked(event: EverySessionRevoked): void
  /** Events may be missing from here on: whatever rests on having seen them all must be read again. */
  onGap(): void
}

/** A read that takes longer has lost its connection without a word: longer than the database lets a statement run (milliseconds). */
const READ_TIMEOUT = 20_000
/** First and longest wait after a read that failed (milliseconds); it doubles in between. */
const FIRST_RETRY = 100
const LONGEST_RETRY = 5_000

/**
 * The event log as it grows, read once for the whole node and handed to those whom an event concerns. The bus wakes it; a
 * slow poll is the net below the bus; after any gap it reads on from where it was, so that no event is lost and none comes twice.
 */
export class Feed implements AsyncDisposable {
  readonly #log: EventLog
  readonly #bus: Bus
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #pollInterval: number
  readonly #bySession = new Map<string, Set<Follower>>()
  readonly #byUser = new Map<string, Set<Follower>>()
  readonly #everything = new Set<Follower>()
  readonly #ahead: Follower[] = []
  #position: LogPosition | null = null
  #lastRead: Date
  #upToDateSince = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | null = null
  #wokenMeanwhile = false
  #timer: Timer | null = null
  #retry = FIRST_RETRY
  #closed = false

  constructor(parts: { log: EventLog; bus: Bus; clock: Clock; logger: Logger; pollInterval: number }) {
    this.#log = parts.log
    this.#bus = parts.bus
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#pollInterval = parts.pollInterval
    this.#lastRead = parts.clock.now()
  }

  /** Begins at the log's present end. To be called before anyone follows. */
  async start(): Promise<void> {
    await this.#bus.listen(() => this.#wake())
    const began = this.#clock.elapsed()
    await this.#beginAtEnd()
    this.#upToDateSince = began
    this.#schedule(this.#pollInterval)
  }

  /**
   * When the last complete read of the log began, by {@link Clock.elapsed}: followers have been told of everything that had been
   * committed by then, also of what no bus announced.
   */
  get upToDateSince(): number {
    return this.#upToDateSince
  }

  /** How many handles of followers have not been disposed. */
  get followers(): number {
    const indexed = [...this.#bySession.values(), ...this.#byUser.values()]
    return indexed.reduce((sum, followers) => sum + followers.size, this.#everything.size)
  }

  /** Tells of each transaction, as of this moment, whether followers have been handed its events and will not be again. */
  handedOut(): (xid: bigint) => boolean {
    if (!this.#position) return () => false
    const snapshot = parseSnapshot(this.#position.snapshot)
    return (xid) => isVisibleIn(snapshot, xid)
  }

  /** Follows the events of one session until the returned handle is disposed. */
  followSession(sessionId: string, follower: Follower): Disposable {
    return follow(this.#bySession, sessionId, follower)
  }

  /** Follows the events of all sessions of one user. */
  followUser(userId: string, follower: Follower): Disposable {
    return follow(this.#byUser, userId, follower)
  }

  /** Follows every event of everyone. */
  followAll(follower: Follower): Disposable {
    this.#everything.add(follower)
    return { [Symbol.dispose]: () => this.#everything.delete(follower) }
  }

  /**
   * Follows every event ahead of everyone else, for as long as the feed lives: for what the others look at when they hear of one.
   * May be called before {@link start}.
   */
  goAhead(follower: Follower): void {
    this.#ahead.push(follower)
  }

  /** Stops reading; followers hear nothing more. The bus is closed by whoever made it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer?.[Symbol.dispose]()
    await this.#reading
  }

  #wake(): void {
    if (this.#closed || !this.#position) return
    if (this.#reading !== null) {
      // what woke us may have committed after the running read took its snapshot
      this.#wokenMeanwhile = true
      return
    }
    this.#timer?.[Symbol.dispose]()
    this.#reading = this.#readAll().finally(() => {
      this.#reading = null
      // woken after the last look at the flag, and before this
      if (this.#wokenMeanwhile) this.#wake()
    })
  }

  async #readAll(): Promise<void> {
    try {
      do {
        this.#wokenMeanwhile = false
        await this.#readOnce()
      } while (this.#wokenMeanwhile && !this.#closed)
      this.#retry = FIRST_RETRY
      this.#schedule(this.#pollInterval)
    } catch (error) {
      this.#logger.warn({ error, wait: this.#retry }, 'the event log could not be read; trying again')
      this.#schedule(this.#retry * (0.5 + Math.random()))
      this.#retry = Math.min(this.#retry * 2, LONGEST_RETRY)
    }
  }

  async #readOnce(): Promise<void> {
    for (let more = true; more && !this.#closed; ) {
      if (!this.#position) return
      const began = this.#clock.elapsed()
      const outOfReach = this.#clock.now().getTime() - this.#lastRead.getTime() > this.#log.retention
      const batch = outOfReach
        ? null
        : await within(this.#clock, READ_TIMEOUT, this.#log.readSince(this.#position))
      if (this.#closed) return
      if (!batch) {
        await this.#beginAtEnd()
        this.#logger.warn(
          {},
          'the event log does not continue where it was left; live connections are checked again',
        )
        for (const follower of [...this.#ahead, ...this.#allFollowers()]) follower.onGap()
        this.#upToDateSince = began
        return
      }
      this.#position = batch.position
      this.#lastRead = this.#clock.now()
      for (const event of batch.events) this.#dispatch(event)
      more = batch.more
      if (!more) this.#upToDateSince = began
    }
  }

  async #beginAtEnd(): Promise<void> {
    this.#position = await within(this.#clock, READ_TIMEOUT, this.#log.end())
    this.#lastRead = this.#clock.now()
  }

  #dispatch(event: LogEntry): void {
    if (event.type === 'EVERY_SESSION_REVOKED') {
      for (const follower of [...this.#ahead, ...this.#allFollowers()]) follower.onEverySessionRevoked(event)
      return
    }
    for (const follower of this.#ahead) follower.onEvent(event)
    // copies: a follower that hears of its end leaves the set
    for (const follower of [...(this.#bySession.get(event.sessionId) ?? [])]) follower.onEvent(event)
    for (const follower of [...(this.#byUser.get(event.userId) ?? [])]) follower.onEvent(event)
    for (const follower of [...this.#everything]) follower.onEvent(event)
  }

  #allFollowers(): Set<Follower> {
    const all = new Set(this.#everything)
    for (const followers of [...this.#bySession.values(), ...this.#byUser.values()]) {
      for (const follower of followers) all.add(follower)
    }
    return all
  }

  #schedule(delay: number): void {
    if (this.#closed) return
    this.#timer = this.#clock.after(delay, () => this.#wake())
  }
}

function follow(index: Map<string, Set<Follower>>, key: string, follower: Follower): Disposable {
  const followers = index.get(key) ?? new Set()
  index.set(key, followers.add(follower))
  return {
    [Symbol.dispose]: () => {
      followers.delete(follower)
      if (followers.size === 0 && index.get(key) === followers) index.delete(key)
    },
  }
}
