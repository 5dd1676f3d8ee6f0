import { setTimeout as sleep } from 'node:timers/promises'
import { inArray } from 'drizzle-orm'
import { openPostgres, type PostgresOptions } from '../../../src/database/postgres.ts'
import { users } from '../../../src/database/tables.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { memoryBus } from '../../../src/revocations/bus/memory.ts'
import type { LogEntry } from '../../../src/revocations/event.ts'
import { EventLog } from '../../../src/revocations/event-log.ts'

/** How often the log is read (milliseconds): for people who watch. */
const INTERVAL = 250
const RETENTION = 86_400_000

/** One event of the log, for the screen. */
export interface Seen {
  readonly type: LogEntry['type']
  /** Null if it is about everyone, or an account that is gone. */
  readonly email: string | null
  readonly reason: string | null
}

/** Reads the event log of the nodes as it grows, until disposed. Begins at its present end. */
export async function watchEvents(
  postgres: PostgresOptions,
  notice: (seen: Seen) => void,
): Promise<AsyncDisposable> {
  const database = openPostgres(postgres)
  const log = new EventLog({ database, bus: memoryBus(), clock: systemClock, retention: RETENTION })
  const stopping = new AbortController()
  let position = await log.end()

  async function readOn(): Promise<void> {
    const batch = await log.readSince(position)
    if (!batch) {
      position = await log.end()
      return
    }
    position = batch.position
    const about = batch.events.flatMap((event) => ('userId' in event ? [event.userId] : []))
    const found =
      about.length === 0
        ? []
        : await database.queries
            .select({ id: users.id, email: users.email })
            .from(users)
            .where(inArray(users.id, about))
    const emails = new Map(found.map(({ id, email }) => [id, email]))
    for (const event of batch.events) {
      const email = 'userId' in event ? (emails.get(event.userId) ?? null) : null
      notice({ type: event.type, email, reason: event.type === 'REVOKED' ? event.reason : null })
    }
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      // the database may be restarted under our eyes
      await readOn().catch(() => {})
      await sleep(INTERVAL, null, { signal: stopping.signal }).catch(() => {})
    }
  }

  const watching = watch()
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await watching
      await database.close()
    },
  }
}
