import { sql } from 'drizzle-orm'
import { type Queries, rowsOf } from '../database/database.ts'

/**
 * Deletes what is left of accounts that were deleted before then and whose history is gone, at most so many; several nodes may do
 * it at once.
 * @returns how many
 */
export async function deleteFormerUsers(queries: Queries, before: Date, limit: number): Promise<number> {
  const deleted = await queries.execute(sql`
    DELETE FROM users WHERE id = ANY(ARRAY(
      SELECT id FROM users u WHERE deleted_at <= ${before.toISOString()}::timestamptz
        AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = u.id)
        AND NOT EXISTS (SELECT 1 FROM verifications v WHERE v.user_id = u.id)
      ORDER BY deleted_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )) RETURNING 1`)
  return rowsOf(deleted).length
}
