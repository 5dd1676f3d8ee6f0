import type { Clock } from '../kernel/clock.ts'
import { Refusal } from '../kernel/refusal.ts'
import { fingerprint } from '../kernel/secret.ts'
import type { AttemptLimit, AttemptStore, Counted } from './store/attempt-store.ts'

export type { AttemptLimit }

/** Too many attempts in too short a time; `retryAt` says when one will be let through again. */
export class TooManyAttempts extends Refusal {
  readonly code = 'TOO_MANY_ATTEMPTS'
  readonly message: string
  readonly retryAt: Date

  constructor(retryAt: Date, now: Date) {
    super()
    this.retryAt = retryAt
    const seconds = Math.max(1, Math.ceil((retryAt.getTime() - now.getTime()) / 1_000))
    this.message = `Too many attempts. Try again in ${seconds === 1 ? 'a second' : seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}.`
  }
}

/** One counter to count on: a limit and whom it is about. */
export interface AttemptKey {
  readonly limit: AttemptLimit
  readonly subject: string
}

/** An attempt that was let through, counted on one or more counters. */
export interface Reservation {
  /** How many attempts each counter has seen, this one included, in the order of the counters. */
  readonly counts: readonly number[]
  /** The attempt was a legitimate one, or was not checked after all: it counts no longer. To be called once. */
  giveBack(): Promise<void>
}

/** Counts attempts *before* they are checked: parallel guesses find the counter already moved. */
export class Attempts {
  readonly #store: AttemptStore
  readonly #clock: Clock
  readonly #key: Uint8Array

  /** @param parts.key for the fingerprints that counters are stored under */
  constructor(parts: { store: AttemptStore; clock: Clock; key: Uint8Array }) {
    this.#store = parts.store
    this.#clock = parts.clock
    this.#key = parts.key
  }

  /** Takes one attempt from each counter, or none at all and says when to come back. */
  async reserve(keys: readonly AttemptKey[]): Promise<Reservation | TooManyAttempts> {
    const taken: Counted[] = []
    const giveBack = async (): Promise<void> => {
      for (const counted of taken) await counted.giveBack()
    }
    for (const { limit, subject } of keys) {
      const key = `${limit.purpose}:${fingerprint(this.#key, `${limit.purpose}:${subject}`)}`
      const result = await this.#store.take(key, limit, this.#clock.now())
      if ('retryAt' in result) {
        // what was not checked told the guesser nothing, so it does not count on the counters before
        await giveBack()
        return new TooManyAttempts(result.retryAt, this.#clock.now())
      }
      taken.push(result)
    }
    return { counts: taken.map(({ count }) => count), giveBack }
  }
}
