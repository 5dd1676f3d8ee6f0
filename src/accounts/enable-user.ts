import type { Transaction } from '../database/database.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { User } from '../users/user.ts'
import { lockUser, markEnabled } from '../users/users.ts'
import { administrate, type Unauthorized } from './authorize.ts'
import { UserNotFound } from './errors.ts'
import type { AccountParts } from './parts.ts'

/**
 * Lets a disabled account sign in again, on an administrator's behalf. Its sessions stay ended. One that is enabled stays so.
 * @param input the user's id, null for one that can be nobody's
 */
export function enableUser(
  parts: AccountParts,
  viewer: LiveSession,
  { userId }: { userId: string | null },
): Promise<User | UserNotFound | Unauthorized> {
  return administrate(
    parts,
    viewer,
    userId === null ? [] : [userId],
    async (transaction) =>
      (userId && (await enable(parts, transaction, userId, viewer.session.id))) || new UserNotFound(),
  )
}

/**
 * Enables an account, whoever wants it so.
 * @param by the session that it was done from; null for an operator
 * @returns null if there is no such account
 */
export async function enable(
  { logger }: AccountParts,
  transaction: Transaction,
  userId: string,
  by: string | null,
): Promise<User | null> {
  const enabled = await markEnabled(transaction, userId)
  if (enabled) transaction.onCommit(() => logger.info({ userId, by }, 'account enabled'))
  const user = enabled ?? (await lockUser(transaction, userId))
  return user?.deletedAt === null ? user : null
}
