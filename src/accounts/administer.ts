import { WeakPassword } from '../credentials/errors.ts'
import type { Role } from '../protocol/sessions.ts'
import { SessionNotFound } from '../sessions/errors.ts'
import { findSession } from '../sessions/queries.ts'
import type { EndedSession } from '../sessions/session.ts'
import type { EmailTaken } from '../users/errors.ts'
import type { User } from '../users/user.ts'
import { createUser, lockUser } from '../users/users.ts'
import { disable } from './disable-user.ts'
import { enable } from './enable-user.ts'
import { type AccountParts, OPERATOR, transactUnlessRefused } from './parts.ts'

/** Creates an account on an operator's behalf. The address must have been checked with `isEmail`. */
export async function createAccount(
  { database, passwords, clock }: AccountParts,
  input: { email: string; password: string; roles: readonly Role[] },
): Promise<User | EmailTaken | WeakPassword> {
  const passwordHash = await passwords.hash(input.password, input.email)
  if (passwordHash instanceof WeakPassword) return passwordHash
  return transactUnlessRefused(database, (transaction) =>
    createUser(transaction, { email: input.email, passwordHash, roles: input.roles, now: clock.now() }),
  )
}

/**
 * Disables an account and ends all of its sessions at once (ASVS 7.4.2).
 * @returns how many sessions ended, or null if there is no such enabled account
 */
export async function disableAccount(parts: AccountParts, userId: string): Promise<number | null> {
  return parts.database.transaction(async (transaction) => {
    const user = await lockUser(transaction, userId)
    if (!user || user.disabledAt !== null) return null
    const disabled = await disable(parts, transaction, userId, { actor: OPERATOR, reason: null })
    return disabled?.revokedCount ?? null
  })
}

/**
 * Lets a disabled account sign in again. Its sessions stay ended.
 * @returns null if there is no such disabled account
 */
export async function enableAccount(parts: AccountParts, userId: string): Promise<User | null> {
  return parts.database.transaction(async (transaction) => {
    const user = await lockUser(transaction, userId)
    return user && user.disabledAt !== null ? enable(parts, transaction, userId, OPERATOR.sessionId) : null
  })
}

/** Ends a session, whoever's it is, or the one that has replaced it since. */
export async function revokeSessionAsAdministrator(
  { database, sessions, logger }: AccountParts,
  sessionId: string,
): Promise<EndedSession | SessionNotFound> {
  return transactUnlessRefused(database, async (transaction) => {
    const target = await findSession(transaction.queries, sessionId)
    if (!target) return new SessionNotFound()
    await lockUser(transaction, target.userId)
    const ended = await sessions.endLineage(transaction, target.lineageId, {
      reason: 'REVOKED_BY_ADMINISTRATOR',
      actor: OPERATOR,
    })
    if (!ended) return new SessionNotFound()
    transaction.onCommit(() =>
      logger.info({ userId: ended.userId, sessionId: ended.id }, 'session revoked by an administrator'),
    )
    return ended
  })
}
