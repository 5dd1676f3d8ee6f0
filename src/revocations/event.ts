import { createHash } from 'node:crypto'
import { idFromBytes, idToBytes } from '../kernel/ids.ts'
import type { ActorKind, AnomalyKind, SessionChange, SessionEndReason } from '../protocol/sessions.ts'

/** Who made something happen to a session. */
export interface Actor {
  readonly kind: ActorKind
  /** The session that the actor acted from; null for the system. */
  readonly sessionId: string | null
}

/** The server itself, as when a limit is reached. */
export const SYSTEM: Actor = { kind: 'SYSTEM', sessionId: null }

/** What every event says. */
interface About {
  readonly userId: string
  readonly sessionId: string
  readonly actor: Actor
}

/** What is to be written to the event log. */
export type NewEvent =
  | (About & { readonly type: 'STARTED' })
  /** What a person sees of a live session is not what it was. Not that it is used: that would be an event with every request. */
  | (About & { readonly type: 'CHANGED'; readonly changes: readonly SessionChange[] })
  | (About & {
      readonly type: 'FLAGGED'
      /** Not where it came from: that stands in the session's row, and is forgotten with it. */
      readonly anomaly: { readonly kind: AnomalyKind; readonly occurredAt: Date }
    })
  | (About & {
      readonly type: 'REVOKED'
      readonly reason: SessionEndReason
      /** The successor; null unless the reason is REPLACED. */
      readonly replacedById: string | null
    })

/** The same, of an event that was told of before it is written: as what. */
export type NewOrForetoldEvent = NewEvent & {
  readonly foretold?: Pick<SessionEvent, 'id' | 'occurredAt'>
}

/** An event as it is delivered: with what identifies it and the cursor to resume behind it. */
export type SessionEvent = NewEvent & {
  /** Unique for ever; what a client deduplicates by. */
  readonly id: string
  readonly occurredAt: Date
  /** Resuming from here loses nothing, and may repeat some. */
  readonly cursor: string
  /** The transaction that wrote it; for the server's own bookkeeping, never sent. */
  readonly xid: bigint
}

/** An event that tells of a session's end. */
export type RevokedEvent = SessionEvent & { readonly type: 'REVOKED' }

/** An event that tells of what was noticed in a session. */
export type FlaggedEvent = SessionEvent & { readonly type: 'FLAGGED' }

/** An event that tells of a change in a session that goes on. */
export type ChangedEvent = SessionEvent & { readonly type: 'CHANGED' }

/**
 * That everyone's sessions ended at once, by one row: what belongs to an older era is over. Subscribers are never sent this, but for each
 * session the event that it stands for: its connections at once, the others when the sweeper has written it.
 */
export interface EverySessionRevoked {
  readonly type: 'EVERY_SESSION_REVOKED'
  readonly id: string
  /** The era that began. */
  readonly era: number
  /** The one session that goes on, in the new era; null if there is none. */
  readonly keptSessionId: string | null
  readonly actor: Actor
  readonly occurredAt: Date
  readonly cursor: string
  readonly xid: bigint
}

/** Whatever stands in the event log. */
export type LogEntry = SessionEvent | EverySessionRevoked

/**
 * The id of the event of one session's end that the end of everyone's stands for: the same wherever and whenever it is made, so that
 * whoever is told of it at once, and again when it is written, can tell that it is one. A UUID of version 8 (RFC 9562 §5.8).
 */
export function endOfEraEventId(everySessionRevokedId: string, sessionId: string): string {
  const bytes = createHash('sha256')
    .update(idToBytes(everySessionRevokedId))
    .update(idToBytes(sessionId))
    .digest()
    .subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return idFromBytes(bytes)
}
