import type { LiveSession } from '../sessions/sessions.ts'
import type { User } from '../users/user.ts'
import { lockUser } from '../users/users.ts'
import { administrate, type Unauthorized } from './authorize.ts'
import { UserNotFound } from './errors.ts'
import type { AccountParts } from './parts.ts'

/** What ending a user's sessions did. */
export interface UserSessionsRevoked {
  readonly user: User
  readonly revokedCount: number
}

/**
 * Ends all sessions of a user on an administrator's behalf (ASVS 7.4.5), their own included if they are that user.
 * @param input the user's id, null for one that can be nobody's; and why, for the log
 */
export function revokeUserSessions(
  parts: AccountParts,
  viewer: LiveSession,
  { userId, reason }: { userId: string | null; reason: string | null },
): Promise<UserSessionsRevoked | UserNotFound | Unauthorized> {
  const { sessions, logger } = parts
  const by = viewer.session.id
  return administrate(parts, viewer, userId === null ? [] : [userId], async (transaction) => {
    const user = userId === null ? null : await lockUser(transaction, userId)
    if (!user || user.deletedAt !== null) return new UserNotFound()
    const ended = await sessions.endAll(transaction, user.id, {
      reason: 'REVOKED_BY_ADMINISTRATOR',
      actor: { kind: 'ADMINISTRATOR', sessionId: by },
    })
    transaction.onCommit(() =>
      logger.info(
        { userId: user.id, by, reason, revoked: ended.length },
        'sessions revoked by an administrator',
      ),
    )
    return { user, revokedCount: ended.length }
  })
}
