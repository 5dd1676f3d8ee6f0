import type { Database } from '../database/database.ts'
import type { Clock, Timer } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { deleteForgottenAttempts } from '../limits/sweep.ts'
import { deleteOldEvents } from '../revocations/sweep.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { deleteHistory, forgetPlaces } from '../sessions/sweep.ts'
import { deleteExpiredKeys } from '../tokens/sweep.ts'
import { deleteFormerUsers } from '../users/sweep.ts'
import { deleteExpiredVerifications } from '../verification/sweep.ts'

/** Rows of one statement: few enough that nobody waits for their locks. */
const BATCH = 200
/** Batches of one kind in one sweep, so that each has its turn; what is left waits for the next, which then comes soon. */
const MOST_BATCHES = 50
/** The pause before a sweep that has something left to do (milliseconds). */
const CATCH_UP = 1_000

/** How long what is over is kept (milliseconds). */
export interface Retention {
  /** Ended sessions. */
  readonly history: number
  /** Where ended sessions were. */
  readonly places: number
  readonly events: number
}

/** What one sweep did. */
export interface Swept {
  /** Sessions that had ended with everyone's, and whose rows did not say so yet. */
  readonly ofPastEras: number
  /** Sessions that had reached a limit without anybody noticing. */
  readonly ended: number
  readonly attempts: number
  readonly verifications: number
  /** Signing keys. */
  readonly keys: number
  /** Ended sessions that were kept long enough. */
  readonly history: number
  /** Ended sessions of which it is forgotten where they were. */
  readonly places: number
  /** Deleted accounts whose history is gone. */
  readonly users: number
  readonly events: number
}

/**
 * Does from time to time what nobody else comes by to do: ends sessions that have reached a limit, so that the user's other devices hear of
 * it, writes out the end of everyone's, and deletes what is forgotten. Any number of nodes may sweep at once.
 */
export class Sweeper implements AsyncDisposable {
  readonly #database: Database
  readonly #sessions: Sessions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #interval: number
  readonly #retention: Retention
  #timer: Timer | null = null
  #sweeping: Promise<unknown> | null = null
  #closed = false
  /** Whether the last sweep left something for the next. */
  #behind = false

  /** @param parts.interval from the end of one sweep to the next (milliseconds) */
  constructor(parts: {
    database: Database
    sessions: Sessions
    clock: Clock
    logger: Logger
    interval: number
    retention: Retention
  }) {
    this.#database = parts.database
    this.#sessions = parts.sessions
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#interval = parts.interval
    this.#retention = parts.retention
  }

  /** Sweeps from now on. */
  start(): void {
    if (this.#closed) return
    this.#timer = this.#clock.after(
      this.#behind ? Math.min(CATCH_UP, this.#interval) : this.#interval,
      () => {
        this.#behind = false
        this.#sweeping = this.sweep()
          .catch((error: unknown) => this.#logger.warn({ error }, 'a sweep failed; the next one tries again'))
          .finally(() => this.start())
      },
    )
  }

  /** Sweeps once. */
  async sweep(): Promise<Swept> {
    const { queries } = this.#database
    const now = this.#clock.now()
    const ofPastEras = await this.#inBatches(() => this.#sessions.endPastEras(BATCH))
    const ended = await this.#inBatches(() => this.#sessions.endOverdue(BATCH))
    const attempts = await this.#inBatches(() => deleteForgottenAttempts(queries, now, BATCH))
    const verifications = await this.#inBatches(() => deleteExpiredVerifications(queries, now, BATCH))
    const keys = await this.#inBatches(() => deleteExpiredKeys(queries, now, BATCH))
    const historyEnd = new Date(now.getTime() - this.#retention.history)
    const history = await this.#inBatches(() => deleteHistory(queries, historyEnd, BATCH))
    const placesEnd = new Date(now.getTime() - this.#retention.places)
    const places = await this.#inBatches(() => forgetPlaces(queries, placesEnd, BATCH))
    const users = await this.#inBatches(() => deleteFormerUsers(queries, historyEnd, BATCH))
    const events = await this.#inBatches(() => deleteOldEvents(queries, now, this.#retention.events, BATCH))
    const swept = { ofPastEras, ended, attempts, verifications, keys, history, places, users, events }
    if (Object.values(swept).some((count) => count > 0)) this.#logger.debug(swept, 'swept')
    return swept
  }

  async #inBatches(batch: () => Promise<number>): Promise<number> {
    let total = 0
    for (let count = 0; count < MOST_BATCHES && !this.#closed; count++) {
      const done = await batch()
      total += done
      if (done < BATCH) return total
    }
    this.#behind = true
    return total
  }

  /** Stops; resolves when a sweep that runs has finished its batch. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer?.[Symbol.dispose]()
    await this.#sweeping
  }
}
