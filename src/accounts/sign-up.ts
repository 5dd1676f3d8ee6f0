import { WeakPassword } from '../credentials/errors.ts'
import { Refusal } from '../kernel/refusal.ts'
import { TooManyAttempts } from '../limits/attempts.ts'
import type { SessionTransport } from '../protocol/sessions.ts'
import type { Session } from '../sessions/session.ts'
import { EmailTaken } from '../users/errors.ts'
import { createUser, findUserByEmail, lockUser } from '../users/users.ts'
import { onReservation, reserveSignUp } from './attempt-limits.ts'
import { SignUpClosed } from './errors.ts'
import { tokensOf } from './issue-tokens.ts'
import { openSession, type SignedIn } from './open-session.ts'
import { type AccountParts, transactUnlessRefused, type Visitor } from './parts.ts'

/** Creates an account and signs it in. The address must have been checked with `isEmail`. */
export async function signUp(
  parts: AccountParts,
  input: { email: string; password: string; transport: SessionTransport },
  visitor: Visitor,
  presented: Session | null,
): Promise<SignedIn | SignUpClosed | EmailTaken | WeakPassword | TooManyAttempts> {
  const { database, passwords, clock, logger, settings } = parts
  if (settings.signUp === 'closed') return new SignUpClosed()
  // counted whether it succeeds or not: this is about how many accounts, and how many questions about addresses, one may make
  const reservation = await reserveSignUp(parts, visitor)
  if (reservation instanceof TooManyAttempts) return reservation
  if (await findUserByEmail(database.queries, input.email)) return new EmailTaken()
  const passwordHash = await onReservation(reservation, () => passwords.hash(input.password, input.email))
  if (passwordHash instanceof WeakPassword) return passwordHash
  // tokens go beside whatever cookie the browser holds
  const overwritten = input.transport === 'COOKIE' ? presented : null
  const result = await transactUnlessRefused(database, async (transaction) => {
    const user = await createUser(transaction, {
      email: input.email,
      passwordHash,
      roles: [],
      now: clock.now(),
    })
    if (user instanceof EmailTaken) return user
    if (overwritten) await lockUser(transaction, overwritten.userId)
    const signedIn = await openSession(
      parts,
      transaction,
      user,
      { factors: ['PASSWORD'], transport: input.transport, remembered: true },
      visitor,
      overwritten,
    )
    transaction.onCommit(() =>
      logger.info(
        { userId: user.id, sessionId: signedIn.session.id, network: visitor.place.network },
        'signed up',
      ),
    )
    return signedIn
  })
  return result instanceof Refusal ? result : { ...result, tokens: await tokensOf(parts, result) }
}
