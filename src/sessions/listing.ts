import { and, asc, desc, eq, gt, gte, lt, lte, type SQL, sql } from 'drizzle-orm'
import { type Queries, rowsOf } from '../database/database.ts'
import { sessions, users } from '../database/tables.ts'
import { type Count, LARGEST_COUNT, type Page, type PageRequest, toCount, toPage } from '../kernel/page.ts'
import type { SessionEndReason } from '../protocol/sessions.ts'
import type { User } from '../users/user.ts'
import { userColumns } from '../users/users.ts'
import {
  END_OF_ERA,
  endedAt,
  findCurrentEra,
  isUnwritten,
  isUnwrittenOf,
  isUnwrittenWith,
  isWrittenOff,
} from './eras.ts'
import {
  endedFor,
  fits,
  fitsOnlyEnded,
  idsWithin,
  isOfIndexedCountry,
  later,
  type SessionFilter,
  withWhatFollows,
} from './filter.ts'
import { endsAt, reachedLimit, type SessionPolicy } from './lifetime.ts'
import { sessionColumns, toSession } from './rows.ts'
import { isEnded, type Session } from './session.ts'

/*
 * Lists of everyone's sessions. There are many, so each list is put together from parts, each of which has an index in the order of the
 * list: those whose rows say that they ended, for each reason by itself; and those that are over without their rows saying so yet, for each
 * way in which that comes about. A condition that said all of it at once would be along no index.
 *
 * Of a part, a bounded number of sessions is gone through in the order of the list. What fits often fills the page by then; what does not is
 * rare, or lies far behind in this order, and is found by its other conditions and sorted. The planner is not left to choose between the
 * two: it takes conditions for independent of each other and of the order, and goes through everything when they are not.
 */

/** In which order: of when they began, were last used, or ended. That of their ends is of those alone that have ended. */
export const SESSION_ORDERS = [
  'CREATED_AT_DESC',
  'CREATED_AT_ASC',
  'LAST_ACTIVE_AT_DESC',
  'LAST_ACTIVE_AT_ASC',
  'ENDED_AT_DESC',
  'ENDED_AT_ASC',
] as const
export type SessionOrder = (typeof SESSION_ORDERS)[number]

/** Where a page ends: its last session, and that one's moment in the order; null in the order of creation, which is that of the ids. */
export interface SessionPosition {
  readonly id: string
  readonly moment: Date | null
}

/** Which page, in which order. */
export interface SessionsRequest extends PageRequest<SessionPosition> {
  readonly order: SessionOrder
  /** How many sessions are gone through in that order before those that fit are looked for by other means. */
  readonly walk?: number
}

/** A session and whose it is, as operators and administrators see it. */
export interface OwnedSession {
  readonly session: Session
  readonly user: User
}

/** When it is looked, and by which rules sessions are over. */
export interface Look {
  readonly now: Date
  readonly policy: SessionPolicy
}

type Key = 'CREATED_AT' | 'LAST_ACTIVE_AT' | 'ENDED_AT'

/** Some of the sessions, none of which is in another part. */
interface Part {
  /** What an index has of them alone. */
  readonly is: SQL | undefined
  /** What is to be said besides. */
  readonly but?: SQL | undefined
  /** When they ended: a column or an expression, and so many milliseconds later. Null if they go on, or it is not asked for. */
  readonly ended: { readonly at: SQL; readonly after: number } | null
  /** Whether they are few, and found without going through others. */
  readonly areFew?: boolean
  /** Whether no row of it says that it ended. */
  readonly isUnwritten?: boolean
}

/** What a list or a count is about, and the era at that moment. */
interface Asked extends Look {
  readonly filter: SessionFilter
  readonly era: number
  readonly key: Key
  /** Whether the filter is about when they were last used. */
  readonly isByActivity: boolean
}

/** Lists the sessions that fit, as they are now: one past a limit is shown as ended, also if nobody has noticed yet. */
export async function listOwnedSessions(
  queries: Queries,
  look: Look,
  filter: SessionFilter,
  { order, walk = isOfIndexedCountry(filter) ? SHORT_WALK : WALK, ...page }: SessionsRequest,
): Promise<Page<OwnedSession>> {
  const { key, descending } = readOrder(order)
  const asked = await ask(queries, look, filter, key)
  const parts = partsOf(asked)
  if (parts.length === 0) return { items: [], hasMore: false }
  const direction = descending ? desc : asc
  const size = page.size + 1
  const pages = parts.map((part) => pageOf(part, asked, { descending, size, walk, after: page.after }))
  const rows = await queries
    .select({ session: sessionColumns, user: userColumns })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .innerJoin(
      sql`(SELECT * FROM (${sql.join(pages, sql` UNION ALL `)}) parts
        ORDER BY ${direction(sql`place`)}, ${direction(sql`id`)} LIMIT ${size}) found`,
      sql`found.id = ${sessions.id}`,
    )
    .orderBy(direction(sql`found.place`), direction(sql`found.id`))
  const owned = rows.map(({ session, user }) => ({ session: asOf(toSession(session), look), user }))
  return toPage(owned, page)
}

/**
 * Enough that what one session in eighty fits fills a page, and little beside what it takes to sort what is rarer than that: some 20 ms for
 * a million sessions.
 */
const WALK = 4_000

/** The same, where those that fit are found and sorted without their rows being read: little beside that. */
const SHORT_WALK = 1_000

/** The first of a part's sessions behind a position, as pairs of id and place. */
function pageOf(
  part: Part,
  asked: Asked,
  page: { descending: boolean; size: number; walk: number; after: SessionPosition | null },
): SQL {
  const { descending, size, walk, after } = page
  const { filter, key } = asked
  const direction = descending ? desc : asc
  const place = placeOf(part, key)
  const isBeyond = after === null ? undefined : beyond(place.at, place.after, after, descending)
  const isAsked = and(part.but, fits(filter), isEndedAsAsked(part, asked))
  const pair = sql`SELECT ${sessions.id} AS id, ${shifted(place.at, place.after)} AS place`
  const all = sql`${pair} FROM ${sessions} WHERE ${and(part.is, isAsked, isBeyond, isInRangeOfOpen(part, asked)) ?? sql`TRUE`}`
  const sorted = sql`SELECT * FROM (${all} OFFSET 0) few
    ORDER BY ${direction(sql`place`)}, ${direction(sql`id`)} LIMIT ${size}`
  if (part.areFew || filter.sessionId != null || (filter.userId != null && key !== 'CREATED_AT')) {
    return sql`(${sorted})`
  }
  const isNear = and(part.is, inRanges(part, asked), isBeyond) ?? sql`TRUE`
  const inOrder = sql`ORDER BY ${direction(sql`place`)}, ${direction(sql`id`)}`
  const near = sql`${pair} FROM ${sessions} WHERE ${isNear} ${inOrder} LIMIT ${walk}`
  const walked = sql`SELECT near.id, near.place FROM (${near}) near
    CROSS JOIN LATERAL (SELECT * FROM sessions WHERE sessions.id = near.id OFFSET 0) sessions
    WHERE ${isAsked ?? sql`TRUE`} ORDER BY ${direction(sql`near.place`)}, ${direction(sql`near.id`)} LIMIT ${size}`
  const isElsewhere = sql`(SELECT count(*) FROM walked) < ${size} AND (SELECT count(*) FROM (${near}) near) = ${walk}`
  return sql`(WITH walked AS MATERIALIZED (${walked}), rest AS MATERIALIZED (SELECT ${isElsewhere} AS is_elsewhere)
    SELECT * FROM walked WHERE NOT (SELECT is_elsewhere FROM rest)
    UNION ALL SELECT * FROM (${sorted}) sorted WHERE (SELECT is_elsewhere FROM rest))`
}

/**
 * That a session is in the filter's ranges, if it is of those whose rows don't say that they ended. Said apart, because the planner knows how
 * all sessions are spread over time, and not that these are the newest.
 */
function isInRangeOfOpen({ isUnwritten: isOpen }: Part, { filter, isByActivity }: Asked): SQL | undefined {
  const { createdAfter, createdBefore, lastActiveAfter, lastActiveBefore } = filter
  if (!isOpen || !(isByActivity || createdAfter != null || createdBefore != null)) return undefined
  const ids = idsWithin(createdAfter, createdBefore)
  return isUnwrittenWith(and(fits({ lastActiveAfter, lastActiveBefore }), ids))
}

/** What an index tells of the filter without a row being read: see `sessions` in `database/tables.ts`. */
function inRanges(part: Part, asked: Asked): SQL | undefined {
  const { userId, createdAfter, createdBefore, lastActiveAfter, lastActiveBefore } = asked.filter
  const ids = idsWithin(createdAfter, createdBefore)
  if (asked.key === 'CREATED_AT') return and(ids, fits({ userId }))
  return and(ids, fits({ lastActiveAfter, lastActiveBefore }), isEndedAsAsked(part, asked))
}

/** How many sessions fit, and are in a list of this order. */
export async function countSessions(
  queries: Queries,
  look: Look,
  filter: SessionFilter,
  order: SessionOrder,
): Promise<Count> {
  const asked = await ask(queries, look, filter, readOrder(order).key)
  const parts = partsOf(asked)
  if (parts.length === 0) return toCount(0)
  return toCount(await countUpTo(queries, asked, parts, LARGEST_COUNT + 1))
}

async function countUpTo(
  queries: Queries,
  asked: Asked,
  parts: readonly Part[],
  most: number,
): Promise<number> {
  const some = parts.map((part) => {
    const where = and(
      part.is,
      part.but,
      fits(asked.filter),
      isEndedAsAsked(part, asked),
      isInRangeOfOpen(part, asked),
    )
    return sql`(SELECT 1 FROM ${sessions} WHERE ${where ?? sql`TRUE`} LIMIT ${most})`
  })
  const [row] = rowsOf<{ n: number }>(
    await queries.execute(
      sql`SELECT count(*)::int AS n FROM (SELECT 1 FROM (${sql.join(some, sql` UNION ALL `)}) parts LIMIT ${most}) counted`,
    ),
  )
  return Number(row?.n)
}

/** Where a page ends whose last session this is. */
export function positionOfSession(session: Session, order: SessionOrder): SessionPosition {
  const moments = { CREATED_AT: null, LAST_ACTIVE_AT: session.lastActiveAt, ENDED_AT: session.endedAt }
  return { id: session.id, moment: moments[readOrder(order).key] }
}

/** Whether the positions of an order have a moment. */
export function isByMoment(order: SessionOrder): boolean {
  return readOrder(order).key !== 'CREATED_AT'
}

function readOrder(order: SessionOrder): { readonly key: Key; readonly descending: boolean } {
  const key = (['CREATED_AT', 'LAST_ACTIVE_AT', 'ENDED_AT'] as const).find((name) => order.startsWith(name))
  if (!key) throw new Error(`there is no order ${order}`)
  return { key, descending: order.endsWith('DESC') }
}

async function ask(queries: Queries, look: Look, filter: SessionFilter, key: Key): Promise<Asked> {
  const ended: SessionFilter =
    key === 'ENDED_AT' && filter.state == null ? { ...filter, state: 'ENDED' } : filter
  const isByActivity = filter.lastActiveAfter != null || filter.lastActiveBefore != null
  return { ...look, key, isByActivity, filter: withWhatFollows(ended), era: await findCurrentEra(queries) }
}

/** The parts that a list is made of. */
function partsOf(asked: Asked): readonly Part[] {
  const { filter, key, era, isByActivity } = asked
  if (filter.state === 'ACTIVE') {
    // what goes on has not ended, for whatever reason and whenever that may be
    return key === 'ENDED_AT' || fitsOnlyEnded(filter) ? [] : [live(asked)]
  }
  if (fitsOnlyEnded(filter)) return [...written(asked), ...unwritten(asked)]
  if (key === 'CREATED_AT' && !isByActivity) return [{ is: undefined, ended: null }]
  // an index has those of one era in the order of their ids
  const open =
    key === 'CREATED_AT' ? [isUnwrittenOf(era, 'this'), isUnwrittenOf(era, 'older')] : [isUnwritten]
  return [{ is: isWrittenOff, ended: null }, ...open.map((is) => ({ is, ended: null, isUnwritten: true }))]
}

function live({ era, now, policy }: Asked): Part {
  const isInTime = and(gt(sessions.lastActiveAt, idleSince(policy, now)), gt(sessions.expiresAt, now))
  return { is: isUnwrittenOf(era, 'this'), but: isInTime, ended: null, isUnwritten: true }
}

/** Those whose rows say that they ended; of each reason by itself, because an index has them in order one reason at a time. */
function written({ filter: { endReasons } }: Asked): readonly Part[] {
  const ended = { at: sql`${sessions.endedAt}`, after: 0 }
  if (endReasons == null) return [{ is: isWrittenOff, ended }]
  return [...new Set(endReasons)].map((reason) => ({ is: and(isWrittenOff, endedFor([reason])), ended }))
}

/** Those that are over for one and the same reason without their rows saying so yet. */
export interface UnwrittenPart extends Part {
  readonly ended: NonNullable<Part['ended']>
  readonly reason: SessionEndReason
  /** Whether they are of the era in force. */
  readonly isOfThisEra: boolean
}

/** Those that are over without their rows saying so yet: there are as many as the sweeper has not come to. */
export function unwritten({
  era,
  now,
  policy,
  filter,
}: Pick<Asked, 'era' | 'now' | 'policy' | 'filter'>): readonly UnwrittenPart[] {
  const { idleTimeout } = policy
  const ofThisEra = isUnwrittenOf(era, 'this')
  const idleEnd = sql`${sessions.lastActiveAt} + ${idleTimeout} * interval '1 millisecond'`
  const parts: UnwrittenPart[] = [
    {
      reason: 'IDLE_TIMEOUT',
      areFew: true,
      isOfThisEra: true,
      is: and(
        ofThisEra,
        isUnwrittenWith(lte(sessions.lastActiveAt, idleSince(policy, now))),
        sql`${idleEnd} < ${sessions.expiresAt}`,
      ),
      ended: { at: sql`${sessions.lastActiveAt}`, after: idleTimeout },
    },
    {
      reason: 'ABSOLUTE_TIMEOUT',
      areFew: true,
      isOfThisEra: true,
      is: and(
        ofThisEra,
        isUnwrittenWith(lte(sessions.expiresAt, now)),
        sql`${idleEnd} >= ${sessions.expiresAt}`,
      ),
      ended: { at: sql`${sessions.expiresAt}`, after: 0 },
    },
    {
      reason: END_OF_ERA,
      areFew: true,
      isOfThisEra: false,
      is: isUnwrittenWith(isUnwrittenOf(era, 'older')),
      ended: { at: endedAt, after: 0 },
    },
  ]
  return parts.filter(
    ({ reason, isOfThisEra }) =>
      (isOfThisEra || era > 0) && (filter.endReasons == null || filter.endReasons.includes(reason)),
  )
}

/** What a part is in order by. */
function placeOf({ ended }: Part, key: Key): { readonly at: SQL; readonly after: number } {
  if (key === 'CREATED_AT') return { at: sql`${sessions.id}`, after: 0 }
  if (key === 'LAST_ACTIVE_AT') return { at: sql`${sessions.lastActiveAt}`, after: 0 }
  if (!ended) throw new Error('what goes on is in no order of ends')
  return ended
}

/** That a session comes behind a position. */
function beyond(at: SQL, after: number, { id, moment }: SessionPosition, descending: boolean): SQL {
  const comparison = descending ? sql`<` : sql`>`
  if (moment === null) return sql`${sessions.id} ${comparison} ${id}::uuid`
  const bound = later(moment, -after) ?? moment
  return sql`(${at}, ${sessions.id}) ${comparison} (${bound.toISOString()}::timestamptz, ${id}::uuid)`
}

/** That a session of the part ended when the filter says. */
function isEndedAsAsked({ ended }: Part, { filter: { endedAfter, endedBefore } }: Asked): SQL | undefined {
  if (!ended) return undefined
  const [from, to] = [later(endedAfter, -ended.after), later(endedBefore, -ended.after)]
  return and(
    from === null ? undefined : gte(ended.at, sql`${from.toISOString()}::timestamptz`),
    to === null ? undefined : lt(ended.at, sql`${to.toISOString()}::timestamptz`),
  )
}

function shifted(at: SQL, after: number): SQL {
  return after === 0 ? at : sql`${at} + ${after} * interval '1 millisecond'`
}

function idleSince({ idleTimeout }: SessionPolicy, now: Date): Date {
  return new Date(now.getTime() - idleTimeout)
}

/** The session as it is now. */
function asOf(session: Session, { policy, now }: Look): Session {
  const endReason = isEnded(session) ? null : reachedLimit(session, policy, now)
  return endReason === null ? session : { ...session, endedAt: endsAt(session, policy), endReason }
}
