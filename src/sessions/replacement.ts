import type { Session } from './session.ts'

/**
 * How long after a replacement the old credential still counts as this browser's (milliseconds): requests and connections
 * that were under way when another tab reverified carry it.
 */
export const REPLACEMENT_GRACE = 30_000

/** Whether the session gave way to a successor so recently that its credential may still be under way. */
export function wasJustReplaced(session: Pick<Session, 'endReason' | 'endedAt'>, now: Date): boolean {
  return (
    session.endReason === 'REPLACED' &&
    session.endedAt !== null &&
    now.getTime() - session.endedAt.getTime() < REPLACEMENT_GRACE
  )
}

/**
 * Whether leaving this session (signing out, or signing in over it) has something to end: itself, or the successor that took
 * its place a moment ago and that the same browser holds.
 */
export function canBeLeft(session: Pick<Session, 'endReason' | 'endedAt'>, now: Date): boolean {
  return session.endedAt === null || wasJustReplaced(session, now)
}
