import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Queries } from '../database/database.ts'
import { signingKeys } from '../database/tables.ts'

/** A key as it is stored. */
export type KeyRow = typeof signingKeys.$inferSelect

/** Any fixed number: it names the lock that lets one node make a key at a time. */
const KEY_LOCK = 4_268_733_2

/** Until the transaction ends, nobody else makes a key. */
export async function lockKeys(queries: Queries): Promise<void> {
  await queries.execute(sql`SELECT pg_advisory_xact_lock(${KEY_LOCK})`)
}

/** All keys, the oldest first. */
export async function readKeys(queries: Queries): Promise<readonly KeyRow[]> {
  return queries.select().from(signingKeys).orderBy(asc(signingKeys.createdAt), asc(signingKeys.id))
}

export async function insertKey(queries: Queries, row: KeyRow): Promise<void> {
  await queries.insert(signingKeys).values(row)
}

/** Says when the keys are over that have had no younger one so far. */
export async function limitKeys(queries: Queries, expiresAt: Date): Promise<void> {
  await queries.update(signingKeys).set({ expiresAt }).where(isNull(signingKeys.expiresAt))
}

/** Makes every key void at once. */
export async function withdrawKeys(queries: Queries, now: Date): Promise<void> {
  const moment = sql`${now.toISOString()}::timestamptz`
  await queries.update(signingKeys).set({ expiresAt: sql`least(${signingKeys.expiresAt}, ${moment})` })
}

/** Replaces the sealed half of a key, unless somebody else has meanwhile. */
export async function resealKey(
  queries: Queries,
  row: KeyRow,
  sealed: Pick<KeyRow, 'sealedPrivateKey' | 'sealedUnder'>,
): Promise<void> {
  await queries
    .update(signingKeys)
    .set(sealed)
    .where(and(eq(signingKeys.id, row.id), eq(signingKeys.sealedPrivateKey, row.sealedPrivateKey)))
}
