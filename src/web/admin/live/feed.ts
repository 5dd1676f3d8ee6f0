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
  /** The viewer is no administrator any more. */
  | 'forbidden'
  /** The session has as many connections as it may have. */
  | 'crowded'
  /** The server lets nobody listen with this session any more. */
  | 'refused'

/** Where the feed stands once the server has ended it, and it is of no use to come again by oneself. */
const STOPS = {
  VERIFICATION_REQUIRED: 'unverified',
  FORBIDDEN: 'forbidden',
  TOO_MANY_CONNECTIONS: 'crowded',
  NOT_SIGNED_IN: 'refused',
} as const satisfies Readonly<Record<string, FeedStatus>>

/** Whoever fails so often in a row is told: a server that restarts is back before. */
const NOTABLE_FAILURES = 3

/** What a page shows of the feed. */
export interface FeedState {
  readonly status: FeedStatus
  /** The newest first, each once. */
  readonly events: readonly FeedEvent[]
  /** Whether older ones were let go. */
  readonly isFull: boolean
  /** Whether the log did not go back far enough to tell what happened meanwhile. */
  readonly hasMissed: boolean
  /** Whether the server could not be reached several times in a row. */
  readonly isAway: boolean
}

/** How one stream of events ended. */
export interface StreamEnd {
  readonly code: 'CLOSED' | 'CURSOR_EXPIRED' | keyof typeof STOPS
}

/** What ends a stream for good, until somebody does something about it. */
export function isStop(code: unknown): code is keyof typeof STOPS {
  return typeof code === 'string' && Object.hasOwn(STOPS, code)
}

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
  #state: FeedState = { status: 'paused', events: [], isFull: false, hasMissed: false, isAway: false }
  #seen = new Set<string>()
  #cursor: string | null = null
  #wanted = 0
  #isAllowed = false
  #failures = 0
  /** Whether something was missed that no event will tell. */
  #isToReload = false
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

  /**
   * Listens as long as what comes back is not called.
   * @param onEvents told of what is new, the newest first; of nothing if something was missed, and nobody knows what
   */
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
    this.#set({ status: 'paused', isAway: false })
    this.#look()
  }

  /** A factor was presented: what waited for that goes on. */
  verified(): void {
    if (this.#state.status === 'unverified') this.again()
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
        this.#set({ status: 'live', isAway: false })
      },
      onCursor: (cursor) => {
        this.#cursor = cursor
        if (!this.#isToReload) return
        // once more: what happened between that reading and this stream was seen by neither
        this.#isToReload = false
        for (const tell of [...this.#tellers]) tell([])
      },
      onEvent: (event) => this.#take(event),
      onEnd: (end) => {
        this.#endStream = null
        this.#deal(end)
      },
    })
  }

  #deal({ code }: StreamEnd): void {
    if (isStop(code)) {
      this.#set({ status: STOPS[code] })
      return
    }
    if (code === 'CURSOR_EXPIRED') {
      this.#cursor = null
      this.#isToReload = true
      this.#set({ hasMissed: true })
      for (const tell of [...this.#tellers]) tell([])
    }
    this.#comeAgain()
  }

  /** Later each time, and not when all others do: whatever the server says, it is not asked without a pause. */
  #comeAgain(): void {
    if (this.#openedAt !== null && readClock() - this.#openedAt > STEADY) this.#failures = 0
    this.#openedAt = null
    const longest = Math.min(LONGEST_WAIT, 500 * 2 ** this.#failures++)
    this.#set({ status: 'connecting', isAway: this.#failures >= NOTABLE_FAILURES })
    this.#endWait = after(longest * (0.5 + Math.random() / 2), () => this.#connect())
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
