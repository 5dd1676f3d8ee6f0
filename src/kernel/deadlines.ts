import type { Clock, Timer } from './clock.ts'

interface Deadline {
  /** By {@link Clock.elapsed}. */
  readonly due: number
  /** Null once it was dropped. */
  task: (() => void) | null
  /** Where it stands in the heap; -1 once it is out. */
  place: number
}

/**
 * Many deadlines on one timer: the earliest has it, and when it is due so does whatever else has come due. Setting and dropping one costs
 * the logarithm of their number, and one that waits costs a small object.
 */
export class Deadlines {
  readonly #clock: Clock
  /** A binary heap: nobody is due before its parent. */
  readonly #heap: Deadline[] = []
  #timer: Timer | null = null
  /** When the timer fires; it may be earlier than anything that is still waited for. */
  #armedFor = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many are waited for. */
  get size(): number {
    return this.#heap.length
  }

  /** Runs the task once after the delay (milliseconds; any length). It must not throw. */
  after(delay: number, task: () => void): Timer {
    const deadline: Deadline = { due: this.#clock.elapsed() + Math.max(0, delay), task, place: -1 }
    this.#rise(deadline, this.#heap.length)
    this.#arm()
    return {
      [Symbol.dispose]: () => {
        deadline.task = null
        this.#remove(deadline)
      },
    }
  }

  /** The timer is moved only to be earlier: a deadline that is dropped leaves it to fire for nothing, once, rather than to be set anew each time. */
  #arm(): void {
    const first = this.#heap[0]
    if (!first) {
      this.#timer?.[Symbol.dispose]()
      this.#timer = null
      this.#armedFor = Number.POSITIVE_INFINITY
      return
    }
    if (first.due >= this.#armedFor) return
    this.#timer?.[Symbol.dispose]()
    this.#armedFor = first.due
    this.#timer = this.#clock.after(first.due - this.#clock.elapsed(), () => this.#fire())
  }

  #fire(): void {
    this.#timer = null
    this.#armedFor = Number.POSITIVE_INFINITY
    // what tasks set waits for the next turn, however soon it is due
    const now = this.#clock.elapsed()
    const due: Deadline[] = []
    // a timer may come a fraction of a millisecond early
    for (let first = this.#heap[0]; first && first.due <= now + 1; first = this.#heap[0]) {
      this.#remove(first)
      due.push(first)
    }
    this.#arm()
    for (const deadline of due) deadline.task?.()
  }

  #remove(deadline: Deadline): void {
    const { place } = deadline
    if (place < 0) return
    deadline.place = -1
    const last = this.#heap.pop()
    if (last && last !== deadline) {
      this.#rise(last, place)
      this.#sink(last, last.place)
    }
    if (this.#heap.length === 0) this.#arm()
  }

  /** Puts it at the place, or further up. */
  #rise(deadline: Deadline, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = this.#heap[above]
      if (!parent || parent.due <= deadline.due) break
      this.#put(parent, place)
      place = above
    }
    this.#put(deadline, place)
  }

  /** Puts it at the place, or further down. */
  #sink(deadline: Deadline, from: number): void {
    let place = from
    for (;;) {
      const left = 2 * place + 1
      const [one, other] = [this.#heap[left], this.#heap[left + 1]]
      const child = one && other && other.due < one.due ? other : one
      if (!child || child.due >= deadline.due) break
      const below = child.place
      this.#put(child, place)
      place = below
    }
    this.#put(deadline, place)
  }

  #put(deadline: Deadline, place: number): void {
    this.#heap[place] = deadline
    deadline.place = place
  }
}
