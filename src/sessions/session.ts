import type { Device } from '../devices/device.ts'
import type { Location, Place } from '../devices/place.ts'
import type { AnomalyKind, Factor, SessionEndReason, SessionTransport } from '../protocol/sessions.ts'

/** One thing that was noticed in a session, and that an honest person's session does not show. */
export interface Anomaly {
  readonly kind: AnomalyKind
  readonly occurredAt: Date
  /** Where it came from, truncated; null if unknown. */
  readonly network: string | null
}

/** Somewhere that a session was seen. */
export interface SeenPlace extends Place {
  readonly firstSeenAt: Date
  /** To the accuracy of the touch interval. */
  readonly lastSeenAt: Date
}

/** One sign-in of one user on one device, live or ended. */
export interface Session {
  readonly id: string
  readonly userId: string
  readonly transport: SessionTransport
  readonly factors: readonly Factor[]
  /** Whether the browser keeps the cookie when it is closed. */
  readonly remembered: boolean
  readonly createdAt: Date
  /** To the accuracy of the touch interval. */
  readonly lastActiveAt: Date
  /** The last time that a factor was presented. */
  readonly verifiedAt: Date
  /** The absolute limit, fixed at sign-in. */
  readonly expiresAt: Date
  /** Set together with `endReason`, once, and never unset. */
  readonly endedAt: Date | null
  readonly endReason: SessionEndReason | null
  /** The session that this one continues after a reverification. */
  readonly replacesId: string | null
  readonly lineageId: string
  readonly device: Device
  /** Where it was started, truncated; null if unknown. */
  readonly network: string | null
  /** Where it was started; null if unknown. */
  readonly location: Location | null
  /** Where it was seen, the last one first: see `places.ts`. */
  readonly places: readonly SeenPlace[]
  /** What was noticed in it, the oldest first. */
  readonly anomalies: readonly Anomaly[]
  /** It is over as soon as there is a later one: see `eras.ts`. */
  readonly era: number
}

/** A session that has ended. */
export type EndedSession = Session & { readonly endedAt: Date; readonly endReason: SessionEndReason }

export function isEnded(session: Session): session is EndedSession {
  return session.endedAt !== null
}
