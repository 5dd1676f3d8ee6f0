import type { Transaction } from '../database/database.ts'
import type { Actor } from '../revocations/event.ts'
import type { Ending, Lineage } from '../sessions/endings.ts'
import { fitsOnlyEnded, type SessionFilter } from '../sessions/filter.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { lockUsers } from '../users/users.ts'
import { administrate, type Unauthorized } from './authorize.ts'
import { type AccountParts, OPERATOR } from './parts.ts'

/** How many sessions one call ends at most: few enough that nobody waits long for their users' locks. */
export const MOST_AT_ONCE = 1_000

/** What one call did. */
export interface SessionsRevoked {
  readonly revokedCount: number
  /** Whether there may be more that fit: the same call again goes on. */
  readonly hasMore: boolean
}

/** What an administrator's call did. */
export interface SessionsRevokedByAdministrator extends SessionsRevoked {
  /** Whether the viewer's own session was among them. */
  readonly revokedCurrent: boolean
}

/** What one call is about to end. */
interface Batch {
  readonly lineages: readonly Lineage[]
  readonly hasMore: boolean
}

/**
 * Ends live sessions that fit on an administrator's behalf, at most {@link MOST_AT_ONCE}: whoever wants them all calls until there are
 * no more. The viewer's own comes last, so that it can go on until then; or is kept.
 * @param input which ones; and why, for the log
 */
export async function revokeSessions(
  parts: AccountParts,
  viewer: LiveSession,
  { filter, reason, keepCurrent }: { filter: SessionFilter; reason: string; keepCurrent: boolean },
): Promise<SessionsRevokedByAdministrator | Unauthorized> {
  const { sessions } = parts
  const { id, lineageId } = viewer.session
  let batch: Batch = { lineages: [], hasMore: false }
  const find = async (): Promise<readonly string[]> => {
    batch = await findBatch(parts, filter, lineageId)
    return usersOf(batch)
  }
  return administrate(parts, viewer, find, async (transaction) => {
    const actor: Actor = { kind: 'ADMINISTRATOR', sessionId: id }
    const others = await end(parts, transaction, batch, { filter, reason, actor })
    if (keepCurrent || batch.hasMore || !(await sessions.isFitting(transaction, id, filter))) {
      return { ...others, revokedCurrent: false }
    }
    const own = await sessions.end(transaction, id, endingBy(actor))
    return {
      ...others,
      revokedCount: others.revokedCount + (own ? 1 : 0),
      revokedCurrent: own !== null,
    }
  })
}

/** The same for an operator, who has no session. */
export async function revokeSessionsAsOperator(
  parts: AccountParts,
  { filter, reason }: { filter: SessionFilter; reason: string },
): Promise<SessionsRevoked> {
  const batch = await findBatch(parts, filter, null)
  return parts.database.transaction(async (transaction) => {
    await lockUsers(transaction, usersOf(batch))
    return end(parts, transaction, batch, { filter, reason, actor: OPERATOR })
  })
}

/** The filter as the log may have it: that it was about an address or a network, and not about which. */
function withoutPeople({ search, network, ...rest }: SessionFilter): object {
  return {
    ...rest,
    ...(search == null ? {} : { search: '[withheld]' }),
    ...(network == null ? {} : { network: '[withheld]' }),
  }
}

/** What fits now, with what was being started when we were asked: a sign-in at that moment is no way around. */
async function findBatch(
  { sessions }: AccountParts,
  filter: SessionFilter,
  except: string | null,
): Promise<Batch> {
  if (fitsOnlyEnded(filter)) return { lineages: [], hasMore: false }
  const complete = await sessions.untilStarted()
  const lineages = await sessions.findLineages(filter, { limit: MOST_AT_ONCE, except })
  return { lineages, hasMore: !complete || lineages.length === MOST_AT_ONCE }
}

function usersOf({ lineages }: Batch): readonly string[] {
  return [...new Set(lineages.map(({ userId }) => userId))]
}

function endingBy(actor: Actor): Ending {
  return { reason: 'REVOKED_BY_ADMINISTRATOR', actor }
}

async function end(
  { sessions, logger }: AccountParts,
  transaction: Transaction,
  { lineages, hasMore }: Batch,
  { filter, reason, actor }: { filter: SessionFilter; reason: string; actor: Actor },
): Promise<SessionsRevoked> {
  const ended = await sessions.endLineages(transaction, lineages, filter, endingBy(actor))
  transaction.onCommit(() =>
    logger.info(
      { by: actor.sessionId, reason, filter: withoutPeople(filter), revoked: ended.length, hasMore },
      'sessions that fit were revoked by an administrator',
    ),
  )
  return { revokedCount: ended.length, hasMore }
}
