import { and, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm'
import { IS_FLAGGED, sessions, TRAITS, users } from '../database/tables.ts'
import type { DeviceKind } from '../devices/device.ts'
import { networkOf } from '../devices/network.ts'
import type { SessionEndReason, SessionTransport } from '../protocol/sessions.ts'
import { addressBegins } from '../users/queries.ts'
import { openOfSameLine } from './eras.ts'
import type { SessionState } from './queries.ts'

/** Which sessions: all that is given has to fit; null and left out are the same. */
export interface SessionFilter {
  /** This one, and the live one that continues it. */
  readonly sessionId?: string | null | undefined
  readonly userId?: string | null | undefined
  /** What the address of their user begins with, in any spelling. */
  readonly search?: string | null | undefined
  readonly state?: SessionState | null | undefined
  /** Any of these; never of none. */
  readonly endReasons?: readonly SessionEndReason[] | null | undefined
  /** Then or later. */
  readonly createdAfter?: Date | null | undefined
  /** Earlier than that. */
  readonly createdBefore?: Date | null | undefined
  readonly lastActiveAfter?: Date | null | undefined
  readonly lastActiveBefore?: Date | null | undefined
  readonly endedAfter?: Date | null | undefined
  readonly endedBefore?: Date | null | undefined
  /** Truncated, as sessions show it. */
  readonly network?: string | null | undefined
  /** ISO 3166-1 alpha-2. */
  readonly countryCode?: string | null | undefined
  readonly deviceKind?: DeviceKind | null | undefined
  readonly browser?: string | null | undefined
  readonly system?: string | null | undefined
  readonly transport?: SessionTransport | null | undefined
  /** Whether something was noticed in them. */
  readonly flagged?: boolean | null | undefined
}

/** Whether all sessions that go on fit: such a filter says nothing. */
export function fitsEverySession({ state, search, ...rest }: SessionFilter): boolean {
  const isAnyone = search == null || addressBegins(search) === undefined
  return state !== 'ENDED' && isAnyone && Object.values(rest).every((value) => value == null)
}

/** Whether only sessions that have ended can fit, because the filter says how or when they did. */
export function fitsOnlyEnded({ state, endReasons, endedAfter, endedBefore }: SessionFilter): boolean {
  return state === 'ENDED' || [endReasons, endedAfter, endedBefore].some((value) => value != null)
}

/** What the filter says but for the state and the end, which depend on when it is asked. */
export function fits(filter: SessionFilter): SQL | undefined {
  return and(
    filter.sessionId == null ? undefined : isOrContinues(filter.sessionId),
    filter.userId == null ? undefined : eq(sessions.userId, filter.userId),
    filter.search == null ? undefined : isOfAddress(filter.search),
    filter.createdAfter == null ? undefined : createdSince(filter.createdAfter),
    filter.createdBefore == null ? undefined : createdUntil(filter.createdBefore),
    filter.lastActiveAfter == null ? undefined : gte(sessions.lastActiveAt, filter.lastActiveAfter),
    filter.lastActiveBefore == null ? undefined : lt(sessions.lastActiveAt, filter.lastActiveBefore),
    isOfIndexedCountry(filter) ? isOfCountry(filter) : hasTraits(filter),
    filter.flagged == null ? undefined : filter.flagged ? sql`${IS_FLAGGED}` : sql`NOT (${IS_FLAGGED})`,
  )
}

/**
 * The same filter with what follows from it: a session is used after it began and ends after it was last used. What follows tells an index
 * where to begin. Not for sessions whose end is still to come.
 */
export function withWhatFollows(filter: SessionFilter): SessionFilter {
  const endedBefore = filter.endedBefore ?? null
  const lastActiveBefore = earlier(filter.lastActiveBefore, later(endedBefore, MARGIN))
  const lastActiveAfter = latest(filter.lastActiveAfter, later(filter.createdAfter, -MARGIN))
  return {
    ...filter,
    lastActiveBefore,
    lastActiveAfter,
    createdBefore: earlier(filter.createdBefore, later(lastActiveBefore, MARGIN)),
    endedAfter: fitsOnlyEnded(filter)
      ? latest(filter.endedAfter, later(lastActiveAfter, -MARGIN))
      : filter.endedAfter,
  }
}

/** This session, or the one that continues it: the person means the device, and a reverification meanwhile must not save it. */
function isOrContinues(sessionId: string): SQL {
  return sql`${sessions.id} IN (SELECT ${sessionId}::uuid UNION ALL ${openOfSameLine(sessionId)})`
}

/** The sessions of the users whose address begins so. */
function isOfAddress(search: string): SQL | undefined {
  const begins = addressBegins(search)
  return begins && sql`${sessions.userId} IN (SELECT ${users.id} FROM ${users} WHERE ${begins})`
}

/** Whether what the filter says of sessions' traits is a country, and no more than the index of countries has besides. */
export function isOfIndexedCountry({
  countryCode,
  browser,
  system,
  network,
  transport,
}: SessionFilter): boolean {
  return countryCode != null && [browser, system, network, transport].every((value) => value == null)
}

function isOfCountry({ countryCode, deviceKind }: SessionFilter): SQL | undefined {
  // a text that PostgreSQL cannot hold, and no session has
  if (countryCode?.includes('\0')) return sql`FALSE`
  return and(
    countryCode == null ? undefined : eq(sessions.countryCode, countryCode),
    deviceKind == null ? undefined : eq(sessions.deviceKind, deviceKind),
  )
}

/** What a session is on and where it came from, in the words of the index. */
function hasTraits(filter: SessionFilter): SQL | undefined {
  const words = [
    ['k', filter.deviceKind],
    ['b', filter.browser],
    ['s', filter.system],
    ['n', filter.network],
    ['c', filter.countryCode],
    ['t', filter.transport],
  ].flatMap(([kind, value]) => (value == null ? [] : [`${kind}${value}`]))
  if (words.length === 0) return undefined
  // texts that PostgreSQL cannot hold, and no session has
  if (words.some((word) => word.includes('\0'))) return sql`FALSE`
  const list = sql.join(
    words.map((word) => sql`${word}::text`),
    sql`, `,
  )
  return sql`${TRAITS} @> ARRAY[${list}]`
}

/**
 * How far the time in a session's id may be from the time of its making, and times of different nodes from each other (milliseconds): the
 * one is taken a moment before the other, and clocks are set.
 */
const MARGIN = 3_600_000

/** Ids begin with the time that they were made at, so that an index tells, and rows are read of those around that moment alone. */
function createdSince(moment: Date): SQL | undefined {
  return and(idsWithin(moment, null), isNoneAround(moment, lt(sessions.createdAt, moment)))
}

function createdUntil(moment: Date): SQL | undefined {
  return and(idsWithin(null, moment), isNoneAround(moment, gte(sessions.createdAt, moment)))
}

function isNoneAround(moment: Date, condition: SQL): SQL {
  const ids = sql`SELECT ${sessions.id} FROM ${sessions} WHERE ${and(idsWithin(moment, moment), condition)}`
  return sql`${sessions.id} NOT IN (${ids})`
}

/** That an id can be of a session that began in that range; it need not be. */
export function idsWithin(from: Date | null | undefined, to: Date | null | undefined): SQL | undefined {
  return and(
    from == null ? undefined : gte(sessions.id, firstIdOf(from.getTime() - MARGIN)),
    to == null ? undefined : lt(sessions.id, firstIdOf(to.getTime() + MARGIN)),
  )
}

/** The lowest id that can be made at that time (milliseconds). */
export function firstIdOf(time: number): string {
  const hex = Math.min(Math.max(time, 0), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/** That it ended for one of these reasons, by what its row says. */
export function endedFor(reasons: readonly SessionEndReason[]): SQL {
  return inArray(sessions.endReason, [...reasons])
}

/** The network as sessions show it, of itself or of any address in it; null if the text is neither. */
export function readNetwork(text: string): string | null {
  const length = /\/\d+$/.exec(text)?.[0] ?? ''
  const network = networkOf(text.slice(0, text.length - length.length))
  return network?.endsWith(length) ? network : null
}

/** The country as sessions show it; null if the text can be none. */
export function readCountry(text: string): string | null {
  return /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : null
}

/** No session is older, or younger; and PostgreSQL reads these. */
const [FIRST_MOMENT, LAST_MOMENT] = [0, Date.parse('9999-12-31T23:59:59.999Z')]

/** So many milliseconds later, within what there is of sessions. */
export function later(moment: Date | null | undefined, milliseconds: number): Date | null {
  if (moment == null) return null
  return new Date(Math.min(Math.max(moment.getTime() + milliseconds, FIRST_MOMENT), LAST_MOMENT))
}

function earlier(one: Date | null | undefined, other: Date | null): Date | null {
  return one != null && (other === null || one <= other) ? one : other
}

function latest(one: Date | null | undefined, other: Date | null): Date | null {
  return one != null && (other === null || one >= other) ? one : other
}
