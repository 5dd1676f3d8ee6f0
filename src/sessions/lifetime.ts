import { type CalendarLimit, nextCalendarLimit } from './calendar-limit.ts'
import type { Session } from './session.ts'

/** How long sessions last (in milliseconds), and how many there may be. */
export interface SessionPolicy {
  /** A session without activity ends after this. */
  readonly idleTimeout: number
  /** A session ends after this, whatever its activity. */
  readonly absoluteTimeout: number
  /** The same for a session that its browser forgets when it is closed; the shorter one counts. */
  readonly notRememberedTimeout: number
  /** At the latest a session ends at the next of these moments after sign-in; null: there are none. */
  readonly calendarLimit: CalendarLimit | null
  /** Activity is written at most this often; never more than a quarter of the idle timeout. */
  readonly touchInterval: number
  /** For this long after a factor was presented, the session may do what is most sensitive (ASVS 7.5.3). */
  readonly sensitiveWindow: number
  /** How many live sessions a user may have (ASVS 7.1.2). */
  readonly mostPerUser: number
  /** What becomes of one more: the oldest end for it, or it is refused. */
  readonly beyondLimit: 'end-oldest' | 'refuse'
}

/** What the rules look at. */
export type Lifetime = Pick<Session, 'lastActiveAt' | 'expiresAt'>

/** When a session started now will have to end, at the latest. Fixed then: a change of the policy moves no session's limit. */
export function absoluteLimit(
  policy: SessionPolicy,
  now: Date,
  { remembered }: Pick<Session, 'remembered'>,
): Date {
  const { absoluteTimeout, notRememberedTimeout, calendarLimit } = policy
  const timeout = remembered ? absoluteTimeout : Math.min(absoluteTimeout, notRememberedTimeout)
  const limit = new Date(now.getTime() + timeout)
  const boundary = calendarLimit && nextCalendarLimit(calendarLimit, now)
  return boundary && boundary < limit ? boundary : limit
}

/** When the session ends if nobody uses it from now on. */
export function idleLimit(session: Pick<Session, 'lastActiveAt'>, policy: SessionPolicy): Date {
  return new Date(session.lastActiveAt.getTime() + policy.idleTimeout)
}

/** When the session ends: at the earlier of both limits. */
export function endsAt(session: Lifetime, policy: SessionPolicy): Date {
  const idle = idleLimit(session, policy)
  return idle < session.expiresAt ? idle : session.expiresAt
}

/** Which limit the session has reached; null if neither. The limit itself is the first moment at which it is over. */
export function reachedLimit(
  session: Lifetime,
  policy: SessionPolicy,
  now: Date,
): 'IDLE_TIMEOUT' | 'ABSOLUTE_TIMEOUT' | null {
  const end = endsAt(session, policy)
  if (now < end) return null
  return end < session.expiresAt ? 'IDLE_TIMEOUT' : 'ABSOLUTE_TIMEOUT'
}

/** Whether activity now is worth a write. */
export function needsTouch(session: Lifetime, policy: SessionPolicy, now: Date): boolean {
  return reachedLimit(session, policy, now) === null && session.lastActiveAt <= touchedLongAgo(policy, now)
}

/** Activity that was written then or earlier is worth writing anew. */
export function touchedLongAgo(policy: SessionPolicy, now: Date): Date {
  return new Date(now.getTime() - Math.min(policy.touchInterval, policy.idleTimeout / 4))
}

/** Whether a factor was presented so recently that the session may do what is most sensitive. */
export function isRecentlyVerified(
  session: Pick<Session, 'verifiedAt'>,
  policy: SessionPolicy,
  now: Date,
): boolean {
  return now.getTime() - session.verifiedAt.getTime() < policy.sensitiveWindow
}
