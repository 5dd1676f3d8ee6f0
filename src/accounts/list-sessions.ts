import type { Count, Page, PageRequest } from '../kernel/page.ts'
import type { SessionFilter } from '../sessions/filter.ts'
import * as listing from '../sessions/listing.ts'
import type { AccountParts } from './parts.ts'

type PartsOfLists = Pick<AccountParts, 'database' | 'sessions' | 'clock'>

/** Lists the sessions that fit, for an operator or administrator. A list only reads: what it finds past a limit is ended by others. */
export function listOwnedSessions(
  { database, sessions: { policy }, clock }: PartsOfLists,
  filter: SessionFilter,
  page: PageRequest<listing.SessionPosition> & { readonly order: listing.SessionOrder },
): Promise<Page<listing.OwnedSession>> {
  return listing.listOwnedSessions(database.queries, { now: clock.now(), policy }, filter, page)
}

/** How many sessions fit, for the same. */
export function countOwnedSessions(
  { database, sessions: { policy }, clock }: PartsOfLists,
  filter: SessionFilter,
  order: listing.SessionOrder,
): Promise<Count> {
  return listing.countSessions(database.queries, { now: clock.now(), policy }, filter, order)
}
