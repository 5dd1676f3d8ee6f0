import { InvalidCredentials } from '../credentials/errors.ts'
import { Refusal } from '../kernel/refusal.ts'
import { TooManyAttempts } from '../limits/attempts.ts'
import { NotSignedIn } from '../sessions/errors.ts'
import type { LiveSession, StartedSession } from '../sessions/sessions.ts'
import { isEnabled } from '../users/user.ts'
import { findUser, lockUser } from '../users/users.ts'
import type { Purpose, Verification } from '../verification/verifications.ts'
import { afterCommit, inTurn, onReservation, reservePasswordAttempt } from './attempt-limits.ts'
import { type SessionTokenPair, tokensOf } from './issue-tokens.ts'
import { type AccountParts, transactUnlessRefused, type Visitor } from './parts.ts'

/** A fresh proof, and the session that takes the place of the one that asked for it. */
export interface Reverified extends StartedSession {
  readonly verification: Verification
  /** Null if the credential is a cookie. */
  readonly tokens: SessionTokenPair | null
}

/**
 * Checks a factor again, and in one transaction replaces the session (ASVS 7.2.4: a new token at re-authentication) and
 * writes a proof for one action on one subject (ASVS 7.5.3).
 */
export function reverify(
  parts: AccountParts,
  viewer: LiveSession,
  input: { password: string; purpose: Purpose },
  visitor: Visitor,
): Promise<Reverified | InvalidCredentials | TooManyAttempts | NotSignedIn> {
  return inTurn(parts, visitor, viewer.user.email, () => attempt(parts, viewer, input, visitor))
}

async function attempt(
  parts: AccountParts,
  viewer: LiveSession,
  input: { password: string; purpose: Purpose },
  visitor: Visitor,
): Promise<Reverified | InvalidCredentials | TooManyAttempts | NotSignedIn> {
  const { database, passwords, sessions, verifications, logger } = parts
  const user = await findUser(database.queries, viewer.user.id)
  if (!user || !isEnabled(user)) return new NotSignedIn()
  const reservation = await reservePasswordAttempt(parts, visitor, { email: user.email, userId: user.id })
  if (reservation instanceof TooManyAttempts) return reservation
  const check = await onReservation(reservation, () => passwords.check(input.password, user.passwordHash))
  if (!check.matches) {
    logger.warn(
      { userId: user.id, sessionId: viewer.session.id, factor: 'PASSWORD' },
      'reverification failed',
    )
    return new InvalidCredentials('The password is not right.')
  }
  const result = await transactUnlessRefused(database, async (transaction) => {
    const current = await lockUser(transaction, user.id)
    if (!current || !isEnabled(current)) return new NotSignedIn()
    if (current.credentialVersion !== user.credentialVersion) return new InvalidCredentials()
    const successor = await sessions.replace(transaction, viewer.session, ['PASSWORD'])
    if (!successor) return new NotSignedIn()
    const verification = await verifications.issue(transaction, successor.session, current, input.purpose)
    return { ...successor, verification }
  })
  if (result instanceof Refusal) return result
  await afterCommit(parts, () => reservation.giveBack())
  logger.info(
    {
      userId: user.id,
      sessionId: viewer.session.id,
      successorId: result.session.id,
      action: input.purpose.action,
    },
    'reverified',
  )
  return { ...result, tokens: await tokensOf(parts, result) }
}
