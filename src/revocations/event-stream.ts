import type { SessionEvent } from './event.ts'

/** Most events that wait for one reader; a subscriber that falls further behind is cut rather than held in memory. */
export const LONGEST_BACKLOG = 1_000

/**
 * The events of one subscription: first what it missed, then what comes, each once. Single consumer, which calls `next` again
 * only when it is done with the event before; that is how {@link drained} knows that everything went out.
 */
export class EventStream implements AsyncIterableIterator<SessionEvent> {
  readonly #replay: AsyncGenerator<readonly SessionEvent[], void, undefined> | null
  readonly #onOverflow: () => void
  readonly #onReturn: () => void
  readonly #queue: SessionEvent[] = []
  /** Live events that arrived while the replay was still running. */
  #pending: SessionEvent[] = []
  readonly #handedOut: (xid: bigint) => boolean
  /** Ids that the replay delivered and that the feed may bring once more. */
  readonly #replayed = new Set<string>()
  #replaying: boolean
  #waiting: PromiseWithResolvers<IteratorResult<SessionEvent, undefined>> | null = null
  /** Stalled: too much waited, so all of it was dropped; nothing comes any more until the reader is cut. */
  #state: 'open' | 'stalled' | 'finishing' | 'over' = 'open'
  #failure: { readonly error: unknown } | null = null
  readonly #drained = Promise.withResolvers<void>()
  #drainWanted = false

  constructor(parts: {
    replay: AsyncGenerator<readonly SessionEvent[], void, undefined> | null
    /** Whether the feed had handed out the events of a transaction before this stream began; only others can come twice. */
    handedOut: (xid: bigint) => boolean
    /** Called once, when the reader is too far behind: it must be cut without being completed, so that it resumes. */
    onOverflow: () => void
    onReturn: () => void
  }) {
    this.#handedOut = parts.handedOut
    this.#replay = parts.replay
    this.#replaying = parts.replay !== null
    this.#onOverflow = parts.onOverflow
    this.#onReturn = parts.onReturn
  }

  /** Reads the first batch of the replay, so that a cursor that cannot be followed is refused before the stream starts. */
  async start(): Promise<void> {
    if (this.#replaying) await this.#loadReplay()
  }

  /** Adds a live event. */
  push(event: SessionEvent): void {
    if (this.#state !== 'open') return
    if (this.#replaying) this.#pending.push(event)
    else if (!this.#replayed.delete(event.id)) this.#enqueue(event)
    if (this.#pending.length + this.#queue.length <= LONGEST_BACKLOG) return
    this.#state = 'stalled'
    this.#drop()
    this.#onOverflow()
  }

  /** Lets the consumer have what is queued, then completes. */
  finish(): void {
    if (this.#state !== 'open') return
    this.#state = 'finishing'
    if (this.#waiting) this.#end()
  }

  /** Ends with an error, after what is queued. */
  fail(error: unknown): void {
    if (this.#state !== 'open') return
    this.#failure = { error }
    this.finish()
  }

  /** Ends with an error, and without what is queued or was still to be replayed: the consumer may not hear of it any more. */
  refuse(error: unknown): void {
    if (this.#state !== 'open') return
    this.#drop()
    this.fail(error)
  }

  /** Resolves when the consumer has taken all that is queued and has come back for more, or has left. */
  drained(): Promise<void> {
    this.#drainWanted = true
    if (this.#waiting || this.#state === 'over') this.#drained.resolve()
    return this.#drained.promise
  }

  async next(): Promise<IteratorResult<SessionEvent, undefined>> {
    for (;;) {
      if (this.#state === 'over') return { done: true, value: undefined }
      const event = this.#queue.shift()
      if (event) return { done: false, value: event }
      if (this.#replaying) {
        await this.#loadReplay()
        continue
      }
      if (this.#state === 'finishing') {
        this.#end()
        if (this.#failure) throw this.#failure.error
        return { done: true, value: undefined }
      }
      this.#waiting ??= Promise.withResolvers()
      if (this.#drainWanted) this.#drained.resolve()
      return this.#waiting.promise
    }
  }

  async return(): Promise<IteratorResult<SessionEvent, undefined>> {
    this.#end()
    await this.#replay?.return()
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<IteratorResult<SessionEvent, undefined>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async #loadReplay(): Promise<void> {
    const batch = await this.#replay?.next().catch((error: unknown) => {
      // whoever iterates does not come back after this, nor say that it left
      this.#end()
      throw error
    })
    if (this.#state === 'over' || this.#state === 'stalled' || !this.#replaying) return
    if (batch && !batch.done) {
      for (const event of batch.value) {
        if (!this.#handedOut(event.xid)) this.#replayed.add(event.id)
        this.#queue.push(event)
      }
      return
    }
    this.#replaying = false
    for (const event of this.#pending) if (!this.#replayed.delete(event.id)) this.#queue.push(event)
    this.#pending = []
  }

  #enqueue(event: SessionEvent): void {
    if (!this.#waiting) {
      this.#queue.push(event)
      return
    }
    const waiting = this.#waiting
    this.#waiting = null
    waiting.resolve({ done: false, value: event })
  }

  #drop(): void {
    this.#queue.length = 0
    this.#pending = []
    this.#replayed.clear()
    this.#replaying = false
  }

  #end(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#drop()
    this.#drained.resolve()
    if (this.#failure) this.#waiting?.reject(this.#failure.error)
    else this.#waiting?.resolve({ done: true, value: undefined })
    this.#waiting = null
    this.#onReturn()
  }
}
