import { type Clock, systemClock, type Timer } from '../../src/kernel/clock.ts'

/** A clock that runs with the machine's and can be moved ahead; timers that come due by that fire at once. */
export class MovableClock implements Clock {
  #offset = 0
  readonly #timers = new Set<{ readonly due: number; readonly task: () => void; real: Timer }>()

  now(): Date {
    return new Date(systemClock.now().getTime() + this.#offset)
  }

  elapsed(): number {
    return systemClock.elapsed() + this.#offset
  }

  /** How many timers are running. */
  get timers(): number {
    return this.#timers.size
  }

  after(delay: number, task: () => void): Timer {
    const run = (): void => {
      if (!this.#timers.delete(entry)) return
      entry.real[Symbol.dispose]()
      task()
    }
    const entry = { due: this.now().getTime() + delay, task: run, real: systemClock.after(delay, run) }
    this.#timers.add(entry)
    return {
      [Symbol.dispose]: () => {
        this.#timers.delete(entry)
        entry.real[Symbol.dispose]()
      },
    }
  }

  /** Moves ahead by so many milliseconds. */
  advance(milliseconds: number): void {
    this.#offset += milliseconds
    const now = this.now().getTime()
    for (const timer of [...this.#timers].sort((a, b) => a.due - b.due)) if (timer.due <= now) timer.task()
  }
}
