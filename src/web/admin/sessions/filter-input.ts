import type { SessionFilter as FilterInput, SessionOrder as OrderInput } from '../generated/operations.ts'
import {
  readSessionAddress,
  type SessionFilter,
  type SessionOrder,
  writeSessionAddress,
} from './session-filter.ts'

/** How the address of the list of sessions is read and written. */
export const SESSION_ADDRESS = { read: readSessionAddress, write: writeSessionAddress }

/** The filter as the API wants it: without what says nothing. @param search what e-mail addresses begin with */
export function toFilterInput(
  { reasons, country, user, flagged, ...rest }: SessionFilter,
  search: string,
): FilterInput {
  const said = Object.entries({
    ...rest,
    endReasons: reasons.length > 0 ? [...reasons] : null,
    countryCode: country,
    userId: user,
    flagged: flagged || null,
    search: search || null,
  }).filter(([, value]) => value !== null)
  return Object.fromEntries(said)
}

const ORDERS = {
  created: ['CREATED_AT_ASC', 'CREATED_AT_DESC'],
  lastActive: ['LAST_ACTIVE_AT_ASC', 'LAST_ACTIVE_AT_DESC'],
  ended: ['ENDED_AT_ASC', 'ENDED_AT_DESC'],
} as const

/** The order as the API wants it. */
export function toOrderInput({ by, descending }: SessionOrder): OrderInput {
  return ORDERS[by][descending ? 1 : 0]
}
