import type { SessionEndReason } from '../../src/protocol/sessions.ts'

/**
 * What happened in a run, as clients saw it from outside and as the database tells it afterwards. All moments are milliseconds of
 * one clock, that of the test process; ids of sessions and users are those of the API.
 */
export interface History {
  readonly births: readonly Birth[]
  readonly uses: readonly Use[]
  readonly endings: readonly Ending[]
  readonly subscriptions: readonly Subscription[]
  /** The event log as it stands at the end. */
  readonly log: readonly LoggedEvent[]
  /** The sessions as they stand at the end. */
  readonly sessions: readonly StoredSession[]
  /** When a fault was there, from its beginning until everything answered again. */
  readonly troubles: readonly Trouble[]
  /** What failed without a word on any session: time-outs, errors, broken connections. */
  readonly failures: readonly Failure[]
}

/** A session that a client was given. */
export interface Birth {
  readonly sessionId: string
  readonly userId: string
  /** When it was asked for, and when the answer was there. */
  readonly start: number
  readonly end: number
}

/** A request that presents a session's credential. */
export interface Use {
  readonly sessionId: string
  readonly node: string
  readonly start: number
  readonly end: number
  /** Unknown: an error or no answer, which says nothing of the session. */
  readonly outcome: 'accepted' | 'refused' | 'unknown'
  /** What the answer said beside: the session that it was taken for, or an error. */
  readonly detail: string
  /** Why it was refused, where the answer says so. */
  readonly reason?: string
}

/** Whose sessions an ending is about. */
export type Cover =
  | { readonly sessionId: string }
  | {
      readonly userId: string
      /** The session that is kept. */
      readonly except: string | null
      /** Set if the account lets nobody in from then on: until that moment, null if for ever. */
      readonly shutUntil?: number | null
    }
  | { readonly everyoneBut: string | null }

/** A request that ends sessions. */
export interface Ending {
  readonly name: string
  readonly covers: Cover
  readonly reason: SessionEndReason
  readonly node: string
  readonly start: number
  readonly end: number
  /** Unknown: it may have happened, now or a little later. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
}

/** Whoever listens, over however many connections. */
export interface Subscription {
  readonly name: string
  /** The session that it belongs to. */
  readonly sessionId: string
  /** Whose events it asked for; null for everyone's. */
  readonly userId: string | null
  readonly revokedOnly: boolean
  /** When the answer with the cursor that it began behind was there: what is dated later has to reach it. */
  readonly since: number
  /** Everything that came, duplicates and all. */
  readonly received: readonly ReceivedEvent[]
  /** How it learned that its session had ended; null while it goes on. */
  readonly over: {
    readonly by: 'event' | 'close'
    readonly reason: string | null
    readonly at: number
  } | null
  /** When the client stopped by itself; null if it listened until the end. */
  readonly left: number | null
}

export interface ReceivedEvent {
  readonly id: string
  readonly type: 'STARTED' | 'REVOKED'
  readonly sessionId: string
  readonly reason: string | null
  readonly at: number
}

export interface LoggedEvent {
  readonly id: string
  readonly type: 'STARTED' | 'REVOKED'
  readonly sessionId: string
  readonly userId: string
  readonly reason: string | null
  /** Before the commit, and never after it. */
  readonly at: number
}

export interface StoredSession {
  readonly id: string
  readonly endReason: string | null
}

export interface Trouble {
  readonly fault: string
  readonly from: number
  readonly to: number
}

export interface Failure {
  readonly what: string
  readonly node: string
  readonly start: number
  readonly end: number
  readonly detail: string
}
