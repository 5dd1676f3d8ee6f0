import { after, readClock } from '../../shared/clock.ts'
import type { EverySessionEventSubscription } from '../generated/operations.ts'

/** Something that happened to anybody's session. */
export type FeedEvent = EverySessionEventSubscription['sessionEvents']

/** How many events are kept: the newest. */
export const MOST_EVENTS = 500

/** The longest wait before it is tried again (milliseconds). */
const LONGEST_WAIT = 10_000

/** A stream that lasted so long was a good one (milliseconds). */
const STEADY = 10_000

/** Events of one moment are shown together (milliseconds): a thousand sessions that end at once are drawn once. */
const GATHER = 100

/** Where the feed stands. */
export type FeedStatus =
  /** Nobody listens, or nobody uses the page. */
  | 'paused'
  | 'connecting'
  | 'live'
  /** The server wants a factor first. */
  | 'unverified'
  /** The server lets nobody listen here: the viewer is no administrator any more, or has too many connections. */
  | 'refused'

/** What a page shows of the feed. */
export interface FeedState {
  readonly status: FeedStatus
  /** The newest first, each once. */
  readonly events: readonly FeedEvent[]
  /** Whether older ones were let go. */
  readonly isFull: boolean
  /** Whether the log did not go back far enough to tell what happened meanwhile. */
  readonly hasMissed: boolean
}

/** How one stream of events ended. */
export type StreamEnd =
  | { readonly code: 'CLOSED' | 'CURSOR_EXPIRED' | 'VERIFICATION_REQUIRED' }
  | { readonly code: 'REFUSED' }

/** Opens a stream of everybody's events. @returns how to end it; after that nothing is told */
export type OpenStream = (
  after: string | null,
  listener: {
    onOpen(): void
    /** Where the log ended when it began, if it was to begin now: whoever is away before anything has happened resumes there. */
    onCursor(cursor: string): void
    onEvent(event: FeedEvent): void
    onEnd(end: StreamEnd): void
  },
) => () => void

/**
 * Everybody's events as they happen, for all parts of the page together. It listens while a part wants it and somebody uses the page,
 * and resumes behind the last event that it heard of, however long it was away.
 */
export class EventFeed {
  readonly #open: OpenStream
  readonly #listeners = new Set<() => void>()
  readonly #tellers = new Set<(events: readonly FeedEvent[]) => void>()
  #state: FeedState = { status: 'paused', events: [], isFull: false, hasMissed: false }
  #seen = new Set<string>()
  #cursor: string | null = null
  #wanted = 0
  #isAllowed = false
  #failures = 0
  #openedAt: number | null = null
  #endStream: (() => void) | null = null
  #endWait = () => {}
  #gathered: FeedEvent[] = []

  constructor(open: OpenStream) {
    this.#open = open
  }

  get state(): FeedState {
    return this.#state
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Listens as long as what comes back is not called. @param onEvents told of what is new, the newest first */
  want(onEvents: (events: readonly FeedEvent[]) => void = () => {}): () => void {
    this.#wanted++
    this.#tellers.add(onEvents)
    this.#look()
    return () => {
      this.#wanted--
      this.#tellers.delete(onEvents)
      this.#look()
    }
  }

  /** Whether somebody uses the page. */
  allow(isAllowed: boolean): void {
    this.#isAllowed = isAllowed
    this.#look()
  }

  /** Tries at once what was refused before, or is waited for. */
  again(): void {
    this.#stop()
    this.#failures = 0
    this.#set({ status: 'paused' })
    this.#look()
  }

  /** Forgets the events so far. */
  clear(): void {
    this.#set({ events: [], isFull: false, hasMissed: false })
  }

  #look(): void {
    const isWanted = this.#wanted > 0 && this.#isAllowed
    if (!isWanted) {
      this.#stop()
      if (this.#state.status === 'live' || this.#state.status === 'connecting')
        this.#set({ status: 'paused' })
    } else if (this.#state.status === 'paused') this.#connect()
  }

  #connect(): void {
    this.#stop()
    this.#set({ status: 'connecting' })
    this.#endStream = this.#open(this.#cursor, {
      onOpen: () => {
        this.#openedAt = readClock()
        this.#set({ status: 'live' })
      },
      onCursor: (cursor) => {
        this.#cursor = cursor
      },
      onEvent: (event) => this.#take(event),
      onEnd: (end) => {
        this.#endStream = null
        this.#deal(end)
      },
    })
  }

  #deal({ code }: StreamEnd): void {
    switch (code) {
      case 'VERIFICATION_REQUIRED':
        this.#set({ status: 'unverified' })
        break
      case 'REFUSED':
        this.#set({ status: 'refused' })
        break
      case 'CURSOR_EXPIRED':
        this.#cursor = null
        this.#set({ hasMissed: true })
        this.#connect()
        break
      case 'CLOSED': {
        if (this.#openedAt !== null && readClock() - this.#openedAt > STEADY) this.#failures = 0
        this.#openedAt = null
        this.#set({ status: 'connecting' })
        const longest = Math.min(LONGEST_WAIT, 500 * 2 ** this.#failures++)
        this.#endWait = after(longest * (0.5 + Math.random() / 2), () => this.#connect())
      }
    }
  }

  #stop(): void {
    this.#endWait()
    this.#endWait = () => {}
    this.#endStream?.()
    this.#endStream = null
  }

  #take(event: FeedEvent): void {
    this.#cursor = event.cursor
    if (this.#seen.has(event.id)) return
    this.#seen.add(event.id)
    this.#gathered.unshift(event)
    if (this.#gathered.length === 1) after(GATHER, () => this.#show())
    else if (this.#gathered.length > MOST_EVENTS) this.#gathered.length = MOST_EVENTS
  }

  #show(): void {
    const gathered = this.#gathered
    this.#gathered = []
    const all = [...gathered, ...this.#state.events]
    const events = all.slice(0, MOST_EVENTS)
    // what is repeated was heard of lately
    if (this.#seen.size > 4 * MOST_EVENTS) this.#seen = new Set(events.map(({ id }) => id))
    this.#set({ events, isFull: this.#state.isFull || all.length > MOST_EVENTS })
    for (const tell of [...this.#tellers]) tell(gathered)
  }

  #set(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of [...this.#listeners]) listener()
  }
}
