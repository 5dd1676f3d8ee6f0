import type { Clock } from '../../kernel/clock.ts'
import type { Feed } from '../../revocations/feed.ts'

/**
 * For how long this node may believe what it holds after it read the event log: every end that was acknowledged before that read began
 * is known by then, whatever became of the bus, and of the node that made it.
 */
export interface Lease {
  /** In milliseconds. */
  readonly duration: number
  isValid(): boolean
}

/** The lease of a node that shares its database with others. */
export function leaseOn(feed: Feed, clock: Clock, duration: number): Lease {
  return { duration, isValid: () => clock.elapsed() - feed.upToDateSince < duration }
}

/** That of the only process on its database: nothing ends but through it. */
export const ALONE: Lease = { duration: 0, isValid: () => true }
