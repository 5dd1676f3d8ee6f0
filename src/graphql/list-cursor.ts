import { Fault } from '../kernel/fault.ts'
import { isId } from '../kernel/ids.ts'
import { type PageRequest, pageSize } from '../kernel/page.ts'
import { isByMoment, type SessionOrder, type SessionPosition } from '../sessions/listing.ts'
import { isByEmail, type UserOrder, type UserPosition } from '../users/queries.ts'

/*
 * A list that comes in several orders has cursors that say which order they belong to: one that is given with another order would begin
 * somewhere, and leave out what nobody would miss.
 */

interface PageArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
}

/** Longer than the cursor of any list: a character of an address can be eighteen once it is normalised, of three bytes each at most. */
const LONGEST = 20_000

/** Where a page of everyone's sessions ends, as its clients are given it. */
export function encodeSessionCursor(order: SessionOrder, { id, moment }: SessionPosition): string {
  return encode(['sessions', order, id, ...(moment === null ? [] : [String(moment.getTime())])])
}

/** Where a page of users ends. */
export function encodeUserCursor(order: UserOrder, position: UserPosition): string {
  return encode(['users', order, position])
}

/**
 * Which page of everyone's sessions is asked for.
 * @throws Fault BAD_USER_INPUT if there can be no such page
 */
export function readSessionsPage<Order extends SessionOrder>(
  args: PageArguments,
  order: Order,
): PageRequest<SessionPosition> & { readonly order: Order } {
  const read = readArguments(args, 'sessions', order)
  if (read.after === null) return { ...read, after: null, order }
  const [id = '', moment] = read.after
  const time = /^-?\d{1,15}$/.test(moment ?? '') ? new Date(Number(moment)) : null
  if (!isId(id) || (time !== null) !== isByMoment(order)) throw notACursor()
  return { ...read, after: { id, moment: time }, order }
}

/**
 * Which page of users is asked for.
 * @throws Fault BAD_USER_INPUT if there can be no such page
 */
export function readUsersPage<Order extends UserOrder>(
  args: PageArguments,
  order: Order,
): PageRequest<UserPosition> & { readonly order: Order } {
  const read = readArguments(args, 'users', order)
  const position = read.after?.[0] ?? null
  if (read.after !== null && (position === null || position.includes('\0'))) throw notACursor()
  if (position !== null && !isByEmail(order) && !isId(position)) throw notACursor()
  return { ...read, after: position, order }
}

function readArguments({ first, after }: PageArguments, list: string, order: string) {
  if (first != null && first < 0) throw new Fault('BAD_USER_INPUT', 'first: give 0 or more.')
  if (after == null) return { size: pageSize(first), after: null }
  const [cursorList, cursorOrder, ...position] = decode(after)
  if (cursorList !== list) throw notACursor()
  if (cursorOrder !== order)
    throw new Fault(
      'BAD_USER_INPUT',
      `after: this cursor belongs to the order ${cursorOrder}, and orderBy is ${order}. Begin at the first page.`,
    )
  return { size: pageSize(first), after: position }
}

function encode(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

function decode(cursor: string): readonly string[] {
  if (cursor.length > LONGEST) throw notACursor()
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw notACursor()
  }
  if (!Array.isArray(parts) || !parts.every((part): part is string => typeof part === 'string'))
    throw notACursor()
  const [, order = ''] = parts
  // it is repeated in an error
  if (!/^[A-Z_]{1,30}$/.test(order) || encode(parts) !== cursor) throw notACursor()
  return parts
}

function notACursor(): Fault {
  return new Fault('BAD_USER_INPUT', 'after: this is not the endCursor of a page of this list.')
}
