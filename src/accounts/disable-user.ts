import type { Transaction } from '../database/database.ts'
import type { Actor } from '../revocations/event.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { User } from '../users/user.ts'
import { lockUser, markDisabled } from '../users/users.ts'
import { administrate, type Unauthorized } from './authorize.ts'
import { OwnAccount, UserNotFound } from './errors.ts'
import type { AccountParts } from './parts.ts'

/** What disabling an account did. */
export interface UserDisabled {
  readonly user: User
  readonly revokedCount: number
}

/**
 * Disables an account on an administrator's behalf, and ends all of its sessions at once (ASVS 7.4.2). One that is disabled already
 * stays so. Nobody disables themselves, so that the one who does it is left: there is always an administrator who can sign in.
 * @param input the user's id, null for one that can be nobody's; and why, for the log
 */
export function disableUser(
  parts: AccountParts,
  viewer: LiveSession,
  { userId, reason }: { userId: string | null; reason: string | null },
): Promise<UserDisabled | UserNotFound | OwnAccount | Unauthorized> {
  return administrate(parts, viewer, userId === null ? [] : [userId], async (transaction) => {
    if (userId === viewer.user.id) return new OwnAccount()
    const actor: Actor = { kind: 'ADMINISTRATOR', sessionId: viewer.session.id }
    return (userId && (await disable(parts, transaction, userId, { actor, reason }))) || new UserNotFound()
  })
}

/**
 * Disables an account, whoever wants it so. The caller holds the user's lock.
 * @returns null if there is no such account
 */
export async function disable(
  { sessions, clock, logger }: AccountParts,
  transaction: Transaction,
  userId: string,
  { actor, reason }: { actor: Actor; reason: string | null },
): Promise<UserDisabled | null> {
  const disabled = await markDisabled(transaction, userId, clock.now())
  const user = disabled ?? (await lockUser(transaction, userId))
  if (!user || user.deletedAt !== null) return null
  const ended = await sessions.endAll(transaction, userId, { reason: 'ACCOUNT_DISABLED', actor })
  if (disabled)
    transaction.onCommit(() =>
      logger.info({ userId, by: actor.sessionId, reason, revoked: ended.length }, 'account disabled'),
    )
  return { user, revokedCount: ended.length }
}
