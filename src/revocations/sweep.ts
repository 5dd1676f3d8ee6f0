import { sql } from 'drizzle-orm'
import { type Queries, rowsOf } from '../database/database.ts'

/**
 * How much longer events are kept than cursors are honoured (milliseconds): clocks of nodes differ, and an event can commit
 * later than it is dated.
 */
export const RETENTION_MARGIN = 3_600_000

/**
 * Deletes events that no cursor can ask for any more, at most so many; several nodes may do it at once.
 * @param retention how long cursors are honoured (milliseconds)
 * @returns how many
 */
export async function deleteOldEvents(
  queries: Queries,
  now: Date,
  retention: number,
  limit: number,
): Promise<number> {
  const before = new Date(now.getTime() - retention - RETENTION_MARGIN)
  const deleted = await queries.execute(sql`
    DELETE FROM events WHERE id = ANY(ARRAY(
      SELECT id FROM events WHERE occurred_at <= ${before.toISOString()}::timestamptz
      ORDER BY occurred_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )) RETURNING 1`)
  return rowsOf(deleted).length
}
