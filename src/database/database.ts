import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

/** What a query is built on: the database itself or a transaction of it. */
export type Queries = PgDatabase<PgQueryResultHKT>

/** A transaction in progress. Everything in it is committed together or not at all. */
export interface Transaction {
  readonly queries: Queries
  /**
   * Runs the task once the transaction has committed; never when it rolls back. If it returns a promise, whoever ran the
   * transaction is answered only when that has settled. The task must not throw, nor reject.
   */
  onCommit(task: () => unknown): void
}

/** One PostgreSQL database, embedded or served. */
export interface Database extends AsyncDisposable {
  /** `embedded`: PGlite in this process. `postgres`: a server, perhaps shared with other nodes. */
  readonly kind: 'embedded' | 'postgres'
  /** For statements that need no transaction. Inside of `transaction`, only its own handle may be used. */
  readonly queries: Queries
  /**
   * Runs the work in one READ COMMITTED transaction and commits when it resolves. A deadlock or serialisation failure runs
   * the work again, so it has no effects beside its queries and `onCommit`.
   * @param options.unhurried whether its statements may take as long as the server lets them
   */
  transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    options?: { readonly unhurried?: boolean },
  ): Promise<T>
  /** Resolves if the database answers. */
  ping(): Promise<void>
  /** Finishes what runs, then closes; disposing does the same. */
  close(): Promise<void>
}

/** Rows of a raw statement: the two drivers return them in different shapes. */
export function rowsOf<Row>(result: unknown): readonly Row[] {
  return (Array.isArray(result) ? result : (result as { rows: unknown }).rows) as readonly Row[]
}

const DEADLOCK_DETECTED = '40P01'
const SERIALIZATION_FAILURE = '40001'
const MOST_TRIES = 5

/** Whether the error is, or was caused by, a PostgreSQL error with one of these SQLSTATE codes. */
export function isPostgresError(error: unknown, ...codes: readonly string[]): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const { code } = cause as { code?: unknown }
    if (typeof code === 'string' && codes.includes(code)) return true
  }
  return false
}

/** Runs a transaction with a fresh list of commit tasks for each try, again after a deadlock or serialisation failure. */
export async function runTransaction<T>(
  begin: (work: (queries: Queries) => Promise<T>) => Promise<T>,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const { result, tasks } = await commit(begin, work)
  // all are begun before any is waited for: what wakes the others is not held up by what takes its time, nor by what fails
  await Promise.all(tasks.map(async (task) => task()))
  return result
}

/** Only what did not commit is tried again: whatever a task fails with afterwards is past that. */
async function commit<T>(
  begin: (work: (queries: Queries) => Promise<T>) => Promise<T>,
  work: (transaction: Transaction) => Promise<T>,
): Promise<{ result: T; tasks: readonly (() => unknown)[] }> {
  for (let tries = 1; ; tries++) {
    const tasks: (() => unknown)[] = []
    try {
      const result = await begin((queries) => work({ queries, onCommit: (task) => tasks.push(task) }))
      return { result, tasks }
    } catch (error) {
      if (tries >= MOST_TRIES || !isPostgresError(error, DEADLOCK_DETECTED, SERIALIZATION_FAILURE))
        throw error
    }
  }
}
