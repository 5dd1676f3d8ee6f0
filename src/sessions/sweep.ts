import { sql } from 'drizzle-orm'
import { type Queries, rowsOf } from '../database/database.ts'

/**
 * Deletes sessions that ended before then, at most so many; several nodes may do it at once.
 * @returns how many
 */
export async function deleteHistory(queries: Queries, before: Date, limit: number): Promise<number> {
  const deleted = await queries.execute(sql`
    DELETE FROM sessions WHERE id = ANY(ARRAY(
      SELECT id FROM sessions s WHERE ended_at <= ${before.toISOString()}::timestamptz
        AND NOT EXISTS (SELECT 1 FROM verifications v WHERE v.session_id = s.id)
      ORDER BY ended_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )) RETURNING 1`)
  return rowsOf(deleted).length
}
