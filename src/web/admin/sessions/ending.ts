import { RevokeSessionsDocument, type SessionFilter } from '../generated/operations.ts'
import { type Failure, failureOf } from '../server/failures.ts'
import type { Requests } from '../server/requests.ts'

/** How far the ending of all that fits has come. */
export interface Progress {
  readonly phase: 'running' | 'stopping' | 'done' | 'stopped' | 'failed'
  /** How many ended for certain. */
  readonly ended: number
  /** Null unless it failed. */
  readonly failure: Failure | null
}

/** Ends all live sessions that fit a filter, one batch after the other, until there are no more or somebody stops it. */
export class Ending {
  readonly #requests: Requests
  readonly #input: { readonly filter: SessionFilter; readonly reason: string }
  readonly #listeners = new Set<() => void>()
  #progress: Progress = { phase: 'running', ended: 0, failure: null }

  constructor(requests: Requests, input: { filter: SessionFilter; reason: string }) {
    this.#requests = requests
    this.#input = input
  }

  get progress(): Progress {
    return this.#progress
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Begins, or goes on where it was stopped or broke off: what has ended does not fit any more. */
  async run(): Promise<void> {
    this.#set({ phase: 'running', failure: null })
    try {
      for (;;) {
        const result = await this.#requests.mutate(RevokeSessionsDocument, {
          input: { ...this.#input, keepCurrent: true },
        })
        if (result.__typename !== 'RevokeSessionsSuccess') {
          const { code, message } = result
          return this.#set({ phase: 'failed', failure: { code, message } })
        }
        this.#set({ ended: this.#progress.ended + result.revokedCount })
        if (!result.hasMore) return this.#set({ phase: 'done' })
        if (this.#progress.phase === 'stopping') return this.#set({ phase: 'stopped' })
      }
    } catch (error) {
      this.#set({ phase: 'failed', failure: failureOf(error, { isChange: true }) })
    }
  }

  /** No further batch is begun. */
  stop(): void {
    if (this.#progress.phase === 'running') this.#set({ phase: 'stopping' })
  }

  #set(change: Partial<Progress>): void {
    this.#progress = { ...this.#progress, ...change }
    for (const listener of [...this.#listeners]) listener()
  }
}
