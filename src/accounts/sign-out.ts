import { canBeLeft } from '../sessions/replacement.ts'
import { isEnded, type Session } from '../sessions/session.ts'
import { lockUser } from '../users/users.ts'
import type { AccountParts } from './parts.ts'

/**
 * Ends the session whose token came along. Without a live one there is nothing to do, and it succeeds as well. A token that
 * was replaced a moment ago, by another tab of the browser, signs out the successor: the browser drops its cookie with our
 * answer, and a session that nobody holds would stay behind.
 * @param presented the session whose genuine token came with the request, live or ended
 * @returns the session that was ended, if any
 */
export async function signOut(
  { sessions, database, clock, logger }: AccountParts,
  presented: Session | null,
): Promise<Session | null> {
  if (!presented) return null
  if (!canBeLeft(presented, clock.now())) {
    if (isEnded(presented)) await sessions.confirmEnd(presented)
    return null
  }
  const { id, lineageId, userId } = presented
  const ended = await database.transaction(async (transaction) => {
    // or a reverification that commits in this moment would leave a successor that this does not see
    await lockUser(transaction, userId)
    return sessions.endLineage(transaction, lineageId, {
      reason: 'SIGNED_OUT',
      actor: { kind: 'USER', sessionId: id },
    })
  })
  if (ended) logger.info({ userId: ended.userId, sessionId: ended.id }, 'signed out')
  return ended
}
