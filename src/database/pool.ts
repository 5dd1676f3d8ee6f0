import { type Clock, type Timer, within } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { overloaded, unreachable } from './errors.ts'

/** A connection that is lent to one piece of work at a time. */
export interface PooledConnection {
  /** Whether it may be lent (again). */
  readonly usable: boolean
  /** Says goodbye and closes; does not throw. */
  end(): Promise<void>
  /** Cuts it: whatever waits for an answer on it fails with this. */
  cut(error: Error): void
}

/** What a connection tells the pool that it belongs to, and hears from it. */
export interface PoolEars {
  /** Is aborted when the pool is closed: what is being opened then is given up. */
  readonly closed: AbortSignal
  /** The server answered. */
  onAnswer(): void
  /** An answer takes long enough to doubt that the server is there at all. */
  onDoubt(): void
  /** The connection is gone. */
  onGone(): void
}

/** What a pool is doing. */
export interface PoolState {
  readonly connections: number
  /** Those that are not lent. */
  readonly idle: number
  /** How much work waits for one. */
  readonly waiting: number
}

/** How long work waits for a connection (milliseconds), and how much of it: what waits takes memory. */
const LONGEST_WAIT = 10_000
const LONGEST_LINE = 5_000
/** First and longest wait before another connection is tried (milliseconds); it doubles in between. */
const FIRST_RETRY = 100
const LONGEST_RETRY = 2_000
/** How long work that is under way may take when the pool is closed (milliseconds). */
const CLOSE_TIMEOUT = 5_000

/** Why no connection can be opened, since the last time that one could. */
interface Outage {
  error: unknown
  /** Before the first connection whoever opened the database is told, and not the log. */
  readonly logged: boolean
  wait: number
  retry: Timer | null
}

interface Waiting<Connection> {
  readonly lend: (connection: Connection) => void
  readonly refuse: (error: Error) => void
  readonly timer: Timer
}

/**
 * A few connections to one server, opened when they are needed and lent to one piece of work at a time, so that each can be
 * cut without harm to others. While none can be opened, work is refused at once instead of held up, and one attempt
 * after the other finds out when the server is back. The log hears of the beginning and the end of an outage, once each.
 */
export class Pool<Connection extends PooledConnection> {
  readonly #size: number
  readonly #connect: (ears: PoolEars) => Promise<Connection>
  readonly #isAnswer: (error: unknown) => boolean
  readonly #clock: Clock
  readonly #logger: Logger | null
  readonly #members = new Set<Connection>()
  readonly #idle: Connection[] = []
  /** In the order of their coming. */
  readonly #line = new Set<Waiting<Connection>>()
  #opening = 0
  #answers = 0
  #doubting = false
  #reached = false
  #outage: Outage | null = null
  #crowded = false
  readonly #stopping = new AbortController()
  #closing: Promise<void> | null = null
  /** Resolves when the last one is given back after the pool was closed. */
  readonly #emptied = Promise.withResolvers<void>()
  /** Of connections that say goodbye. */
  readonly #ending = new Set<Promise<void>>()

  /**
   * @param size most connections at once
   * @param connect opens one, or throws after a time of its own
   * @param isAnswer whether an error of `connect` came from the server, so that it is there
   */
  constructor(parts: {
    size: number
    connect: (ears: PoolEars) => Promise<Connection>
    isAnswer: (error: unknown) => boolean
    clock: Clock
    logger: Logger | null
  }) {
    this.#size = parts.size
    this.#connect = parts.connect
    this.#isAnswer = parts.isAnswer
    this.#clock = parts.clock
    this.#logger = parts.logger
  }

  /**
   * Does the work on a connection of its own.
   * @throws DatabaseUnavailable if none can be had, now or in time
   */
  async lend<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.#take()
    try {
      return await work(connection)
    } finally {
      this.#giveBack(connection)
    }
  }

  get state(): PoolState {
    return { connections: this.#members.size, idle: this.#idle.length, waiting: this.#line.size }
  }

  /** Finishes what is under way, as long as that does not take long, and closes every connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #take(): Promise<Connection> {
    if (this.#closed) throw unreachable(new Error('the pool is closed'))
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.usable) return idle
      this.#discard(idle)
    }
    if (this.#outage && !this.#works) throw unreachable(this.#outage.error)
    if (this.#line.size >= LONGEST_LINE) {
      this.#complain()
      throw overloaded()
    }
    const { promise, resolve: lend, reject: refuse } = Promise.withResolvers<Connection>()
    const timer = this.#clock.after(LONGEST_WAIT, () => {
      this.#line.delete(waiting)
      this.#complain()
      refuse(overloaded())
    })
    const waiting = { lend, refuse, timer }
    this.#line.add(waiting)
    this.#grow()
    return await promise
  }

  get #closed(): boolean {
    return this.#stopping.signal.aborted
  }

  /** Whether there is any connection that has not failed. */
  get #works(): boolean {
    return [...this.#members].some(({ usable }) => usable)
  }

  #giveBack(connection: Connection): void {
    if (this.#closed || !connection.usable) this.#discard(connection)
    else this.#hand(connection)
  }

  /** To whoever has waited longest. */
  #hand(connection: Connection): void {
    const [next] = this.#line
    if (!next) {
      this.#idle.push(connection)
      return
    }
    this.#leaveLine(next)
    next.lend(connection)
  }

  #leaveLine(waiting: Waiting<Connection>): void {
    waiting.timer[Symbol.dispose]()
    this.#line.delete(waiting)
    if (this.#line.size === 0) this.#crowded = false
  }

  #discard(connection: Connection): void {
    this.#end(connection)
    this.#members.delete(connection)
    // one that stood empty before may have work under way when it is closed
    if (this.#closed && this.#members.size === 0) this.#emptied.resolve()
    this.#grow()
  }

  #end(connection: Connection): void {
    const ended = connection.end()
    this.#ending.add(ended)
    void ended.then(() => this.#ending.delete(ended))
  }

  /** Opens as many as there is work waiting for. During an outage one attempt follows the other, by its own timer. */
  #grow(): void {
    while (
      !this.#closed &&
      !this.#outage &&
      this.#opening < this.#line.size &&
      this.#members.size + this.#opening < this.#size
    )
      void this.#open()
  }

  async #open(): Promise<void> {
    this.#opening += 1
    const known = this.#outage
    try {
      const connection: Connection = await this.#connect({
        closed: this.#stopping.signal,
        onAnswer: () => {
          this.#answers += 1
        },
        onDoubt: () => void this.#doubt(),
        onGone: () => this.#dropIdle(),
      })
      this.#opening -= 1
      if (this.#closed) return await connection.end()
      this.#reached = true
      this.#members.add(connection)
      this.#hand(connection)
      // one that was being opened when another one failed says nothing of how it is since
      if (this.#outage === known) this.#endOutage()
    } catch (error) {
      this.#opening -= 1
      this.#beginOutage(error)
    }
  }

  #dropIdle(): void {
    const gone = this.#idle.filter(({ usable }) => !usable)
    for (const connection of gone) {
      this.#idle.splice(this.#idle.indexOf(connection), 1)
      this.#discard(connection)
    }
  }

  #beginOutage(error: unknown): void {
    if (this.#closed) return
    if (!this.#outage && this.#reached)
      this.#logger?.warn({ error }, 'no connection to the database can be opened; trying until one can')
    this.#outage ??= { error, logged: this.#reached, wait: FIRST_RETRY, retry: null }
    this.#outage.error = error
    // one that is being opened beside it may be luckier
    if (!this.#works && this.#opening === 0) this.#refuseLine(unreachable(error))
    if (this.#outage.retry) return
    const outage = this.#outage
    outage.retry = this.#clock.after(outage.wait * (0.5 + Math.random()), () => {
      outage.retry = null
      void this.#retry()
    })
    outage.wait = Math.min(outage.wait * 2, LONGEST_RETRY)
  }

  async #retry(): Promise<void> {
    if (this.#closed || !this.#outage) return
    // another one was wanted and could not be opened, and there is no place for it any more
    if (this.#members.size >= this.#size) this.#endOutage()
    else await this.#open()
  }

  #endOutage(): void {
    if (this.#outage?.logged) this.#logger?.info({}, 'connections to the database can be opened again')
    this.#outage?.retry?.[Symbol.dispose]()
    this.#outage = null
    this.#grow()
  }

  #refuseLine(error: Error): void {
    for (const waiting of [...this.#line]) {
      this.#leaveLine(waiting)
      waiting.refuse(error)
    }
  }

  /**
   * Asks over a connection of its own whether the server is there. If it is not, and nobody had an answer meanwhile, every
   * connection is cut: those that vanished without a word, and those of a server that stands still, would hold up work until TCP
   * gives up, which takes a quarter of an hour.
   */
  async #doubt(): Promise<void> {
    if (this.#doubting || this.#closed) return
    this.#doubting = true
    const answers = this.#answers
    const ears: PoolEars = {
      closed: this.#stopping.signal,
      onAnswer: () => {},
      onDoubt: () => {},
      onGone: () => {},
    }
    try {
      await (await this.#connect(ears)).end()
    } catch (error) {
      if (this.#isAnswer(error) || this.#answers !== answers || this.#closed) return
      const silent = new Error('the database does not answer', { cause: error })
      for (const connection of [...this.#members]) connection.cut(silent)
      this.#beginOutage(silent)
    } finally {
      this.#doubting = false
    }
  }

  /** Once until nothing waits any more. */
  #complain(): void {
    if (!this.#crowded)
      this.#logger?.warn({ ...this.state }, 'work for the database waits too long for a connection')
    this.#crowded = true
  }

  async #close(): Promise<void> {
    this.#stopping.abort()
    this.#outage?.retry?.[Symbol.dispose]()
    this.#refuseLine(unreachable(new Error('the pool is closed')))
    for (const idle of this.#idle.splice(0)) {
      this.#members.delete(idle)
      this.#end(idle)
    }
    if (this.#members.size > 0)
      await within(this.#clock, CLOSE_TIMEOUT, this.#emptied.promise).catch(() => {})
    for (const connection of [...this.#members]) connection.cut(new Error('the pool is closed'))
    await Promise.all(this.#ending)
  }
}
