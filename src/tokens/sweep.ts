import { sql } from 'drizzle-orm'
import { type Queries, rowsOf } from '../database/database.ts'

/** Deletes signing keys of which no token can be good any more; several nodes may do it at once. @returns how many */
export async function deleteExpiredKeys(queries: Queries, now: Date, limit: number): Promise<number> {
  const deleted = await queries.execute(sql`
    DELETE FROM signing_keys WHERE id = ANY(ARRAY(
      SELECT id FROM signing_keys WHERE expires_at <= ${now.toISOString()}::timestamptz
      ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )) RETURNING 1`)
  return rowsOf(deleted).length
}
