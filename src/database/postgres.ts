import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { type Clock, systemClock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import {
  type Answer,
  type Common,
  Connection,
  choose,
  type PostgresOptions,
  type Shape,
  type Statement,
  singleSocket,
} from './connection/postgres.ts'
import { type Database, isPostgresError, type Queries, rowsOf, runTransaction } from './database.ts'
import { commitUnknown } from './errors.ts'
import { Pool, type PoolState } from './pool.ts'

export type { PostgresOptions }

/** A pool to a PostgreSQL server, and what it is doing. */
export interface PostgresDatabase extends Database {
  readonly pool: PoolState
}

/**
 * Opens a pool to a PostgreSQL server, 15 or later. Connects lazily: {@link Database.ping} tells whether it is there.
 * @param parts.logger hears of outages
 */
export function openPostgres(
  options: PostgresOptions,
  { clock = systemClock, logger = null }: { clock?: Clock; logger?: Logger | null } = {},
): PostgresDatabase {
  const common: Common = { parsers: {}, serializers: {}, debug: false }
  const pool = new Pool<Connection>({
    size: options.poolSize,
    connect: (ears) => Connection.open(options, { common, clock, ears }),
    isAnswer: (error) => error instanceof postgres.PostgresError,
    clock,
    logger,
  })
  const over = (run: Run): Queries => {
    const unsafe = lazily((statement, shape) => {
      if (common.debug) common.debug(0, statement[0], statement[1] ?? [])
      return run(statement, shape)
    })
    // all of a client that drizzle uses for queries: it never begins a transaction by itself; without the tables, which it would
    // go through anew for each transaction
    return drizzle({ options: common, unsafe } as unknown as postgres.Sql)
  }
  const queries = over((statement, shape) => pool.lend((connection) => connection.run(statement, shape)))
  const close = (): Promise<void> => pool.close()
  return {
    kind: 'postgres',
    queries,
    get pool() {
      return pool.state
    },
    transaction: (work, { unhurried = false } = {}) =>
      runTransaction(
        (begin) => pool.lend((connection) => transact(connection, unhurried, (run) => begin(over(run)))),
        work,
      ),
    ping: async () => {
      await queries.execute(sql`SELECT 1`)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

type Run = (statement: Statement, shape: Shape) => Promise<Answer>

const IN_FAILED_TRANSACTION = '25P02'

/**
 * One transaction on one connection. A statement that failed fails the transaction, also if the work has caught the error: the server
 * would not commit it.
 * @throws DatabaseUnavailable also if the connection was lost in the moment of the commit, and nobody knows what came of it
 */
async function transact<T>(
  connection: Connection,
  unhurried: boolean,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const failures: unknown[] = []
  let over = false
  await connection.run(['BEGIN'])
  let result: T
  try {
    result = await work(async (statement, shape) => {
      // part of the work that went on behind the end of it: the connection may be another's by now
      if (over) throw new Error('this transaction is over')
      try {
        return await connection.run(statement, shape, unhurried)
      } catch (error) {
        failures.push(error)
        throw error
      }
    })
    if (failures.length > 0) throw failures[0]
  } catch (error) {
    over = true
    await connection.run(['ROLLBACK']).catch((cause: Error) => connection.cut(cause))
    // "the transaction is aborted" is no more than what followed from it
    throw isPostgresError(error, IN_FAILED_TRANSACTION) ? (failures[0] ?? error) : error
  }
  over = true
  const { command } = await connection.run(['COMMIT']).catch((error: unknown) => {
    throw connection.usable ? error : commitUnknown(error)
  })
  if (command !== 'COMMIT') throw new Error(`the transaction was not committed: ${command}`)
  return result
}

/** Drizzle says in the same breath whether it wants rows as objects or as arrays: nothing is sent before that. */
function lazily(run: Run): (...statement: Statement) => Promise<Answer> & { values(): Promise<Answer> } {
  return (...statement) => {
    let shape: Shape = 'objects'
    const answer = Promise.resolve().then(() => run(statement, shape))
    const values = (): Promise<Answer> => {
      shape = 'arrays'
      return answer
    }
    return Object.assign(answer, { values })
  }
}

/** What the server's own clock says. */
export async function serverTime({ queries }: Database): Promise<Date> {
  const [row] = rowsOf<{ now: string }>(
    await queries.execute(sql`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS now`),
  )
  return new Date(Number(row?.now))
}

/** A listening connection of its own. */
export interface Listener extends AsyncDisposable {
  /** Resolves when the connection is gone, however that came. */
  readonly closed: Promise<void>
  /** Resolves when the server answers over this connection. Not to be called once it is closed. */
  ping(): Promise<void>
}

/**
 * Opens one connection that listens on a channel until it is closed or breaks. It does not reconnect: whoever follows it
 * must know of each gap, to catch up on what was announced meanwhile.
 * @throws if the server cannot be reached
 */
export async function listen(
  options: PostgresOptions,
  channel: string,
  onNotification: (payload: string) => void,
): Promise<Listener> {
  for (let place = 0; ; place++) {
    const { listening, servers } = listenAt(place, options, channel, onNotification)
    try {
      return await listening
    } catch (error) {
      if (place + 1 >= servers) throw error
    }
  }
}

/** Listens at one of the servers that the address names. */
function listenAt(
  place: number,
  options: PostgresOptions,
  channel: string,
  onNotification: (payload: string) => void,
): { listening: Promise<Listener>; servers: number } {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  const { destroy, settings } = singleSocket(options)
  const withNotifications: typeof settings & { onnotify: (channel: string, payload: string) => void } = {
    ...settings,
    onclose: () => close(),
    onnotify: (_channel, payload) => onNotification(payload),
    connection: { application_name: `${options.applicationName ?? 'curfew'}-listener` },
  }
  const client = postgres(options.url, withNotifications)
  const servers = choose(client, place)
  const end = async (): Promise<void> => {
    await client.end({ timeout: 0 })
    destroy()
  }
  const begin = async (): Promise<Listener> => {
    try {
      await client`LISTEN ${client(channel)}`
    } catch (error) {
      await end()
      throw error
    }
    return {
      closed,
      ping: async () => {
        await client`SELECT 1`
      },
      [Symbol.asyncDispose]: end,
    }
  }
  return { listening: begin(), servers }
}

/** The major version of the server. */
export async function serverVersion({ queries }: Database): Promise<number> {
  const [row] = rowsOf<{ server_version_num: string }>(await queries.execute(sql`SHOW server_version_num`))
  return Math.floor(Number(row?.server_version_num ?? 0) / 10_000)
}
