import { sql } from 'drizzle-orm'
import { type Queries, rowsOf } from '../database/database.ts'
import { HAS_PLACES, sessions } from '../database/tables.ts'

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

/**
 * Forgets where sessions were that ended before then, at most so many; their history stays. Several nodes may do it at once.
 * @returns how many
 */
export async function forgetPlaces(queries: Queries, before: Date, limit: number): Promise<number> {
  const forgotten = await queries
    .update(sessions)
    .set({
      network: null,
      countryCode: null,
      city: null,
      places: [],
      // never there without a place, so the index need not know of it
      refreshCountry: null,
      anomalies: sql`(SELECT coalesce(jsonb_agg(anomaly || '{"network":null}' ORDER BY position), '[]')
        FROM jsonb_array_elements(sessions.anomalies) WITH ORDINALITY anomalies (anomaly, position))`,
    })
    .where(
      sql`${sessions.id} = ANY(ARRAY(
        SELECT id FROM sessions WHERE ended_at <= ${before.toISOString()}::timestamptz AND ${HAS_PLACES}
        ORDER BY ended_at LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED))`,
    )
    .returning({ id: sessions.id })
  return forgotten.length
}
