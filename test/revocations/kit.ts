import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { expect } from 'vitest'
import { type Database, rowsOf, type Transaction } from '../../src/database/database.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import type { Bus } from '../../src/revocations/bus/bus.ts'
import { memoryBus } from '../../src/revocations/bus/memory.ts'
import { type NewEvent, type SessionEvent, SYSTEM } from '../../src/revocations/event.ts'
import { EventLog } from '../../src/revocations/event-log.ts'
import { Feed, type Follower } from '../../src/revocations/feed.ts'
import { MovableClock } from '../kit/clock.ts'

export const DAY = 86_400_000 // ms

/** An event log and a feed on it, with nothing else in the house. */
export interface Stage extends AsyncDisposable {
  readonly log: EventLog
  readonly feed: Feed
  readonly clock: MovableClock
  /** Messages of the log. */
  readonly messages: readonly string[]
}

/** Starts a feed. With the memory bus it is woken by what this process writes through the stage's own log. */
export async function startStage(
  database: Database,
  options: { bus?: Bus; clock?: MovableClock; pollInterval?: number } = {},
): Promise<Stage> {
  const clock = options.clock ?? new MovableClock()
  const bus = options.bus ?? memoryBus()
  const messages: string[] = []
  const logger = createLogger('debug', {
    write: (line) => messages.push((JSON.parse(line) as { msg: string }).msg),
  })
  const log = new EventLog({ database, bus, clock, retention: 30 * DAY })
  const feed = new Feed({ log, bus, clock, logger, pollInterval: options.pollInterval ?? DAY })
  await feed.start()
  return {
    log,
    feed,
    clock,
    messages,
    [Symbol.asyncDispose]: async () => {
      await feed[Symbol.asyncDispose]()
      await bus[Symbol.asyncDispose]()
    },
  }
}

/** A follower that keeps what it hears. */
export class Collector implements Follower {
  readonly events: SessionEvent[] = []
  gaps = 0

  onEvent(event: SessionEvent): void {
    this.events.push(event)
  }

  onEverySessionRevoked(): void {}

  onGap(): void {
    this.gaps += 1
  }

  get sessionIds(): readonly string[] {
    return this.events.map(({ sessionId }) => sessionId)
  }

  /** Resolves when it has heard of these sessions, each once and in any order, and of no other. */
  async hasExactly(sessionIds: readonly string[]): Promise<void> {
    await expect.poll(() => this.events.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(sessionIds.length)
    expect([...this.sessionIds].sort()).toEqual([...sessionIds].sort())
    expect(new Set(this.events.map(({ id }) => id)).size).toBe(sessionIds.length)
  }
}

/** The end of a session that nobody ever started; its id tells it from others. */
export function anyEnd(userId: string = randomUUID()): NewEvent & { readonly type: 'REVOKED' } {
  return {
    type: 'REVOKED',
    userId,
    sessionId: randomUUID(),
    actor: SYSTEM,
    reason: 'SIGNED_OUT',
    replacedById: null,
  }
}

/** Writes events, each in a transaction of its own or all in one, and returns the ids of their sessions. */
export async function write(
  database: Database,
  log: EventLog,
  count: number,
  { together = false, userId }: { together?: boolean; userId?: string } = {},
): Promise<readonly string[]> {
  const ends = Array.from({ length: count }, () => anyEnd(userId))
  if (together) await database.transaction((transaction) => log.record(transaction, ends))
  else for (const end of ends) await database.transaction((transaction) => log.record(transaction, [end]))
  return ends.map(({ sessionId }) => sessionId)
}

/** A transaction that is kept open. */
export interface Held {
  readonly transaction: Transaction
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** Begins a transaction that has its number already, does the work in it, and keeps it open. */
export async function hold(
  database: Database,
  work: (transaction: Transaction) => Promise<void> = async () => {},
): Promise<Held> {
  const begun = Promise.withResolvers<Transaction>()
  const gate = Promise.withResolvers<void>()
  const rolledBack = new Error('rolled back by the test')
  const done = database.transaction(async (transaction) => {
    await transaction.queries.execute(sql`SELECT pg_current_xact_id()`)
    await work(transaction)
    begun.resolve(transaction)
    await gate.promise
  })
  done.catch(begun.reject)
  return {
    transaction: await begun.promise,
    commit: () => {
      gate.resolve()
      return done
    },
    rollback: async () => {
      gate.reject(rolledBack)
      await done.catch((error: unknown) => expect(error).toBe(rolledBack))
    },
  }
}

/** The numbers of the events in the order in which they were handed out, with their transactions. */
export async function storedEvents(
  database: Database,
): Promise<readonly { id: number; xid: number; sessionId: string }[]> {
  return rowsOf<{ id: string; xid: string; session_id: string }>(
    await database.queries.execute(
      sql`SELECT id::text AS id, xid::text AS xid, session_id FROM events ORDER BY events.id`,
    ),
  ).map(({ id, xid, session_id }) => ({ id: Number(id), xid: Number(xid), sessionId: session_id }))
}

/** Everything that a replay brings, batch by batch. */
export async function replayAll(log: EventLog, after: string, userId: string | null = null) {
  const events: SessionEvent[] = []
  for await (const batch of log.replay(after, { userId })) events.push(...batch)
  return events
}
