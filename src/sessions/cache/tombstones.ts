import type { Clock } from '../../kernel/clock.ts'

/** How long a tombstone stands at least (milliseconds): no fill that could revive the session comes so late. */
export const TOMBSTONE_LIFE = 60_000
/** A fill that began longer ago than this is refused (milliseconds): half a tombstone's life, so that no clock has to be exact. */
export function longestFill(tombstoneLife: number): number {
  return tombstoneLife / 2
}

/** Sessions that ended not long ago, in this process: each is remembered for at least a tombstone's life. */
export class Tombstones {
  readonly #clock: Clock
  readonly #life: number
  readonly #most: number
  #recent = new Set<string>()
  #older = new Set<string>()
  #turnedAt: number

  /**
   * @param parts.life in milliseconds
   * @param parts.most how many are remembered at most
   */
  constructor(parts: { clock: Clock; life: number; most: number }) {
    this.#clock = parts.clock
    this.#life = parts.life
    this.#most = parts.most
    this.#turnedAt = parts.clock.elapsed()
  }

  /** @returns false if there were too many: then all are forgotten, and nothing may be believed that they would have refuted */
  add(sessionIds: readonly string[]): boolean {
    this.#turn()
    for (const id of sessionIds) this.#recent.add(id)
    if (this.#recent.size + this.#older.size <= this.#most) return true
    this.#recent = new Set()
    this.#older = new Set()
    return false
  }

  has(sessionId: string): boolean {
    return this.#recent.has(sessionId) || this.#older.has(sessionId)
  }

  #turn(): void {
    const now = this.#clock.elapsed()
    if (now - this.#turnedAt < this.#life) return
    this.#older = this.#recent
    this.#recent = new Set()
    this.#turnedAt = now
  }
}
