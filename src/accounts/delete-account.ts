import { NotSignedIn } from '../sessions/errors.ts'
import { forgetDevices } from '../sessions/queries.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { deleteUser, lockUser } from '../users/users.ts'
import type { VerificationRequired } from '../verification/errors.ts'
import { type AccountParts, transactUnlessRefused } from './parts.ts'

/** What deleting an account did. */
export interface AccountDeleted {
  readonly userId: string
  readonly revokedCount: number
}

/** Deletes the viewer's account and ends all of its sessions (ASVS 7.4.2), with a proof. Nothing personal is left of it. */
export async function deleteAccount(
  { database, sessions, verifications, clock, logger }: AccountParts,
  viewer: LiveSession,
  input: { verificationToken: string },
): Promise<AccountDeleted | VerificationRequired | NotSignedIn> {
  const { user, session } = viewer
  return transactUnlessRefused(database, async (transaction) => {
    const current = await lockUser(transaction, user.id)
    if (!current || !(await sessions.hold(transaction, session.id))) return new NotSignedIn()
    const refusal = await verifications.consume(transaction, input.verificationToken, session, current, {
      action: 'DELETE_ACCOUNT',
      subjectId: null,
    })
    if (refusal) return refusal
    const ended = await sessions.endAll(transaction, user.id, {
      reason: 'ACCOUNT_DELETED',
      actor: { kind: 'USER', sessionId: session.id },
    })
    await deleteUser(transaction, user.id, clock.now())
    await forgetDevices(transaction, user.id)
    transaction.onCommit(() => logger.info({ userId: user.id, revoked: ended.length }, 'account deleted'))
    return { userId: user.id, revokedCount: ended.length }
  })
}
