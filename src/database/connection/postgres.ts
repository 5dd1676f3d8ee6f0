import { connect, type Socket } from 'node:net'
import postgres from 'postgres'
import { type Clock, type Timer, within } from '../../kernel/clock.ts'
import { DatabaseUnavailable, unreachable } from '../errors.ts'
import type { PoolEars, PooledConnection } from '../pool.ts'

/** How to reach a PostgreSQL server. */
export interface PostgresOptions {
  readonly url: string
  /** Most connections of the pool. */
  readonly poolSize: number
  /** Longest time to wait for a connection (milliseconds). */
  readonly connectTimeout: number
  /** What the server lists the connections under; `curfew` if not given. */
  readonly applicationName?: string
}

/** What all connections have in common; under the driver's names, because drizzle puts in its own functions by the number of a type. */
export interface Common {
  readonly parsers: Record<number, (text: string) => unknown>
  readonly serializers: Record<number, (value: unknown) => unknown>
  /** Sees each statement before it is sent, for whoever wants to look at them; false if nobody does. */
  debug: ((connection: number, text: string, parameters: readonly unknown[]) => void) | false
}

/** A statement as drizzle hands it over: its text, its parameters, and how to send it. */
export type Statement = readonly [
  text: string,
  parameters?: postgres.ParameterOrJSON<never>[],
  options?: postgres.UnsafeQueryOptions,
]
export type Shape = 'objects' | 'arrays'
/** Rows, and what the server did. */
export type Answer = readonly unknown[] & { readonly command: string }

/**
 * Longest time that any one statement may run (milliseconds), so that a stuck one fails instead of holding its connection; and
 * that a transaction may stand still, so that a node that vanished in the middle of one does not hold its locks for hours.
 */
const STATEMENT_TIMEOUT = 15_000
const IDLE_TRANSACTION_TIMEOUT = 60_000
/** An answer that takes longer is lost: the server would have given the statement up (milliseconds). */
const ANSWER_TIMEOUT = 17_000
/** What an answer that has arrived is given to be read, where this process stood still meanwhile (milliseconds). */
const READ_GRACE = 250
/** An answer that takes longer raises doubts whether the server is there (milliseconds). */
const DOUBT_AFTER = 3_000
/** A connection is used for this long, and up to twice as long (milliseconds). */
const SHORTEST_LIFE = 1_800_000
/** How long a connection is quiet before the system asks whether the other end is there; it gives up ten seconds later (milliseconds). */
const KEEP_ALIVE = 5_000
const GOODBYE_TIMEOUT = 1_000

/**
 * One connection: a client of the driver that has one socket of ours, once. The driver by itself waits for answers as long as
 * TCP does, connects anew in the middle of what is under way, and without a pause where it is cut as soon as it is accepted.
 */
export class Connection implements PooledConnection {
  readonly #client: postgres.Sql
  readonly #clock: Clock
  readonly #ears: PoolEars
  readonly #destroy: () => void
  readonly #life: Timer
  readonly #underWay = new Set<(error: Error) => void>()
  /** How many servers the address names. */
  readonly #servers: number
  #gone: Error | null = null
  #old = false

  private constructor(
    options: PostgresOptions,
    { common, clock, ears }: { common: Common; clock: Clock; ears: PoolEars },
    place: number,
  ) {
    this.#clock = clock
    this.#ears = ears
    const { destroy, settings } = singleSocket(options)
    this.#destroy = destroy
    this.#client = postgres(options.url, {
      ...settings,
      onclose: () => {
        this.#gone ??= new Error('the connection was closed')
        ears.onGone()
      },
      connection: {
        application_name: options.applicationName ?? 'curfew',
        statement_timeout: STATEMENT_TIMEOUT,
        idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT,
        // no statement is long enough for it to be worth its while, and the planner's guess of its cost is often too high
        jit: 'off',
      },
    })
    this.#servers = choose(this.#client, place)
    Object.assign(this.#client.options.parsers, common.parsers)
    Object.assign(this.#client.options.serializers, common.serializers)
    this.#life = clock.after(SHORTEST_LIFE * (1 + Math.random()), () => {
      this.#old = true
      ears.onGone()
    })
  }

  /**
   * Opens one, to the first server of those that the address names that lets us in.
   * @throws whatever kept the server from answering, or the server's own error
   */
  static async open(
    options: PostgresOptions,
    parts: { common: Common; clock: Clock; ears: PoolEars },
  ): Promise<Connection> {
    let failure: unknown
    for (let place = 0; ; place++) {
      const connection = new Connection(options, parts, place)
      const { closed } = parts.ears
      const stop = (): void => connection.cut(new Error('the pool is closed'))
      closed.addEventListener('abort', stop)
      try {
        await connection.run(['SELECT 1'])
        return connection
      } catch (error) {
        const cause = error instanceof DatabaseUnavailable ? error.cause : error
        connection.cut(cause as Error)
        // what one of them said tells more than that another one is away
        if (!(failure instanceof postgres.PostgresError)) failure = cause
        if (place + 1 >= connection.#servers || closed.aborted) throw failure
      } finally {
        closed.removeEventListener('abort', stop)
      }
    }
  }

  get usable(): boolean {
    return this.#gone === null && !this.#old
  }

  /**
   * Sends one statement.
   * @param unhurried whether it may take as long as the server lets it
   * @throws DatabaseUnavailable if the connection is lost, or no answer comes in time: it is not known then whether it was done
   */
  async run(
    [text, parameters, options]: Statement,
    shape: Shape = 'objects',
    unhurried = false,
  ): Promise<Answer> {
    if (this.#gone) throw unreachable(this.#gone)
    const lost = Promise.withResolvers<never>()
    this.#underWay.add(lost.reject)
    const doubt = this.#clock.after(DOUBT_AFTER, () => this.#ears.onDoubt())
    let late = this.#clock.after(unhurried ? Number.POSITIVE_INFINITY : ANSWER_TIMEOUT, () => {
      late = this.#clock.after(READ_GRACE, () => this.cut(new Error(`no answer within ${ANSWER_TIMEOUT} ms`)))
    })
    try {
      const query = this.#client.unsafe(text, parameters, options)
      const answer = await Promise.race([shape === 'arrays' ? query.values() : query, lost.promise])
      this.#ears.onAnswer()
      return answer
    } catch (error) {
      if (isServersWord(error)) this.#ears.onAnswer()
      else if (this.#gone || isLoss(error)) {
        this.cut(error as Error)
        throw unreachable(error)
      }
      throw error
    } finally {
      this.#underWay.delete(lost.reject)
      doubt[Symbol.dispose]()
      late[Symbol.dispose]()
    }
  }

  cut(error: Error): void {
    this.#gone ??= error
    this.#life[Symbol.dispose]()
    for (const fail of [...this.#underWay]) fail(error)
    // and the driver hears of that; asked to end, it would write to what is closed, with nobody left to catch the error
    this.#destroy()
    this.#ears.onGone()
  }

  async end(): Promise<void> {
    this.#life[Symbol.dispose]()
    if (this.#gone) return this.#destroy()
    this.#gone = new Error('the connection was closed')
    const ended = this.#client.end({ timeout: GOODBYE_TIMEOUT / 1_000 })
    await within(this.#clock, 2 * GOODBYE_TIMEOUT, ended).catch(() => {})
    this.#destroy()
  }
}

/** An error of the server about a statement, after which the connection goes on. */
function isServersWord(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.severity !== 'FATAL' && error.severity !== 'PANIC'
}

/** Whether the error, which is none about a statement, says that the connection is lost; else it is about what was to be sent. */
function isLoss(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return (
    error instanceof postgres.PostgresError || (typeof code === 'string' && /^(CONN|E[A-Z]+$)/.test(code))
  )
}

/**
 * Has a client use one of the servers that the address names: it would try the next one over a socket of its own, and of a
 * failure before that nobody would hear.
 * @returns how many there are
 */
export function choose({ options }: postgres.Sql, place: number): number {
  const { host, port } = options
  Object.assign(options, { host: host.slice(place, place + 1), port: port.slice(place, place + 1) })
  return host.length
}

type Settings = postgres.Options<Record<string, never>> & {
  /** Not among the driver's types, but among its options. */
  socket: (options: { host: string[]; port: number[]; path: string | null | false }) => Socket
}

/** Settings for a client of the driver with one connection that is opened once, and what destroys its socket. */
export function singleSocket({ connectTimeout }: PostgresOptions): {
  destroy: () => void
  settings: Settings
} {
  let socket: Socket | null = null
  let spent = false
  return {
    destroy: () => {
      spent = true
      socket?.destroy()
    },
    settings: {
      max: 1,
      idle_timeout: undefined,
      max_lifetime: null,
      // the driver's own query for array types at each new connection has nobody who catches its failure: a server that
      // restarts in that moment would take this process with it; drizzle reads and writes arrays by itself
      fetch_types: false,
      connect_timeout: Math.ceil(connectTimeout / 1_000),
      keep_alive: KEEP_ALIVE / 1_000,
      onnotice: () => {},
      socket: ({ host: [host = 'localhost'], port: [port = 5432], path }) => {
        if (spent) throw new Error('the connection was closed')
        spent = true
        const quiet = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE, noDelay: true }
        socket = path ? connect({ path }) : connect({ host, port, ...quiet })
        // the driver asks it for the name that the server's certificate has to bear
        return Object.assign(socket, { host, port })
      },
    },
  }
}
