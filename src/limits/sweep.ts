import { sql } from 'drizzle-orm'
import { type Queries, rowsOf } from '../database/database.ts'

/** Deletes counters that are forgotten by now, at most so many; several nodes may do it at once. @returns how many */
export async function deleteForgottenAttempts(queries: Queries, now: Date, limit: number): Promise<number> {
  const deleted = await queries.execute(sql`
    DELETE FROM attempts WHERE key = ANY(ARRAY(
      SELECT key FROM attempts WHERE expires_at <= ${now.toISOString()}::timestamptz
      ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )) RETURNING 1`)
  return rowsOf(deleted).length
}
