import type { Transaction } from '../database/database.ts'
import type { Factor, SessionTransport } from '../protocol/sessions.ts'
import { canBeLeft } from '../sessions/replacement.ts'
import type { Session } from '../sessions/session.ts'
import type { StartedSession } from '../sessions/sessions.ts'
import type { User } from '../users/user.ts'
import type { SessionTokenPair } from './issue-tokens.ts'
import type { AccountParts, Visitor } from './parts.ts'

/** A person who has just signed in: with a new session, and the only time that its credential is known. */
export interface OpenedSession extends StartedSession {
  readonly user: User
}

/** The same, with what the client is given. */
export interface SignedIn extends OpenedSession {
  /** Null if the credential is a cookie. */
  readonly tokens: SessionTokenPair | null
}

/**
 * Starts a session for someone who has just presented their factors. The session whose cookie came along is never adopted
 * (no fixation); since the browser's cookie is overwritten now, nobody could sign it out later, so it ends here, or whichever
 * session has replaced it. The new one stands in its line, so that a request still under way with the old cookie reaches it.
 * The caller holds the lock of the user, and of the user of the presented session.
 * @param presented the session whose genuine cookie came with the request and is overwritten now, live or ended
 */
export async function openSession(
  { sessions, clock }: AccountParts,
  transaction: Transaction,
  user: User,
  {
    factors,
    transport,
    remembered,
  }: { factors: readonly Factor[]; transport: SessionTransport; remembered: boolean },
  visitor: Visitor,
  presented: Session | null,
): Promise<OpenedSession> {
  const { device, place } = visitor
  const overwritten = presented && canBeLeft(presented, clock.now()) ? presented : null
  const sameUser = overwritten?.userId === user.id
  const started = await sessions.start(
    transaction,
    { userId: user.id, factors, transport, remembered, device, place },
    sameUser ? { lineageId: overwritten.lineageId } : {},
  )
  if (overwritten) {
    const { id } = started.session
    await sessions.endLineage(
      transaction,
      overwritten.lineageId,
      sameUser
        ? { reason: 'REPLACED', actor: { kind: 'USER', sessionId: id }, replacedById: id }
        : { reason: 'SIGNED_OUT', actor: { kind: 'USER', sessionId: overwritten.id } },
      { except: id },
    )
  }
  await sessions.endBeyondLimit(transaction, user.id, { except: started.session.id })
  return { ...started, user }
}
