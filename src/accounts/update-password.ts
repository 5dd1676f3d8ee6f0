import { WeakPassword } from '../credentials/errors.ts'
import { Refusal } from '../kernel/refusal.ts'
import { NotSignedIn } from '../sessions/errors.ts'
import type { Session } from '../sessions/session.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { lockUser, setPassword } from '../users/users.ts'
import type { VerificationRequired } from '../verification/errors.ts'
import type { Purpose } from '../verification/verifications.ts'
import { issueTokens, type SessionTokenPair } from './issue-tokens.ts'
import { type AccountParts, transactUnlessRefused, type Visitor } from './parts.ts'

/** What changing a password did. */
export interface PasswordUpdated {
  readonly revokedCount: number
  /** The viewer's session; null if it ended with all the others. */
  readonly session: Session | null
  /** New ones for that session; null if there is none, or its credential is a cookie. */
  readonly tokens: SessionTokenPair | null
}

const PURPOSE: Purpose = { action: 'UPDATE_PASSWORD', subjectId: null }

/**
 * Sets a new password, with a proof (ASVS 7.5.1), and signs out everywhere, this device too, if the person asks for it
 * (ASVS 7.4.3) or the operator says so. Voids every other proof and every sign-in still in flight with the old password.
 */
export function updatePassword(
  parts: AccountParts,
  viewer: LiveSession,
  input: { newPassword: string; signOutEverywhere: boolean; verificationToken: string },
  visitor: Visitor,
): Promise<PasswordUpdated | WeakPassword | VerificationRequired | NotSignedIn> {
  // one after the other: a proof is spent only after the hash, and one proof must not buy many of them
  return parts.turns.take(`update ${viewer.user.id}`, 1, () => update(parts, viewer, input, visitor))
}

async function update(
  parts: AccountParts,
  viewer: LiveSession,
  input: { newPassword: string; signOutEverywhere: boolean; verificationToken: string },
  visitor: Visitor,
): Promise<PasswordUpdated | WeakPassword | VerificationRequired | NotSignedIn> {
  const { database, sessions, refreshes, verifications, passwords, logger, settings } = parts
  const { user, session } = viewer
  // first, since it needs no proof: nobody presents a factor, and has their session replaced, for a password that is then refused
  const weak = passwords.judge(input.newPassword, user.email)
  if (weak) return weak
  // looked at before the costly hash, and spent only in the transaction, which must not hold its locks while hashing
  const missing = await verifications.check(database.queries, input.verificationToken, session, user, PURPOSE)
  if (missing) return missing
  const passwordHash = await passwords.hash(input.newPassword, user.email)
  if (passwordHash instanceof WeakPassword) return passwordHash
  const signsOut = settings.passwordUpdateSignsOut
  const everywhere = signsOut === 'ask' ? input.signOutEverywhere : signsOut === 'always'
  const updated = await transactUnlessRefused(database, async (transaction) => {
    const current = await lockUser(transaction, user.id)
    const held = current && (await sessions.hold(transaction, session.id))
    if (!held) return new NotSignedIn()
    const refusal = await verifications.consume(
      transaction,
      input.verificationToken,
      session,
      current,
      PURPOSE,
    )
    if (refusal) return refusal
    await setPassword(transaction, user.id, passwordHash)
    const ended = everywhere
      ? await sessions.endAll(transaction, user.id, {
          reason: 'PASSWORD_UPDATED',
          actor: { kind: 'USER', sessionId: session.id },
        })
      : []
    transaction.onCommit(() =>
      logger.info({ userId: user.id, sessionId: session.id, revoked: ended.length }, 'password updated'),
    )
    const refreshToken =
      everywhere || held.transport === 'COOKIE' ? null : await refreshes.renew(transaction, held.id, visitor)
    return { revokedCount: ended.length, session: everywhere ? null : held, refreshToken }
  })
  if (updated instanceof Refusal) return updated
  const { refreshToken, ...result } = updated
  const tokens =
    result.session && refreshToken ? await issueTokens(parts, result.session, refreshToken) : null
  return { ...result, tokens }
}
