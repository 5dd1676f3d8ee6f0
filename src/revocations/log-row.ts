import {
  type ActorKind,
  ANOMALY_KINDS,
  type LogEntryType,
  SESSION_CHANGES,
  SESSION_EVENT_TYPES,
  type SessionEndReason,
} from '../protocol/sessions.ts'
import { encodeCursor } from './cursor.ts'
import type { LogEntry } from './event.ts'
import type { Snapshot } from './snapshot.ts'

/** A row of the log as it is read. What a newer node wrote may hold words that this one does not know. */
export interface LogRow {
  readonly cluster: string
  readonly id: string
  readonly event_id: string
  readonly xid: string
  readonly type: LogEntryType | (string & {})
  readonly occurred_at: string
  readonly user_id: string | null
  readonly session_id: string | null
  readonly reason: SessionEndReason | null
  readonly actor_kind: ActorKind
  readonly actor_session_id: string | null
  readonly replaced_by_id: string | null
  readonly era: number | null
  readonly anomaly_kind: string | null
  readonly changes: readonly string[] | null
}

/**
 * What a row tells. The cursor of an event may not lie behind a transaction that is still open, or what that one writes would be skipped
 * by whoever resumes. Everything below the horizon (the oldest open transaction) is final, so there the cursor stops. It is as old
 * as its event, however late that was read: what lies behind it is kept from then on, and not from when it was given out.
 * @returns null for what only newer nodes know: during a rolling upgrade it is passed over, and the log is read on behind it
 */
export function toEntry(row: LogRow, { xmin: horizon }: Snapshot): LogEntry | null {
  const xid = BigInt(row.xid)
  const occurredAt = new Date(Number(row.occurred_at))
  const final = xid < horizon
  const position = { cluster: row.cluster, xid: final ? xid : horizon, id: final ? BigInt(row.id) : 0n }
  const common = {
    id: row.event_id,
    occurredAt,
    cursor: encodeCursor(position, occurredAt),
    xid,
    actor: { kind: row.actor_kind, sessionId: row.actor_session_id },
  }
  if (row.type === 'EVERY_SESSION_REVOKED') {
    if (row.era === null) throw new Error(`event ${row.event_id} has no era`)
    return { ...common, type: 'EVERY_SESSION_REVOKED', era: row.era, keptSessionId: row.session_id }
  }
  const type = SESSION_EVENT_TYPES.find((known) => known === row.type)
  if (!type) return null
  if (row.user_id === null || row.session_id === null)
    throw new Error(`event ${row.event_id} is about no session`)
  const about = { ...common, userId: row.user_id, sessionId: row.session_id }
  switch (type) {
    case 'STARTED':
      return { ...about, type: 'STARTED' }
    case 'CHANGED': {
      const changes = SESSION_CHANGES.filter((change) => row.changes?.includes(change))
      return changes.length === 0 ? null : { ...about, type: 'CHANGED', changes }
    }
    case 'FLAGGED': {
      const kind = ANOMALY_KINDS.find((known) => known === row.anomaly_kind)
      return kind ? { ...about, type: 'FLAGGED', anomaly: { kind, occurredAt } } : null
    }
    case 'REVOKED':
      if (!row.reason) throw new Error(`event ${row.event_id} has no reason`)
      return { ...about, type: 'REVOKED', reason: row.reason, replacedById: row.replaced_by_id }
  }
}
