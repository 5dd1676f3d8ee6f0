import { NotSignedIn, SessionNotFound } from '../sessions/errors.ts'
import { findSession } from '../sessions/queries.ts'
import type { EndedSession } from '../sessions/session.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { lockUser } from '../users/users.ts'
import type { VerificationRequired } from '../verification/errors.ts'
import { type AccountParts, transactUnlessRefused } from './parts.ts'

/**
 * Ends one session of the viewer, with a proof for exactly that one (ASVS 7.5.2). If it was replaced since it was listed, its
 * successor is the one that the person means, and ends.
 */
export async function revokeSession(
  { database, sessions, verifications, logger }: AccountParts,
  viewer: LiveSession,
  input: { sessionId: string; verificationToken: string },
): Promise<EndedSession | SessionNotFound | VerificationRequired | NotSignedIn> {
  const { user, session } = viewer
  return transactUnlessRefused(database, async (transaction) => {
    const current = await lockUser(transaction, user.id)
    if (!current || !(await sessions.hold(transaction, session.id))) return new NotSignedIn()
    const refusal = await verifications.consume(transaction, input.verificationToken, session, current, {
      action: 'REVOKE_SESSION',
      subjectId: input.sessionId,
    })
    if (refusal) return refusal
    const target = await findSession(transaction.queries, input.sessionId)
    if (!target || target.userId !== user.id) return new SessionNotFound()
    const ended = await sessions.endLineage(transaction, target.lineageId, {
      reason: 'REVOKED_BY_USER',
      actor: { kind: 'USER', sessionId: session.id },
    })
    if (!ended) return new SessionNotFound()
    transaction.onCommit(() =>
      logger.info({ userId: user.id, sessionId: ended.id, by: session.id }, 'session revoked'),
    )
    return ended
  })
}
