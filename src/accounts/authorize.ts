import type { Transaction } from '../database/database.ts'
import { administrationBarrier } from '../sessions/administering.ts'
import { NotSignedIn } from '../sessions/errors.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { isEnabled } from '../users/user.ts'
import { lockUser, lockUsers } from '../users/users.ts'
import { VerificationRequired } from '../verification/errors.ts'
import { Forbidden } from './errors.ts'
import { type AccountParts, transactUnlessRefused } from './parts.ts'

/** Why somebody may not administer, or not now. */
export type Unauthorized = NotSignedIn | Forbidden | VerificationRequired

/**
 * Runs an administrator's work on users in a transaction that holds the locks of the administrator and of those users. Whether it
 * may be done is decided by what stands in the database then: the session may have ended since it was read, and the role gone.
 * Whoever has no business here waits for nobody's lock, and so learns of nobody whether they exist.
 * @param userIds the users, or how to find out which ones: asked only of whoever may administer
 */
export async function administrate<T>(
  parts: AccountParts,
  viewer: LiveSession,
  userIds: readonly string[] | (() => Promise<readonly string[]>),
  work: (transaction: Transaction) => Promise<T>,
): Promise<T | Unauthorized> {
  const { database, sessions, clock, logger } = parts
  const refusal = refusalTo(parts, viewer)
  if (refusal) {
    logger.warn(
      { userId: viewer.user.id, sessionId: viewer.session.id, code: refusal.code },
      'administration refused',
    )
    return refusal
  }
  const others = typeof userIds === 'function' ? await userIds() : userIds
  return transactUnlessRefused(database, async (transaction): Promise<T | Unauthorized> => {
    await lockUsers(transaction, [viewer.user.id, ...others])
    const user = await lockUser(transaction, viewer.user.id)
    const session = await sessions.hold(transaction, viewer.session.id)
    if (!user || !session || !isEnabled(user)) return new NotSignedIn()
    return refusalTo({ sessions, clock }, { user, session }) ?? work(transaction)
  })
}

function refusalTo(
  { sessions, clock }: Pick<AccountParts, 'sessions' | 'clock'>,
  viewer: LiveSession,
): Forbidden | VerificationRequired | null {
  switch (administrationBarrier(viewer, sessions.policy, clock.now())) {
    case 'FORBIDDEN':
      return new Forbidden()
    case 'VERIFICATION_REQUIRED':
      return new VerificationRequired('ADMINISTER', null)
    default:
      return null
  }
}
