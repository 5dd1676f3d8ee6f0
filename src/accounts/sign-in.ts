import { InvalidCredentials } from '../credentials/errors.ts'
import { Refusal } from '../kernel/refusal.ts'
import { TooManyAttempts } from '../limits/attempts.ts'
import type { SessionTransport } from '../protocol/sessions.ts'
import { SessionLimit } from '../sessions/errors.ts'
import { canBeLeft } from '../sessions/replacement.ts'
import type { Session } from '../sessions/session.ts'
import { isEnabled } from '../users/user.ts'
import { findUserByEmail, lockUser, lockUsers, rehashPassword } from '../users/users.ts'
import { afterCommit, inTurn, onReservation, reservePasswordAttempt } from './attempt-limits.ts'
import { tokensOf } from './issue-tokens.ts'
import { openSession, type SignedIn } from './open-session.ts'
import { type AccountParts, transactUnlessRefused, type Visitor } from './parts.ts'

/** What somebody signs in with, and how their client will carry the session. */
export interface SignInInput {
  readonly email: string
  readonly password: string
  readonly transport: SessionTransport
  readonly rememberMe: boolean
}

/** Signs in with a password. Unknown, disabled and deleted accounts take the same way as a wrong password, and as long. */
export function signIn(
  parts: AccountParts,
  input: SignInInput,
  visitor: Visitor,
  presented: Session | null,
): Promise<SignedIn | InvalidCredentials | TooManyAttempts | SessionLimit> {
  return inTurn(parts, visitor, input.email, () => attempt(parts, input, visitor, presented))
}

async function attempt(
  parts: AccountParts,
  input: SignInInput,
  visitor: Visitor,
  presented: Session | null,
): Promise<SignedIn | InvalidCredentials | TooManyAttempts | SessionLimit> {
  const { database, passwords, sessions, clock, logger } = parts
  const user = await findUserByEmail(database.queries, input.email)
  const reservation = await reservePasswordAttempt(parts, visitor, {
    email: input.email,
    userId: user?.id ?? null,
  })
  if (reservation instanceof TooManyAttempts) {
    logger.warn({ userId: user?.id, network: visitor.place.network }, 'sign-in slowed down')
    return reservation
  }
  const check = await onReservation(reservation, () =>
    passwords.check(input.password, user?.passwordHash ?? null),
  )
  if (!user || !check.matches || !isEnabled(user)) {
    // the address is left out: people type their password into that field too
    logger.warn({ userId: user?.id, network: visitor.place.network, factor: 'PASSWORD' }, 'sign-in failed')
    return new InvalidCredentials()
  }
  // tokens go beside whatever cookie the browser holds
  const overwritten = input.transport === 'COOKIE' ? presented : null
  const result = await transactUnlessRefused(database, async (transaction) => {
    // another person's session that this browser held may be being replaced in this moment
    if (overwritten && overwritten.userId !== user.id)
      await lockUsers(transaction, [user.id, overwritten.userId])
    const current = await lockUser(transaction, user.id)
    // changed, disabled or deleted since the password was checked: what was checked is no longer what lets in
    if (!current || !isEnabled(current) || current.credentialVersion !== user.credentialVersion) {
      return new InvalidCredentials()
    }
    const leaving = overwritten && canBeLeft(overwritten, clock.now()) ? overwritten.lineageId : null
    if (sessions.policy.beyondLimit === 'refuse' && (await sessions.isFull(transaction, user.id, leaving))) {
      return new SessionLimit()
    }
    return openSession(
      parts,
      transaction,
      current,
      { factors: ['PASSWORD'], transport: input.transport, remembered: input.rememberMe },
      visitor,
      overwritten,
    )
  })
  if (result instanceof Refusal) {
    logger.warn(
      { userId: user.id, network: visitor.place.network, factor: 'PASSWORD', code: result.code },
      'sign-in refused',
    )
    // the password was right: that is no guess
    if (result instanceof SessionLimit) await afterCommit(parts, () => reservation.giveBack())
    return result
  }
  await afterCommit(parts, async () => {
    await reservation.giveBack()
    if (!check.rehashed || !user.passwordHash) return
    await rehashPassword(database.queries, user.id, user.passwordHash, check.rehashed)
  })
  logger.info(
    { userId: user.id, sessionId: result.session.id, network: visitor.place.network, factor: 'PASSWORD' },
    'signed in',
  )
  return { ...result, tokens: await tokensOf(parts, result) }
}
