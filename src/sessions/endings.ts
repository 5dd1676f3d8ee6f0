import { and, desc, eq, gt, inArray, lte, ne, or, type SQL, sql } from 'drizzle-orm'
import { type Database, rowsOf, type Transaction } from '../database/database.ts'
import { sessionEras, sessions } from '../database/tables.ts'
import type { Clock } from '../kernel/clock.ts'
import { newId } from '../kernel/ids.ts'
import type { SessionEndReason } from '../protocol/sessions.ts'
import { type Actor, endOfEraEventId, SYSTEM } from '../revocations/event.ts'
import type { EventLog } from '../revocations/event-log.ts'
import { currentEra, endedAt, endReason, hasNotEnded, isOfPastEra, isOfThisEra, rowIsOpen } from './eras.ts'
import { fits, fitsOnlyEnded, type SessionFilter } from './filter.ts'
import { reachedLimit, type SessionPolicy } from './lifetime.ts'
import { type SessionRow, sessionColumns, toSession } from './rows.ts'
import { type EndedSession, isEnded } from './session.ts'

/** How sessions are ended: why, by whom, and for a replacement by which successor. */
export interface Ending {
  readonly reason: SessionEndReason
  readonly actor: Actor
  readonly replacedById?: string
}

/** Who ends everyone's sessions, and why. */
export interface EndOfAll {
  readonly actor: Actor
  /** For whoever looks into it later. */
  readonly reason: string
  /** Whether the session that it is done from goes on. */
  readonly keepCurrent: boolean
}

/** A line of sessions, of which one at most is live, and whose it is. */
export interface Lineage {
  readonly lineageId: string
  readonly userId: string
}

/** Any fixed numbers: they name the lock of whoever begins an era, and the one that is shared by all who start a session. */
const ERA_LOCK = 4_268_733_2
const START_LOCK = 4_268_733_3

/** How often, and how many milliseconds apart, it is looked whether sessions that were being started have been. */
const LOOKS = 50
const LOOK_INTERVAL = 20

/** What sessions work with. */
export interface SessionParts {
  readonly database: Database
  readonly log: EventLog
  readonly clock: Clock
  readonly policy: SessionPolicy
}

/** Whoever ended a session has told every cache of it by then, or the caches have forgotten what they held (milliseconds). */
export const LATELY = 60_000

/**
 * Every way in which single sessions end. Each write requires in its own statement that the session has not ended, by itself or with
 * its era, so an end is final and happens once; each writes its event in the same transaction.
 */
export class SessionEndings {
  protected readonly database: Database
  protected readonly log: EventLog
  protected readonly clock: Clock
  readonly policy: SessionPolicy

  constructor(parts: SessionParts) {
    this.database = parts.database
    this.log = parts.log
    this.clock = parts.clock
    this.policy = parts.policy
  }

  /** Ends one session; null if it had ended before. */
  async end(transaction: Transaction, sessionId: string, ending: Ending): Promise<EndedSession | null> {
    const [ended] = await this.#end(transaction, eq(sessions.id, sessionId), ending)
    return ended ?? null
  }

  /**
   * Ends the live session of a chain of replacements, whichever it is now, but for one if it is named; null if there is none.
   * The caller holds the user's lock, so that no replacement is under way.
   */
  async endLineage(
    transaction: Transaction,
    lineageId: string,
    ending: Ending,
    { except }: { except?: string } = {},
  ): Promise<EndedSession | null> {
    const others = except === undefined ? undefined : ne(sessions.id, except)
    const [ended] = await this.#end(
      transaction,
      and(eq(sessions.lineageId, lineageId), others) ?? sql`FALSE`,
      ending,
    )
    return ended ?? null
  }

  /** Ends all live sessions of a user, but for one if it is named. The caller holds the user's lock. */
  async endAll(
    transaction: Transaction,
    userId: string,
    ending: Ending,
    { except }: { except?: string } = {},
  ): Promise<readonly EndedSession[]> {
    const others = except === undefined ? undefined : ne(sessions.id, except)
    return this.#end(transaction, and(eq(sessions.userId, userId), others) ?? sql`FALSE`, ending)
  }

  /**
   * Ends everyone's sessions with one row: a new era begins, and whatever belongs to an older one is over for every look and every write.
   * It waits for nobody but another one who does the same. A session that is being started or replaced at that moment has the era of
   * when it was decided on, and is over as well.
   * @returns when they ended; null if the session that it is done from was over by then, in which case nothing may be committed
   */
  async endEvery(
    transaction: Transaction,
    { actor, reason, keepCurrent }: EndOfAll,
  ): Promise<{ readonly endedAt: Date } | null> {
    const { queries } = transaction
    await queries.execute(sql`SELECT pg_advisory_xact_lock(${ERA_LOCK})`)
    if (actor.sessionId !== null) {
      // whoever did the same before us ended our session too
      const current = and(eq(sessions.id, actor.sessionId), hasNotEnded())
      const [live] = await queries.select({ id: sessions.id }).from(sessions).where(current)
      if (!live) return null
    }
    const now = this.clock.now()
    const [begun] = await queries
      .insert(sessionEras)
      .values({
        era: sql`${currentEra} + 1`,
        eventId: newId(now),
        beganAt: now,
        reason,
        actorKind: actor.kind,
        actorSessionId: actor.sessionId,
      })
      .returning({ id: sessionEras.eventId, era: sessionEras.era })
    if (!begun) throw new Error('the new era was not returned')
    const keptSessionId = keepCurrent ? actor.sessionId : null
    if (keptSessionId !== null) {
      await queries
        .update(sessions)
        .set({ era: begun.era })
        // it has not ended, as we have just seen; that its era is over by now is our own doing
        .where(and(eq(sessions.id, keptSessionId), rowIsOpen()))
    }
    await this.log.recordEverySessionRevoked(transaction, { ...begun, keptSessionId, actor, occurredAt: now })
    return { endedAt: now }
  }

  /**
   * Writes into the rows what everyone's end has made true before: that they ended, when and why, with an event for each; at most so
   * many. Several nodes may do it at once.
   * @returns how many it wrote
   */
  async endPastEras(limit: number): Promise<number> {
    return this.database.transaction(async (transaction) => {
      const { queries } = transaction
      const past = await queries
        .select({ id: sessions.id, era: sessions.era })
        .from(sessions)
        .where(isOfPastEra())
        .orderBy(sessions.era, sessions.id)
        .limit(limit)
        .for('no key update', { skipLocked: true })
      const oldest = past[0]
      if (!oldest) return 0
      const eras = await queries
        .select()
        .from(sessionEras)
        .where(gt(sessionEras.era, oldest.era))
        .orderBy(sessionEras.era)
      const ids = past.map(({ id }) => id)
      const rows = await queries
        .update(sessions)
        // what every look has been told since
        .set({ endedAt, endReason })
        .where(and(inArray(sessions.id, ids), rowIsOpen()))
        .returning(sessionColumns)
      const ended = rows.map(toSession).filter(isEnded)
      await this.log.record(
        transaction,
        ended.map((session) => {
          const next = eras.find(({ era }) => era > session.era)
          if (!next) throw new Error('the era of a session is not over')
          const foretold = { id: endOfEraEventId(next.eventId, session.id), occurredAt: session.endedAt }
          return {
            type: 'REVOKED' as const,
            userId: session.userId,
            sessionId: session.id,
            reason: session.endReason,
            actor: { kind: next.actorKind, sessionId: next.actorSessionId },
            replacedById: null,
            foretold,
          }
        }),
      )
      return past.length
    })
  }

  /** The lines of live sessions that fit the filter, at most so many, the oldest first. */
  async findLineages(
    filter: SessionFilter,
    { limit, except }: { limit: number; except: string | null },
  ): Promise<readonly Lineage[]> {
    return this.database.queries
      .select({ lineageId: sessions.lineageId, userId: sessions.userId })
      .from(sessions)
      .where(and(fits(filter), hasNotEnded(), except === null ? undefined : ne(sessions.lineageId, except)))
      .orderBy(sessions.era, sessions.id)
      .limit(limit)
  }

  /**
   * Ends the live sessions of lines that were found to fit the filter. Those that took the place of what was found are ended with them, but
   * not those that somebody has used since if the filter is about that. The caller holds the users' locks.
   */
  async endLineages(
    transaction: Transaction,
    lineages: readonly Lineage[],
    { lastActiveBefore = null }: SessionFilter,
    ending: Ending,
  ): Promise<readonly EndedSession[]> {
    if (lineages.length === 0) return []
    const ids = inArray(
      sessions.lineageId,
      lineages.map(({ lineageId }) => lineageId),
    )
    return this.#end(transaction, and(ids, fits({ lastActiveBefore })) ?? sql`FALSE`, ending)
  }

  /** Whether a live session fits the filter. */
  async isFitting(transaction: Transaction, sessionId: string, filter: SessionFilter): Promise<boolean> {
    if (fitsOnlyEnded(filter)) return false
    const found = await transaction.queries
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(eq(sessions.id, sessionId), fits(filter), hasNotEnded()))
    return found.length > 0
  }

  /** To be called in a transaction before it decides on a session that it starts: see {@link untilStarted}. */
  protected async beginStart({ queries }: Transaction): Promise<void> {
    await queries.execute(sql`SELECT pg_advisory_xact_lock_shared(${START_LOCK})`)
  }

  /**
   * Resolves when the sessions that are being started now can be seen, or never will be. Nobody waits for this: it only looks on.
   * @returns false if one is not done after a while
   */
  async untilStarted(): Promise<boolean> {
    const { queries } = this.database
    const starting = sql`SELECT virtualtransaction AS id FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid, objid, objsubid) = (0, ${START_LOCK}, 1)`
    const ids = rowsOf<{ id: string }>(await queries.execute(starting)).map(({ id }) => id)
    for (let looks = 0; ids.length > 0; looks++) {
      const still = sql`${starting} AND virtualtransaction = ANY(${`{${ids.join(',')}}`}::text[])`
      if (rowsOf(await queries.execute(still)).length === 0) return true
      if (looks === LOOKS) return false
      await queries.execute(sql`SELECT pg_sleep(${LOOK_INTERVAL / 1_000}::float8)`)
    }
    return true
  }

  /**
   * Whether the user has as many live sessions as are allowed. The caller holds the user's lock.
   * @param leaving a line of sessions that is about to end, and takes no place
   */
  async isFull(transaction: Transaction, userId: string, leaving: string | null): Promise<boolean> {
    const live = await transaction.queries
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(this.#livingOf(userId), leaving === null ? undefined : ne(sessions.lineageId, leaving)))
      .limit(this.policy.mostPerUser)
    return live.length >= this.policy.mostPerUser
  }

  /** Ends the oldest live sessions of a user beyond those that are allowed, the one just started aside. The caller holds the user's lock. */
  async endBeyondLimit(
    transaction: Transaction,
    userId: string,
    { except }: { except: string },
  ): Promise<readonly EndedSession[]> {
    const beyond = await transaction.queries
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(this.#livingOf(userId), ne(sessions.id, except)))
      // ids begin with the time that they were made at
      .orderBy(desc(sessions.id))
      .offset(this.policy.mostPerUser - 1)
    if (beyond.length === 0) return []
    const ids = beyond.map(({ id }) => id)
    return this.#end(transaction, inArray(sessions.id, ids), { reason: 'SESSION_LIMIT', actor: SYSTEM })
  }

  /**
   * The sessions of a user that take a place. Those that are over without anybody having noticed take none; they are left to whoever
   * notices, because a sweep may be ending them in this moment, and nobody who signs in is to wait for it.
   */
  #livingOf(userId: string): SQL | undefined {
    const now = this.clock.now()
    return and(
      eq(sessions.userId, userId),
      hasNotEnded(),
      gt(sessions.lastActiveAt, this.idleSince(now)),
      gt(sessions.expiresAt, now),
    )
  }

  async #end(transaction: Transaction, condition: SQL, ending: Ending): Promise<readonly EndedSession[]> {
    const now = this.clock.now()
    const rows = await this.#lock(transaction, condition)
    await this.#tellOfOthers(transaction, condition, now)
    // a session past a limit ended then, and for that reason; whoever ends it now is only the first to notice
    await this.#endOver(transaction, rows, now)
    const rest = rows.filter((row) => reachedLimit(row, this.policy, now) === null)
    return this.#write(transaction, rest, ending, now)
  }

  /**
   * What somebody else has ended a moment ago counts as ended by this one too: they may not have told every cache yet, and whoever is
   * answered now has been told that it is over.
   */
  async #tellOfOthers(transaction: Transaction, condition: SQL, now: Date): Promise<void> {
    const lately = gt(sessions.endedAt, new Date(now.getTime() - LATELY))
    const others = await transaction.queries
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(condition, or(lately, isOfPastEra())))
    this.log.tellOfOthers(
      transaction,
      others.map(({ id }) => id),
    )
  }

  /** Ends those sessions among the matching ones that have reached a limit, with an event for each; once, whoever notices. */
  async endTimedOut(condition: SQL): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const now = this.clock.now()
      const overdue = or(lte(sessions.lastActiveAt, this.idleSince(now)), lte(sessions.expiresAt, now))
      await this.#endOver(transaction, await this.#lock(transaction, and(condition, overdue)), now)
    })
  }

  /** Ends those sessions of a user that have reached a limit, so that a list of them shows what is true. */
  async endTimedOutOf(userId: string): Promise<void> {
    await this.endTimedOut(eq(sessions.userId, userId))
  }

  /**
   * Ends sessions that have reached a limit without anybody coming by, at most so many, the longest over first; several nodes may do
   * it at once. It passes over what somebody else holds, so it waits for nobody and is part of no deadlock.
   * @returns how many it ended
   */
  async endOverdue(limit: number): Promise<number> {
    return this.database.transaction(async (transaction) => {
      const now = this.clock.now()
      const idleSince = this.idleSince(now)
      const rows: SessionRow[] = []
      // one after the other: each limit has an index of its own, and its order is what keeps the planner to it
      for (const [limited, reached] of [
        [sessions.lastActiveAt, lte(sessions.lastActiveAt, idleSince)],
        [sessions.expiresAt, and(lte(sessions.expiresAt, now), gt(sessions.lastActiveAt, idleSince))],
      ] as const) {
        if (rows.length === limit) break
        rows.push(
          ...(await transaction.queries
            .select(sessionColumns)
            .from(sessions)
            .where(and(hasNotEnded(), reached))
            .orderBy(limited)
            .limit(limit - rows.length)
            .for('no key update', { skipLocked: true })),
        )
      }
      return this.#endOver(transaction, rows, now)
    })
  }

  /**
   * Locks the live sessions among the matching ones. Whoever waits for several always does so in the same order, or two who need the
   * same ones could wait for each other.
   */
  #lock(transaction: Transaction, condition: SQL | undefined): Promise<readonly SessionRow[]> {
    return transaction.queries
      .select(sessionColumns)
      .from(sessions)
      .where(and(condition, hasNotEnded()))
      .orderBy(sessions.id)
      .for('no key update')
  }

  /** Ends those of the locked sessions that have reached a limit. @returns how many */
  async #endOver(transaction: Transaction, locked: readonly SessionRow[], now: Date): Promise<number> {
    let count = 0
    for (const reason of ['IDLE_TIMEOUT', 'ABSOLUTE_TIMEOUT'] as const) {
      const over = locked.filter((row) => reachedLimit(row, this.policy, now) === reason)
      count += (await this.#write(transaction, over, { reason, actor: SYSTEM }, now)).length
    }
    return count
  }

  /** Writes the end of locked sessions, and its events. */
  async #write(
    transaction: Transaction,
    locked: readonly SessionRow[],
    { reason, actor, replacedById }: Ending,
    now: Date,
  ): Promise<readonly EndedSession[]> {
    if (locked.length === 0) return []
    const ids = locked.map(({ id }) => id)
    const rows = await transaction.queries
      .update(sessions)
      .set({ endedAt: now, endReason: reason })
      .where(and(inArray(sessions.id, ids), rowIsOpen(), isOfThisEra()))
      .returning(sessionColumns)
    const ended = rows.map(toSession).filter(isEnded)
    await this.log.record(
      transaction,
      ended.map(({ id, userId }) => ({
        type: 'REVOKED' as const,
        userId,
        sessionId: id,
        reason,
        actor,
        replacedById: replacedById ?? null,
      })),
    )
    return ended
  }

  /** A session last active then or earlier is over. */
  protected idleSince(now: Date): Date {
    return new Date(now.getTime() - this.policy.idleTimeout)
  }
}
