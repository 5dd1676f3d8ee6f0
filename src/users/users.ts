import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../database/database.ts'
import { users } from '../database/tables.ts'
import { newId } from '../kernel/ids.ts'
import type { Role } from '../protocol/sessions.ts'
import { emailKey } from './email.ts'
import { EmailTaken } from './errors.ts'
import type { User } from './user.ts'

/** The columns that make a {@link User}. */
export const userColumns = {
  id: users.id,
  email: users.email,
  roles: users.roles,
  createdAt: users.createdAt,
  disabledAt: users.disabledAt,
  deletedAt: users.deletedAt,
  credentialVersion: users.credentialVersion,
}

/** A user together with what is needed to check a password. */
export interface UserWithPassword extends User {
  readonly passwordHash: string | null
}

/** Creates a user; the address must have been checked with `isEmail`. */
export async function createUser(
  transaction: Transaction,
  user: { email: string; passwordHash: string; roles: readonly Role[]; now: Date },
): Promise<User | EmailTaken> {
  const email = user.email.trim()
  const [created] = await transaction.queries
    .insert(users)
    .values({
      id: newId(user.now),
      email,
      emailKey: emailKey(email),
      passwordHash: user.passwordHash,
      roles: [...user.roles],
      createdAt: user.now,
    })
    .onConflictDoNothing({ target: users.emailKey })
    .returning(userColumns)
  return created ?? new EmailTaken()
}

/** The user with this e-mail address in any spelling. */
export async function findUserByEmail(queries: Queries, email: string): Promise<UserWithPassword | null> {
  const key = emailKey(email)
  // nobody's address, and a text that PostgreSQL cannot hold
  if (key.includes('\0')) return null
  const [user] = await queries
    .select({ ...userColumns, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.emailKey, key))
  return user ?? null
}

/** The user with this id. */
export async function findUser(queries: Queries, id: string): Promise<UserWithPassword | null> {
  const [user] = await queries
    .select({ ...userColumns, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.id, id))
  return user ?? null
}

/** Whether there is any administrator, a disabled one included: disabling the last one must not make another. */
export async function hasAdministrator(queries: Queries): Promise<boolean> {
  const [found] = await queries
    .select({ id: users.id })
    .from(users)
    .where(and(sql`'ADMINISTRATOR' = ANY(${users.roles})`, isNull(users.deletedAt)))
    .limit(1)
  return found !== undefined
}

/**
 * Locks the user's row until the transaction ends, and returns it as it is now. Everything that starts, replaces or ends
 * *several* sessions of a user takes this lock first, so that such changes happen one after the other: a sign-in is either
 * before a "sign out everywhere" and ended by it, or after it and checked against what it left.
 */
export async function lockUser(transaction: Transaction, id: string): Promise<UserWithPassword | null> {
  const [user] = await transaction.queries
    .select({ ...userColumns, passwordHash: users.passwordHash })
    .from(users)
    .where(eq(users.id, id))
    .for('no key update')
  return user ?? null
}

/** Locks several users' rows, always in the same order, so that two who need the same ones do not block each other. */
export async function lockUsers(transaction: Transaction, ids: readonly string[]): Promise<void> {
  await transaction.queries
    .select({ id: users.id })
    .from(users)
    .where(inArray(users.id, [...ids]))
    .orderBy(users.id)
    .for('no key update')
}

/** Sets a new password hash. Raises the credential version, which voids every proof and every sign-in in flight. */
export async function setPassword(transaction: Transaction, id: string, passwordHash: string): Promise<void> {
  await transaction.queries
    .update(users)
    .set({ passwordHash, credentialVersion: sql`${users.credentialVersion} + 1` })
    .where(eq(users.id, id))
}

/** Stores the same password under newer parameters, unless it was changed since it was read. */
export async function rehashPassword(queries: Queries, id: string, from: string, to: string): Promise<void> {
  await queries
    .update(users)
    .set({ passwordHash: to })
    .where(and(eq(users.id, id), eq(users.passwordHash, from)))
}

/** Disables the user; null if there is none, or it was disabled or deleted already. */
export async function markDisabled(transaction: Transaction, id: string, now: Date): Promise<User | null> {
  const [user] = await transaction.queries
    .update(users)
    .set({ disabledAt: now })
    .where(and(eq(users.id, id), isNull(users.disabledAt), isNull(users.deletedAt)))
    .returning(userColumns)
  return user ?? null
}

/** Enables the user again; null if there is none, or it was not disabled, or is deleted. */
export async function markEnabled(transaction: Transaction, id: string): Promise<User | null> {
  const [user] = await transaction.queries
    .update(users)
    .set({ disabledAt: null })
    .where(and(eq(users.id, id), isNotNull(users.disabledAt), isNull(users.deletedAt)))
    .returning(userColumns)
  return user ?? null
}

/** Deletes the account: what is left of it is an id. */
export async function deleteUser(transaction: Transaction, id: string, now: Date): Promise<void> {
  await transaction.queries
    .update(users)
    .set({
      deletedAt: now,
      email: '',
      emailKey: null,
      passwordHash: null,
      roles: [],
      credentialVersion: sql`${users.credentialVersion} + 1`,
    })
    .where(eq(users.id, id))
}
