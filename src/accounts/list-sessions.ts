import { and, desc, eq, gt, lt, lte, or } from 'drizzle-orm'
import { sessions, users } from '../database/tables.ts'
import { type Page, type PageRequest, toPage } from '../kernel/page.ts'
import { hasEnded, hasNotEnded } from '../sessions/eras.ts'
import { fits, type SessionFilter } from '../sessions/filter.ts'
import { endsAt, reachedLimit } from '../sessions/lifetime.ts'
import { sessionColumns, toSession } from '../sessions/rows.ts'
import { isEnded, type Session } from '../sessions/session.ts'
import type { User } from '../users/user.ts'
import { userColumns } from '../users/users.ts'
import type { AccountParts } from './parts.ts'

/** A session and whose it is, as operators and administrators see it. */
export interface OwnedSession {
  readonly session: Session
  readonly user: User
}

/**
 * Lists the sessions that fit, newest first, for an operator or administrator. One past a limit is shown as ended, also if
 * nobody has noticed yet: a list only reads.
 */
export async function listOwnedSessions(
  { database, sessions: { policy }, clock }: AccountParts,
  filter: SessionFilter,
  page: PageRequest,
): Promise<Page<OwnedSession>> {
  const now = clock.now()
  const idleSince = new Date(now.getTime() - policy.idleTimeout)
  const live = and(hasNotEnded(), gt(sessions.lastActiveAt, idleSince), gt(sessions.expiresAt, now))
  const over = or(hasEnded(), lte(sessions.lastActiveAt, idleSince), lte(sessions.expiresAt, now))
  const rows = await database.queries
    .select({ session: sessionColumns, user: userColumns })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        fits(filter),
        filter.state === 'ACTIVE' ? live : undefined,
        filter.state === 'ENDED' ? over : undefined,
        page.after === null ? undefined : lt(sessions.id, page.after),
      ),
    )
    .orderBy(desc(sessions.id))
    .limit(page.size + 1)
  const owned = rows.map(({ session, user }) => ({ session: asOf(toSession(session), policy, now), user }))
  return toPage(owned, page)
}

function asOf(session: Session, policy: AccountParts['sessions']['policy'], now: Date): Session {
  const endReason = isEnded(session) ? null : reachedLimit(session, policy, now)
  return endReason === null ? session : { ...session, endedAt: endsAt(session, policy), endReason }
}
