import { type SQL, sql } from 'drizzle-orm'
import { type Database, rowsOf } from '../../database/database.ts'
import {
  type AttemptLimit,
  type AttemptStore,
  type Counted,
  type Refused,
  refusedUntil,
} from './attempt-store.ts'

/** Counts in the database, so that attempts are counted across nodes and restarts. */
export class DatabaseAttempts implements AttemptStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async take(key: string, limit: AttemptLimit, now: Date): Promise<Counted | Refused> {
    const expiresAt = new Date(now.getTime() + limit.forgetAfter)
    const after = (count: SQL) => blockAfter(count, limit, now)
    const moment = sql`${now.toISOString()}::timestamptz`
    // one statement decides and counts: the row lock of the upsert makes parallel attempts queue up behind each other
    const [taken] = rowsOf<{ count: number; until: string }>(
      await this.#database.queries.execute(sql`
        INSERT INTO attempts AS a (key, count, blocked_until, expires_at)
        VALUES (${key}, 1, ${after(sql`1`)}, ${expiresAt.toISOString()}::timestamptz)
        ON CONFLICT (key) DO UPDATE SET
          count = CASE WHEN a.expires_at <= ${moment} THEN 1 ELSE a.count + 1 END,
          blocked_until = CASE WHEN a.expires_at <= ${moment} THEN ${after(sql`1`)} ELSE ${after(sql`a.count + 1`)} END,
          expires_at = excluded.expires_at
        WHERE a.blocked_until <= ${moment} OR a.expires_at <= ${moment}
        RETURNING count, ${BLOCKED_UNTIL} AS until`),
    )
    if (taken) {
      const { count, until } = taken
      return { count, giveBack: () => this.#giveBack(key, limit, until) }
    }
    const [blocked] = rowsOf<{ until: string }>(
      await this.#database.queries.execute(
        sql`SELECT ${BLOCKED_UNTIL} AS until FROM attempts WHERE key = ${key}`,
      ),
    )
    return refusedUntil(Number(blocked?.until ?? 0), now)
  }

  async #giveBack(key: string, limit: AttemptLimit, blockedUntil: string): Promise<void> {
    await this.#database.queries.execute(sql`
      UPDATE attempts SET
        count = count - 1,
        blocked_until = CASE WHEN count - 1 < ${limit.free}::int OR ${BLOCKED_UNTIL} = ${blockedUntil}
          THEN ${NEVER} ELSE blocked_until END
      WHERE key = ${key} AND count > 0`)
  }

  /** Nothing is its own: the database is closed by whoever opened it. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The column in milliseconds since 1970, as text: both drivers hand it over alike. */
const BLOCKED_UNTIL = sql.raw('(extract(epoch FROM blocked_until) * 1000)::bigint::text')

/**
 * What stands for no block. Not the moment of the attempt: another one that began a millisecond before, or on a node whose clock
 * is behind, must not find itself blocked by it.
 */
const NEVER = sql.raw("'epoch'::timestamptz")

/** Until when the nth attempt blocks those behind it: not at all while it is free, then doubling up to the longest. */
function blockAfter(count: SQL, { free, firstDelay, longestDelay }: AttemptLimit, now: Date): SQL {
  return sql`CASE WHEN ${count} < ${free}::int THEN ${NEVER} ELSE ${now.toISOString()}::timestamptz + make_interval(secs => least(
    ${firstDelay / 1_000}::float8 * power(2, least(${count} - ${free}::int, 40)), ${longestDelay / 1_000}::float8)) END`
}
