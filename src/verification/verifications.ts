import { and, eq, gt, isNull, type SQL } from 'drizzle-orm'
import type { Queries, Transaction } from '../database/database.ts'
import { verifications } from '../database/tables.ts'
import type { Clock } from '../kernel/clock.ts'
import { hashSecret, isSecret, newSecret } from '../kernel/secret.ts'
import { TOKEN_PREFIX } from '../protocol/credentials.ts'
import type { SensitiveAction } from '../protocol/sessions.ts'
import type { Session } from '../sessions/session.ts'
import type { User } from '../users/user.ts'
import { VerificationRequired } from './errors.ts'

/** One action on one subject; null where the action has none. */
export interface Purpose {
  readonly action: SensitiveAction
  readonly subjectId: string | null
}

/** A proof that a factor was presented just now. The token is known this once. */
export interface Verification extends Purpose {
  readonly token: string
  readonly expiresAt: Date
}

const PREFIX = TOKEN_PREFIX.verification

/** Step-up: proofs for one action on one subject, used once, bound to session, user and credential version. */
export class Verifications {
  readonly #clock: Clock
  readonly #lifetime: number

  /** @param lifetime how long a proof is good for (milliseconds) */
  constructor({ clock, lifetime }: { clock: Clock; lifetime: number }) {
    this.#clock = clock
    this.#lifetime = lifetime
  }

  /** Writes a proof for the session, whose factor the caller has just checked. */
  async issue(
    transaction: Transaction,
    session: Session,
    user: User,
    purpose: Purpose,
  ): Promise<Verification> {
    const now = this.#clock.now()
    const secret = newSecret()
    const expiresAt = new Date(now.getTime() + this.#lifetime)
    await transaction.queries.insert(verifications).values({
      secretHash: hashSecret(secret),
      sessionId: session.id,
      userId: user.id,
      credentialVersion: user.credentialVersion,
      action: purpose.action,
      subjectId: purpose.subjectId,
      createdAt: now,
      expiresAt,
    })
    return { token: `${PREFIX}${secret}`, expiresAt, ...purpose }
  }

  /** Whether a proof could be spent now, without spending it. */
  async check(
    queries: Queries,
    token: string,
    session: Pick<Session, 'id'>,
    user: Pick<User, 'id' | 'credentialVersion'>,
    purpose: Purpose,
  ): Promise<null | VerificationRequired> {
    const condition = spendable(token, session, user, purpose, this.#clock.now())
    const found = condition
      ? await queries.select({ action: verifications.action }).from(verifications).where(condition)
      : []
    return found.length > 0 ? null : new VerificationRequired(purpose.action, purpose.subjectId)
  }

  /**
   * Spends a proof, in the transaction of the action that it is for: if that fails, the proof is as good as before, and of
   * two uses at once one wins. The user is to be given as it is under its lock, so that a changed factor voids the proof.
   * @returns a refusal unless the token is a proof for exactly this session, user, action and subject
   */
  async consume(
    transaction: Transaction,
    token: string,
    session: Pick<Session, 'id'>,
    user: Pick<User, 'id' | 'credentialVersion'>,
    purpose: Purpose,
  ): Promise<null | VerificationRequired> {
    const now = this.#clock.now()
    const condition = spendable(token, session, user, purpose, now)
    const spent = condition
      ? await transaction.queries
          .update(verifications)
          .set({ consumedAt: now })
          .where(condition)
          .returning({ action: verifications.action })
      : []
    return spent.length > 0 ? null : new VerificationRequired(purpose.action, purpose.subjectId)
  }
}

/** The row of an unspent proof for exactly this; null if the token is malformed. */
function spendable(
  token: string,
  session: Pick<Session, 'id'>,
  user: Pick<User, 'id' | 'credentialVersion'>,
  purpose: Purpose,
  now: Date,
): SQL | null {
  const secret = token.startsWith(PREFIX) ? token.slice(PREFIX.length) : ''
  if (!isSecret(secret)) return null
  return (
    and(
      eq(verifications.secretHash, hashSecret(secret)),
      eq(verifications.sessionId, session.id),
      eq(verifications.userId, user.id),
      eq(verifications.credentialVersion, user.credentialVersion),
      eq(verifications.action, purpose.action),
      purpose.subjectId === null
        ? isNull(verifications.subjectId)
        : eq(verifications.subjectId, purpose.subjectId),
      gt(verifications.expiresAt, now),
      isNull(verifications.consumedAt),
    ) ?? null
  )
}
