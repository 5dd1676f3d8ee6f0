import { sql } from 'drizzle-orm'
import { type Queries, rowsOf } from '../database/database.ts'

/** Deletes proofs that are past their time, spent or not, at most so many; several nodes may do it at once. @returns how many */
export async function deleteExpiredVerifications(
  queries: Queries,
  now: Date,
  limit: number,
): Promise<number> {
  const deleted = await queries.execute(sql`
    DELETE FROM verifications WHERE secret_hash = ANY(ARRAY(
      SELECT secret_hash FROM verifications WHERE expires_at <= ${now.toISOString()}::timestamptz
      ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )) RETURNING 1`)
  return rowsOf(deleted).length
}
