import type { Attendance } from '../attendance.ts'

/** The question for a factor, which the server wants to be fresh for what administrators see and do. */
export class Verification {
  readonly #attendance: Attendance
  readonly #onVerified: () => void
  readonly #listeners = new Set<() => void>()
  #question: { readonly answered: Promise<boolean>; answer(isVerified: boolean): void } | null = null

  /** @param onVerified told that a factor was presented, whoever asked for it */
  constructor(attendance: Attendance, onVerified: () => void) {
    this.#attendance = attendance
    this.#onVerified = onVerified
  }

  /** Whether the question is open. */
  get isOpen(): boolean {
    return this.#question !== null
  }

  /** Asks once for all who wait. @returns whether a factor was presented; false if the question was closed */
  ask(): Promise<boolean> {
    if (!this.#question) {
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const closed = this.#attendance.ask()
      this.#question = {
        answered: promise,
        answer: (isVerified) => {
          this.#question = null
          closed()
          resolve(isVerified)
          this.#tell()
          if (isVerified) this.#onVerified()
        },
      }
      this.#tell()
    }
    return this.#question.answered
  }

  /** What became of the question. */
  answer(isVerified: boolean): void {
    this.#question?.answer(isVerified)
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
