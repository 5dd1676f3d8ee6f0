import { and, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import { sessions } from '../database/tables.ts'
import type { DeviceKind } from '../devices/device.ts'
import { networkOf } from '../devices/network.ts'
import type { SessionTransport } from '../protocol/sessions.ts'
import type { SessionState } from './queries.ts'

/** Which sessions: all that is given has to fit; null and left out are the same. */
export interface SessionFilter {
  readonly userId?: string | null | undefined
  readonly state?: SessionState | null | undefined
  /** Then or later. */
  readonly createdAfter?: Date | null | undefined
  /** Earlier than that. */
  readonly createdBefore?: Date | null | undefined
  readonly lastActiveAfter?: Date | null | undefined
  readonly lastActiveBefore?: Date | null | undefined
  /** Truncated, as sessions show it. */
  readonly network?: string | null | undefined
  readonly deviceKind?: DeviceKind | null | undefined
  readonly transport?: SessionTransport | null | undefined
}

/** Whether all sessions that go on fit: such a filter says nothing. */
export function fitsEverySession({ state, ...rest }: SessionFilter): boolean {
  return state !== 'ENDED' && Object.values(rest).every((value) => value == null)
}

/** What the filter says but for the state, which depends on when it is asked. */
export function fits(filter: SessionFilter): SQL | undefined {
  return and(
    filter.userId == null ? undefined : eq(sessions.userId, filter.userId),
    filter.createdAfter == null ? undefined : createdSince(filter.createdAfter),
    filter.createdBefore == null ? undefined : createdUntil(filter.createdBefore),
    filter.lastActiveAfter == null ? undefined : gte(sessions.lastActiveAt, filter.lastActiveAfter),
    filter.lastActiveBefore == null ? undefined : lt(sessions.lastActiveAt, filter.lastActiveBefore),
    filter.network == null ? undefined : eq(sessions.network, filter.network),
    filter.deviceKind == null ? undefined : eq(sessions.deviceKind, filter.deviceKind),
    filter.transport == null ? undefined : eq(sessions.transport, filter.transport),
  )
}

/**
 * How far the time in a session's id may be from the time of its making (milliseconds): the one is taken a moment before the other, and
 * clocks are set.
 */
const ID_MARGIN = 3_600_000

/** Ids begin with the time that they were made at, so an index finds the place. */
function createdSince(moment: Date): SQL | undefined {
  return and(
    gte(sessions.createdAt, moment),
    sql`${sessions.id} >= ${firstIdOf(moment.getTime() - ID_MARGIN)}::uuid`,
  )
}

function createdUntil(moment: Date): SQL | undefined {
  return and(
    lt(sessions.createdAt, moment),
    sql`${sessions.id} < ${firstIdOf(moment.getTime() + ID_MARGIN)}::uuid`,
  )
}

function firstIdOf(time: number): string {
  const hex = Math.min(Math.max(time, 0), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/** The network as sessions show it, of itself or of any address in it; null if the text is neither. */
export function readNetwork(text: string): string | null {
  const length = /\/\d+$/.exec(text)?.[0] ?? ''
  const network = networkOf(text.slice(0, text.length - length.length))
  return network?.endsWith(length) ? network : null
}
