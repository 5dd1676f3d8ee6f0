import { NotSignedIn } from '../sessions/errors.ts'
import { findSession } from '../sessions/queries.ts'
import type { Session } from '../sessions/session.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { administrate, type Unauthorized } from './authorize.ts'
import { type AccountParts, OPERATOR } from './parts.ts'

/** What ending everyone's sessions did. How many they were is not counted: that would take as long as going through them. */
export interface EverySessionRevoked {
  readonly endedAt: Date
  /** The viewer's, if it was kept. */
  readonly session: Session | null
}

/**
 * Ends everyone's sessions on an administrator's behalf, at once and however many there are, the viewer's own too unless it is kept.
 * The rows are written out by the sweeper.
 * @param input why, for the log; and whether to keep the viewer's session
 */
export function revokeEverySession(
  parts: AccountParts,
  viewer: LiveSession,
  { reason, keepCurrent }: { reason: string; keepCurrent: boolean },
): Promise<EverySessionRevoked | Unauthorized> {
  const { sessions, logger } = parts
  const by = viewer.session.id
  return administrate(parts, viewer, [], async (transaction): Promise<EverySessionRevoked | NotSignedIn> => {
    const actor = { kind: 'ADMINISTRATOR', sessionId: by } as const
    const ended = await sessions.endEvery(transaction, { actor, reason, keepCurrent })
    if (!ended) return new NotSignedIn()
    transaction.onCommit(() =>
      logger.warn({ by, reason, kept: keepCurrent }, "everyone's sessions were revoked by an administrator"),
    )
    return { ...ended, session: keepCurrent ? await findSession(transaction.queries, by) : null }
  })
}

/** The same for an operator, who has no session to keep. */
export async function revokeEverySessionAsOperator(
  { database, sessions, logger }: AccountParts,
  { reason }: { reason: string },
): Promise<Pick<EverySessionRevoked, 'endedAt'>> {
  return database.transaction(async (transaction) => {
    const ended = await sessions.endEvery(transaction, { actor: OPERATOR, reason, keepCurrent: false })
    // only a session of the actor's could be over
    if (!ended) throw new Error("everyone's sessions could not be ended")
    transaction.onCommit(() =>
      logger.info({ by: null, reason }, "everyone's sessions were revoked by an operator"),
    )
    return ended
  })
}
