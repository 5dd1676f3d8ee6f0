import { type SQL, sql } from 'drizzle-orm'
import { type Database, rowsOf, type Transaction } from '../database/database.ts'
import { events } from '../database/tables.ts'
import type { Clock } from '../kernel/clock.ts'
import { Fault } from '../kernel/fault.ts'
import { newId } from '../kernel/ids.ts'
import type { Bus } from './bus/bus.ts'
import { clusterFingerprint, decodeCursor, encodeCursor } from './cursor.ts'
import type { EverySessionRevoked, LogEntry, NewOrForetoldEvent, SessionEvent } from './event.ts'
import { type LogRow, toEntry } from './log-row.ts'
import { parseSnapshot } from './snapshot.ts'
import { RETENTION_MARGIN } from './sweep.ts'

/**
 * Names the cluster, timeline and table that transaction ids stand for: they begin anew in a cluster that a dump is restored
 * into, may be given out again after a fail-over to a replica that had not received the last of them, and go on where a dump
 * is restored beside the database that it was made of, without what happened since.
 */
const CLUSTER = sql`(pg_control_system()).system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'events'::regclass::oid`

/** Where and when a row of the log is written. */
const HERE_AND_NOW = { cluster: sql`${CLUSTER}`, xid: sql`pg_current_xact_id()` } as const

/** Rows of one INSERT; PostgreSQL takes at most 65,535 parameters a statement. */
const INSERT_BATCH = 1_000
/** Rows of one read, so that a long catch-up is held in memory one page at a time. */
const READ_BATCH = 500

/**
 * How far a reader has come: a snapshot, which says of each transaction whether it had committed. "What is visible now and
 * was not then" is exactly what is new, however the transactions in between overlapped. A sequence number cannot say that:
 * numbers are handed out before commit, so a smaller one can appear after a larger one was read.
 */
export interface LogPosition {
  readonly cluster: string
  /** A `pg_snapshot` in its text form. */
  readonly snapshot: string
  /** Set in the middle of a long catch-up: the snapshot that it goes up to, and the last event that was read. */
  readonly partial: { readonly until: string; readonly xid: string; readonly id: string } | null
}

/** One read of what is new. */
export interface LogBatch {
  readonly events: readonly LogEntry[]
  /** Where to read on. */
  readonly position: LogPosition
  /** Whether there may be more to read already. */
  readonly more: boolean
}

/** A row of a read: an event beside where the log stood, or that alone if there was none. */
type Row = { readonly cluster: string; readonly snapshot: string } & (LogRow | { readonly id: null })

/** What has to know of ends before whoever made them is answered. Nothing of it may reject. */
export interface EndWitness {
  /** These sessions have ended. */
  end(sessionIds: readonly string[]): Promise<void>
  /** Those of older eras have. */
  endBefore(era: number): Promise<void>
}

/** Which events a replay is about. */
export interface ReplayFilter {
  /** Null: everyone's. */
  readonly userId: string | null
}

/** The log of everything that happened to sessions: the truth behind every push. */
export class EventLog {
  readonly #database: Database
  readonly #bus: Bus
  readonly #clock: Clock
  readonly #witnesses: EndWitness[] = []
  /** How long events are kept (milliseconds). */
  readonly retention: number

  constructor(parts: { database: Database; bus: Bus; clock: Clock; retention: number }) {
    this.#database = parts.database
    this.#bus = parts.bus
    this.#clock = parts.clock
    this.retention = parts.retention
  }

  /** From now on whoever ends a session is answered only when this has been told, after the commit, and has done what it has to. */
  tellBeforeAnswering(witness: EndWitness): void {
    this.#witnesses.push(witness)
  }

  /** Writes events in the transaction of the change that they tell of, and wakes the nodes once that commits. */
  async record(transaction: Transaction, newEvents: readonly NewOrForetoldEvent[]): Promise<void> {
    if (newEvents.length === 0) return
    const now = this.#clock.now()
    for (let start = 0; start < newEvents.length; start += INSERT_BATCH) {
      const rows = newEvents.slice(start, start + INSERT_BATCH).map((event) => ({
        ...HERE_AND_NOW,
        eventId: event.foretold?.id ?? newId(now),
        type: event.type,
        occurredAt: datedBack(occurrenceOf(event) ?? now, now),
        userId: event.userId,
        sessionId: event.sessionId,
        reason: event.type === 'REVOKED' ? event.reason : null,
        actorKind: event.actor.kind,
        actorSessionId: event.actor.sessionId,
        replacedById: event.type === 'REVOKED' ? event.replacedById : null,
        anomalyKind: event.type === 'FLAGGED' ? event.anomaly.kind : null,
        changes: event.type === 'CHANGED' ? [...event.changes] : null,
      }))
      await transaction.queries.insert(events).values(rows)
    }
    await this.#bus.announce(transaction)
    const ended = newEvents.filter(({ type }) => type === 'REVOKED').map(({ sessionId }) => sessionId)
    if (ended.length > 0) this.#tellOnCommit(transaction, (witness) => witness.end(ended))
  }

  /** Writes that an era began, in the transaction that begins it, and wakes the nodes once that commits. */
  async recordEverySessionRevoked(
    transaction: Transaction,
    event: Pick<EverySessionRevoked, 'id' | 'era' | 'keptSessionId' | 'actor' | 'occurredAt'>,
  ): Promise<void> {
    await transaction.queries.insert(events).values({
      ...HERE_AND_NOW,
      eventId: event.id,
      type: 'EVERY_SESSION_REVOKED',
      occurredAt: event.occurredAt,
      sessionId: event.keptSessionId,
      actorKind: event.actor.kind,
      actorSessionId: event.actor.sessionId,
      era: event.era,
    })
    await this.#bus.announce(transaction)
    this.#tellOnCommit(transaction, (witness) => witness.endBefore(event.era))
  }

  /** Others have ended these, perhaps so lately that not everybody knows: whoever finds that out answers as if it had done so itself. */
  tellOfOthers(transaction: Transaction, sessionIds: readonly string[]): void {
    if (sessionIds.length > 0) this.#tellOnCommit(transaction, (witness) => witness.end(sessionIds))
  }

  #tellOnCommit(transaction: Transaction, tell: (witness: EndWitness) => Promise<void>): void {
    for (const witness of this.#witnesses) transaction.onCommit(() => tell(witness))
  }

  /** The sessions whose ends are dated then or later, in batches. */
  async *endedSince(since: Date): AsyncGenerator<readonly string[], void, undefined> {
    let last = { occurredAt: since.toISOString(), id: '0' }
    for (;;) {
      const result = await this.#database.queries.execute(sql`
        SELECT e.id::text AS id, e.session_id, e.occurred_at::text AS occurred_at FROM events e
        WHERE e.type = 'REVOKED' AND (e.occurred_at, e.id) > (${last.occurredAt}::timestamptz, ${last.id}::bigint)
        ORDER BY e.occurred_at, e.id LIMIT ${READ_BATCH}`)
      const rows = rowsOf<{ id: string; session_id: string; occurred_at: string }>(result)
      yield rows.map(({ session_id }) => session_id)
      const end = rows.at(-1)
      if (!end || rows.length < READ_BATCH) return
      last = { occurredAt: end.occurred_at, id: end.id }
    }
  }

  /** Where the log ends now, for a reader that starts. */
  async end(): Promise<LogPosition> {
    const [head] = await this.#page([sql`FALSE`], null)
    return { cluster: head.cluster, snapshot: head.snapshot, partial: null }
  }

  /** The cursor of this moment: whoever resumes behind it misses nothing that happens from now on. */
  async currentCursor(): Promise<string> {
    const { cluster, snapshot } = await this.end()
    return encodeCursor({ cluster, xid: parseSnapshot(snapshot).xmin, id: 0n }, this.#clock.now())
  }

  /**
   * The next batch of what became visible since the position; each event comes once.
   * @returns null if the position belongs to another cluster, or to a future that this one lost: what happened in between
   * cannot be told
   */
  async readSince(since: LogPosition): Promise<LogBatch | null> {
    const until = since.partial
      ? sql`AND pg_visible_in_snapshot(e.xid, ${since.partial.until}::pg_snapshot)`
      : sql``
    const before = parseSnapshot(since.snapshot)
    const page = await this.#page(
      // two ranges of the index: behind a transaction that stays open for long, what was read is not gone through again and again
      [
        sql`e.xid = ANY(${`{${before.open.join(',')}}`}::xid8[]) ${until}`,
        sql`e.xid >= ${String(before.xmax)}::xid8 ${until}`,
      ],
      since.partial,
    )
    const { cluster, snapshot: now } = page[0]
    if (cluster !== since.cluster || parseSnapshot(now).xmax < before.xmax) return null
    const snapshot = since.partial?.until ?? now
    const rows = page.filter(isEvent)
    const last = rows.length === READ_BATCH ? rows.at(-1) : undefined
    return {
      events: this.#toEntries(rows, snapshot),
      position: last
        ? { cluster, snapshot: since.snapshot, partial: { until: snapshot, xid: last.xid, id: last.id } }
        : { cluster, snapshot, partial: null },
      // behind a long catch-up lies what came since it began
      more: last !== undefined || since.partial !== null,
    }
  }

  /**
   * Everything that a subscriber missed since it was given the cursor, oldest first, in batches, as of one snapshot.
   * @throws Fault CURSOR_EXPIRED if the cursor is older than the retention, belongs to another cluster, or to a future that this
   * one lost; BAD_USER_INPUT if it is none
   */
  async *replay(
    after: string,
    filter: ReplayFilter,
  ): AsyncGenerator<readonly SessionEvent[], void, undefined> {
    const cursor = decodeCursor(after)
    if (!cursor) {
      throw new Fault(
        'BAD_USER_INPUT',
        'after: this is not a cursor that this server gave out; leave it out to start from now.',
      )
    }
    if (this.#clock.now().getTime() - cursor.keptSince.getTime() > this.retention) throw cursorExpired()
    const mine = filter.userId === null ? sql`e.era IS NULL` : sql`e.user_id = ${filter.userId}`
    let last = { xid: String(cursor.xid), id: String(cursor.id) }
    // one snapshot for all pages: what commits meanwhile belongs to the live feed, and no cursor may claim that it was sent
    let until: string | null = null
    for (;;) {
      const visible: SQL =
        until === null ? sql`` : sql`AND pg_visible_in_snapshot(e.xid, ${until}::pg_snapshot)`
      const page = await this.#page([sql`${mine} ${visible}`], last)
      const head = page[0]
      if (clusterFingerprint(head.cluster) !== cursor.clusterFingerprint) throw cursorExpired()
      // a cluster that was put back to an earlier state of itself
      if (parseSnapshot(head.snapshot).xmax < cursor.xid) throw cursorExpired()
      until ??= head.snapshot
      const rows = page.filter(isEvent)
      yield this.#toEntries(rows, until).filter(isSessionEvent)
      last = rows.at(-1) ?? last
      if (rows.length < READ_BATCH) return
    }
  }

  /**
   * One page in the log's order, of events to which one of the conditions applies; if there are none, one row that holds the
   * cluster and the snapshot alone.
   */
  async #page(
    conditions: readonly SQL[],
    after: { xid: string; id: string } | null,
  ): Promise<readonly [Row, ...Row[]]> {
    const behind = after ? sql`AND (e.xid, e.id) > (${after.xid}::xid8, ${after.id}::bigint)` : sql``
    const ranges = conditions.map(
      (condition) => sql`(
        SELECT * FROM events e WHERE e.cluster = here.cluster AND ${condition} ${behind}
        ORDER BY e.xid, e.id LIMIT ${READ_BATCH}
      )`,
    )
    const result = await this.#database.queries.execute(sql`
      WITH here AS MATERIALIZED (
        SELECT ${CLUSTER} AS cluster, pg_current_snapshot() AS snapshot
      )
      SELECT here.cluster, here.snapshot::text AS snapshot,
        e.id::text AS id, e.event_id, e.xid::text AS xid, e.type,
        (extract(epoch FROM e.occurred_at) * 1000)::bigint::text AS occurred_at,
        e.user_id, e.session_id, e.reason, e.actor_kind, e.actor_session_id, e.replaced_by_id, e.era,
        e.anomaly_kind, e.changes
      FROM here LEFT JOIN LATERAL (
        SELECT * FROM (${sql.join(ranges, sql` UNION ALL `)}) e ORDER BY e.xid, e.id LIMIT ${READ_BATCH}
      ) e ON TRUE
      ORDER BY e.xid, e.id`)
    const [head, ...rest] = rowsOf<Row>(result)
    if (!head) throw new Error('the database answered without a row')
    return [head, ...rest]
  }

  #toEntries(rows: readonly EventRow[], snapshot: string): readonly LogEntry[] {
    const parsed = parseSnapshot(snapshot)
    return rows.map((row) => toEntry(row, parsed)).filter((entry) => entry !== null)
  }
}

type EventRow = Row & LogRow

function isEvent(row: Row): row is EventRow {
  return row.id !== null
}

function isSessionEvent(entry: LogEntry): entry is SessionEvent {
  return entry.type !== 'EVERY_SESSION_REVOKED'
}

/** When it happened, if that was before it is written. */
function occurrenceOf(event: NewOrForetoldEvent): Date | undefined {
  return event.type === 'FLAGGED' ? event.anomaly.occurredAt : event.foretold?.occurredAt
}

/** An event is kept for so long from its date on: one that is written long after is dated back by no more than it is kept beyond its time. */
function datedBack(occurredAt: Date, now: Date): Date {
  return new Date(Math.max(occurredAt.getTime(), now.getTime() - RETENTION_MARGIN / 2))
}

function cursorExpired(): Fault {
  return new Fault(
    'CURSOR_EXPIRED',
    'after: events since this cursor are no longer kept; load the current state again, then subscribe without it.',
  )
}
