import pLimit, { type LimitFunction } from 'p-limit'
import { Fault } from '../kernel/fault.ts'

/** How many may wait, of one subject and in all; beyond that, the caller is told to come back. */
const LONGEST_LINE = 300
const MOST_WAITING = 2_000

/**
 * Lets a few tasks of one subject run at once; the others wait their turn. Attempts are counted before they are checked, so many
 * honest ones at the same moment would look like guesses: in turns, each finds its predecessors given back.
 */
export class Turns {
  readonly #limits = new Map<string, LimitFunction>()
  #waiting = 0

  /**
   * Runs the task when it is the subject's turn.
   * @param most how many of this subject run at once
   * @throws Fault SERVER_BUSY if too many are waiting
   */
  async take<T>(subject: string, most: number, task: () => Promise<T>): Promise<T> {
    const limit = this.#limits.get(subject) ?? pLimit(most)
    if (limit.pendingCount >= LONGEST_LINE || this.#waiting >= MOST_WAITING) {
      throw new Fault('SERVER_BUSY', 'Too many sign-ins are being checked right now. Try again in a moment.')
    }
    this.#limits.set(subject, limit)
    this.#waiting += 1
    try {
      return await limit(() => {
        this.#waiting -= 1
        return task()
      })
    } finally {
      // p-limit counts a task as active until just after it has settled
      queueMicrotask(() => {
        if (limit.activeCount + limit.pendingCount === 0 && this.#limits.get(subject) === limit)
          this.#limits.delete(subject)
      })
    }
  }

  /** How many subjects have a task that runs or waits. */
  get size(): number {
    return this.#limits.size
  }
}
