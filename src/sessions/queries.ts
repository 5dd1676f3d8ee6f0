import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm'
import { type Queries, rowsOf, type Transaction } from '../database/database.ts'
import { sessions } from '../database/tables.ts'
import { type Count, LARGEST_COUNT, type Page, type PageRequest, toCount, toPage } from '../kernel/page.ts'
import { hasEnded, hasNotEnded } from './eras.ts'
import { sessionColumns, toSession } from './rows.ts'
import type { Session } from './session.ts'

/** Whether a session can still be used. */
export const SESSION_STATES = ['ACTIVE', 'ENDED'] as const
export type SessionState = (typeof SESSION_STATES)[number]

/** Which sessions of a user. */
interface OwnFilter {
  readonly userId: string
  readonly state: SessionState | null
}

/** A user's sessions, newest first. `after` is the id of the last one on the page before. */
export async function listSessions(
  queries: Queries,
  filter: OwnFilter,
  page: PageRequest,
): Promise<Page<Session>> {
  const rows = await queries
    .select(sessionColumns)
    .from(sessions)
    .where(and(fitsOwn(filter), page.after === null ? undefined : lt(sessions.id, page.after)))
    .orderBy(desc(sessions.id))
    .limit(page.size + 1)
  return toPage(rows.map(toSession), page)
}

/** How many sessions of a user there are. */
export async function countSessionsOf(queries: Queries, filter: OwnFilter): Promise<Count> {
  const some = sql`SELECT 1 FROM ${sessions} WHERE ${fitsOwn(filter)} LIMIT ${LARGEST_COUNT + 1}`
  const [row] = rowsOf<{ n: number }>(
    await queries.execute(sql`SELECT count(*)::int AS n FROM (${some}) counted`),
  )
  return toCount(Number(row?.n))
}

function fitsOwn({ userId, state }: OwnFilter): SQL | undefined {
  return and(
    eq(sessions.userId, userId),
    state === 'ACTIVE' ? hasNotEnded() : undefined,
    state === 'ENDED' ? hasEnded() : undefined,
  )
}

/** The session with this id, live or ended. */
export async function findSession(queries: Queries, id: string): Promise<Session | null> {
  const [row] = await queries.select(sessionColumns).from(sessions).where(eq(sessions.id, id))
  return row ? toSession(row) : null
}

/** Whether the user has had a session on this network, as far as history is kept. */
export async function isKnownNetwork(queries: Queries, userId: string, network: string): Promise<boolean> {
  const [row] = await queries
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), eq(sessions.network, network)))
    .limit(1)
  return row !== undefined
}

/** Forgets what is known of the devices of a deleted account; the history of its sessions stays. */
export async function forgetDevices(transaction: Transaction, userId: string): Promise<void> {
  await transaction.queries
    .update(sessions)
    .set({
      deviceLabel: 'Unknown device',
      deviceKind: 'OTHER',
      deviceBrowser: null,
      deviceSystem: null,
      network: null,
      countryCode: null,
      city: null,
      places: [],
      refreshAgent: null,
      refreshCountry: null,
      anomalies: [],
    })
    .where(eq(sessions.userId, userId))
}
