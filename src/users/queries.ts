import { and, asc, desc, gt, isNotNull, isNull, like, lt, type SQL, sql } from 'drizzle-orm'
import { type Queries, rowsOf } from '../database/database.ts'
import { users } from '../database/tables.ts'
import { type Count, LARGEST_COUNT, type Page, type PageRequest, toCount, toPage } from '../kernel/page.ts'
import { emailKey } from './email.ts'
import type { User } from './user.ts'
import { userColumns } from './users.ts'

/** Whether a user can sign in. */
export const USER_STATES = ['ENABLED', 'DISABLED'] as const
export type UserState = (typeof USER_STATES)[number]

export const USER_ORDERS = ['CREATED_AT_DESC', 'CREATED_AT_ASC', 'EMAIL_ASC', 'EMAIL_DESC'] as const
export type UserOrder = (typeof USER_ORDERS)[number]

/** Which users: all that is given has to fit. Deleted ones never do. */
export interface UserFilter {
  /** What the address begins with, in any spelling. */
  readonly search?: string | null | undefined
  readonly state?: UserState | null | undefined
}

/** Where a page of users ends: the last one's id, or its address as {@link emailKey} has it where that is the order. */
export type UserPosition = string

/** Lists users. */
export async function listUsers(
  queries: Queries,
  filter: UserFilter,
  { order, ...page }: PageRequest<UserPosition> & { readonly order: UserOrder },
): Promise<Page<User>> {
  const column = isByEmail(order) ? users.emailKey : users.id
  const [direction, beyond] = order.endsWith('DESC') ? [desc, lt] : [asc, gt]
  const rows = await queries
    .select(userColumns)
    .from(users)
    .where(and(fits(filter), page.after === null ? undefined : beyond(column, page.after)))
    .orderBy(direction(column))
    .limit(page.size + 1)
  return toPage(rows, page)
}

/** Where a page ends whose last user this is. */
export function positionOfUser(user: User, order: UserOrder): UserPosition {
  return isByEmail(order) ? emailKey(user.email) : user.id
}

/** Whether the order is that of the addresses; else it is that of the ids, which begin with the time that they were made at. */
export function isByEmail(order: UserOrder): boolean {
  return order === 'EMAIL_ASC' || order === 'EMAIL_DESC'
}

/** How many users fit. */
export async function countUsers(queries: Queries, filter: UserFilter): Promise<Count> {
  const some = sql`SELECT 1 FROM ${users} WHERE ${fits(filter)} LIMIT ${LARGEST_COUNT + 1}`
  const [row] = rowsOf<{ n: number }>(
    await queries.execute(sql`SELECT count(*)::int AS n FROM (${some}) counted`),
  )
  return toCount(Number(row?.n))
}

function fits({ search, state }: UserFilter): SQL | undefined {
  return and(
    isNull(users.deletedAt),
    search == null ? undefined : addressBegins(search),
    state === 'ENABLED' ? isNull(users.disabledAt) : undefined,
    state === 'DISABLED' ? isNotNull(users.disabledAt) : undefined,
  )
}

/** That a user's address begins so, in any spelling; true of every user if there is nothing to begin with. */
export function addressBegins(text: string): SQL | undefined {
  const prefix = emailKey(text)
  // a text that PostgreSQL cannot hold, and no address begins with
  if (prefix.includes('\0')) return sql`FALSE`
  return prefix === '' ? undefined : like(users.emailKey, `${escapeLike(prefix)}%`)
}

/** The text as a pattern that only itself fits. */
function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&')
}
