import { systemClock } from '../../src/kernel/clock.ts'
import { MovableClock } from './clock.ts'

/** A clock that stands still until it is moved, for tests that count what happens within a second on a machine of any speed. */
export class FrozenClock extends MovableClock {
  #now = systemClock.now().getTime()
  // whole, so that five seconds later is five seconds later
  #elapsed = Math.round(systemClock.elapsed())

  override now(): Date {
    return new Date(this.#now)
  }

  override elapsed(): number {
    return this.#elapsed
  }

  override advance(milliseconds: number): void {
    this.#now += milliseconds
    this.#elapsed += milliseconds
    super.advance(milliseconds)
  }
}
