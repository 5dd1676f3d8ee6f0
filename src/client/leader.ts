import { ACCESS_TOKEN_EXPIRED, CloseCode, NOT_SIGNED_IN } from '../protocol/close-codes.ts'
import { backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type Connection, type Identity, openConnection } from './connection.ts'
import type { SessionEvent } from './results.ts'
import type { Turn } from './turn.ts'

/** A connection that is one too many is not tried again sooner (milliseconds). */
const TOO_MANY_WAIT = 30_000
/** Another tab has the new cookie or tokens in a moment (milliseconds). */
const REPLACED_WAIT = 100

/** Who lost the lead, or may not queue for it, does so again after this (milliseconds). */
const QUEUE_WAIT = 1_000

/** What the leading tab needs of the client that it belongs to. */
export interface LeaderParts {
  readonly url: string
  readonly clock: Clock
  readonly lead: Turn
  readonly connectionParams: () => Promise<Record<string, unknown>>
  /** The session that a connection is wanted for; null if nobody is signed in. */
  readonly sessionId: () => string | null
  readonly cursor: () => string | null
  readonly onIdentity: (identity: Identity, expected: string) => void
  readonly onEvent: (event: SessionEvent) => void
  readonly onMissed: () => void
  /** For which session the server has taken a connection of this tab; null if it has none any more, or none yet. */
  readonly onConnected: (sessionId: string | null) => void
  /** The server closed the connection of this session, because it ended: `reason` says why. */
  readonly onEnded: (sessionId: string, reason: string) => void
  /** The credential was not taken, or is to be had anew, before the next connection. */
  readonly onCredentialRefused: (sessionId: string) => Promise<void>
}

/** One tab among all holds the connection; when it is closed, crashes, hangs or is frozen, another takes over. */
export class Leader {
  readonly #parts: LeaderParts
  #leading = false
  #resign = new AbortController()
  #connection: Connection | null = null
  /** The session that the connection was opened for. */
  #connectedFor: string | null = null
  #tries = 0
  #cancelRetry = (): void => {}
  #wanted = false

  constructor(parts: LeaderParts) {
    this.#parts = parts
  }

  /** Whether this tab is the one that holds the connection. */
  get isLeading(): boolean {
    return this.#leading
  }

  /** Waits to become the leader, if it doesn't already. */
  join(): void {
    if (this.#wanted) return
    this.#wanted = true
    this.#resign = new AbortController()
    const { signal } = this.#resign
    this.#parts.lead
      .hold((lost) => this.#reign(lost, signal), { signal })
      // taken away from a tab that was stuck: it queues again
      .catch(() => {})
      // a moment later: a sandboxed page is refused at once, again and again
      .finally(() =>
        this.#parts.clock.after(QUEUE_WAIT, () => {
          if (signal.aborted) return
          this.#wanted = false
          this.join()
        }),
      )
  }

  /** Gives the lead on: this tab is about to be frozen or left. */
  leave(): void {
    this.#wanted = false
    this.#resign.abort()
    this.#disconnect()
    this.#leading = false
  }

  /** Looks whether the connection is still of the right session. */
  update(): void {
    if (!this.#leading) return
    const sessionId = this.#parts.sessionId()
    if (this.#connectedFor === sessionId) return
    this.#disconnect()
    this.#tries = 0
    if (sessionId !== null) this.#connect(sessionId)
  }

  /** The network or the machine is back, or may be: no waiting any more. */
  wake(): void {
    if (!this.#leading) return
    if (this.#connection) {
      this.#connection.probe()
      return
    }
    this.#tries = 0
    this.#connectedFor = null
    this.update()
  }

  async #reign(lost: AbortSignal, resign: AbortSignal): Promise<void> {
    if (resign.aborted) return
    this.#leading = true
    // whoever led before may have had no time to say that its connection is gone
    this.#parts.onConnected(null)
    this.update()
    await new Promise<void>((resolve) => {
      for (const signal of [lost, resign]) signal.addEventListener('abort', () => resolve(), { once: true })
    })
    this.#leading = false
    this.#disconnect()
  }

  #disconnect(): void {
    this.#cancelRetry()
    this.#connectedFor = null
    if (!this.#connection) return
    this.#connection.close()
    this.#connection = null
    this.#parts.onConnected(null)
  }

  #connect(sessionId: string): void {
    this.#connectedFor = sessionId
    const connection = openConnection(this.#parts, {
      onIdentity: (identity) => {
        this.#tries = 0
        // events that come from now on may be of the session that it turned out to be
        this.#connectedFor = identity.currentSession?.id ?? sessionId
        this.#parts.onConnected(this.#connectedFor)
        this.#parts.onIdentity(identity, sessionId)
      },
      onEvent: (event) => {
        this.#parts.onEvent(event)
        if (event.reason && event.reason !== 'REPLACED' && event.sessionId === this.#connectedFor) {
          this.#parts.onEnded(event.sessionId, event.reason)
        }
      },
      onMissed: this.#parts.onMissed,
      onClosed: (code, reason) => {
        if (this.#connection !== connection) return
        this.#connection = null
        this.#parts.onConnected(null)
        void this.#closed(this.#connectedFor ?? sessionId, code, reason)
      },
    })
    this.#connection = connection
  }

  async #closed(sessionId: string, code: number, reason: string): Promise<void> {
    if (code === CloseCode.sessionEnded && reason !== NOT_SIGNED_IN) this.#parts.onEnded(sessionId, reason)
    else if (code === CloseCode.sessionEnded || reason === ACCESS_TOKEN_EXPIRED) {
      await this.#parts.onCredentialRefused(sessionId).catch(() => {})
    }
    // it may all have been settled meanwhile
    if (!this.#leading || this.#connection || this.#connectedFor !== sessionId) return
    const tries = this.#tries++
    const delay =
      code === CloseCode.tooManyConnections
        ? TOO_MANY_WAIT + backoff(tries)
        : code === CloseCode.sessionReplaced && tries < 3
          ? REPLACED_WAIT
          : backoff(tries)
    this.#cancelRetry()
    this.#cancelRetry = this.#parts.clock.after(delay, () => {
      this.#connectedFor = null
      this.update()
    })
  }
}
