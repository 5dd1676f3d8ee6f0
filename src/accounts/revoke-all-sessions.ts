import { NotSignedIn } from '../sessions/errors.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { lockUser } from '../users/users.ts'
import type { VerificationRequired } from '../verification/errors.ts'
import { type AccountParts, transactUnlessRefused } from './parts.ts'

/** How many sessions ended. */
export interface RevokedAll {
  readonly revokedCount: number
}

/**
 * Ends all sessions of the viewer: everywhere, this device too, which anyone signed in may do at once; or all the others, which
 * needs a proof (a thief would otherwise keep their session and end the owner's).
 */
export async function revokeAllSessions(
  { database, sessions, verifications, logger }: AccountParts,
  viewer: LiveSession,
  input: { keepCurrent: boolean; verificationToken: string },
): Promise<RevokedAll | VerificationRequired | NotSignedIn> {
  const { user, session } = viewer
  return transactUnlessRefused(database, async (transaction) => {
    const current = await lockUser(transaction, user.id)
    if (!current || !(await sessions.hold(transaction, session.id))) return new NotSignedIn()
    if (input.keepCurrent) {
      const refusal = await verifications.consume(transaction, input.verificationToken, session, current, {
        action: 'REVOKE_OTHER_SESSIONS',
        subjectId: null,
      })
      if (refusal) return refusal
    }
    const ended = await sessions.endAll(
      transaction,
      user.id,
      { reason: 'SIGNED_OUT_EVERYWHERE', actor: { kind: 'USER', sessionId: session.id } },
      input.keepCurrent ? { except: session.id } : {},
    )
    transaction.onCommit(() =>
      logger.info(
        { userId: user.id, by: session.id, count: ended.length, kept: input.keepCurrent },
        'sessions revoked',
      ),
    )
    return { revokedCount: ended.length }
  })
}
