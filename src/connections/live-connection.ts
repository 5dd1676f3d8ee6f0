import type { Clock, Timer } from '../kernel/clock.ts'
import type { Deadlines } from '../kernel/deadlines.ts'
import { Fault } from '../kernel/fault.ts'
import type { Logger } from '../kernel/logger.ts'
import { CloseCode, NOT_SIGNED_IN } from '../protocol/close-codes.ts'
import {
  type EverySessionRevoked,
  endOfEraEventId,
  type RevokedEvent,
  type SessionEvent,
} from '../revocations/event.ts'
import type { EventLog } from '../revocations/event-log.ts'
import { EventStream } from '../revocations/event-stream.ts'
import type { Feed } from '../revocations/feed.ts'
import { requireAdministration } from '../sessions/administering.ts'
import { END_OF_ERA, endOfEra } from '../sessions/eras.ts'
import { endsAt } from '../sessions/lifetime.ts'
import type { Session } from '../sessions/session.ts'
import type { FoundSession, Sessions } from '../sessions/sessions.ts'
import { isAdministrator, type User } from '../users/user.ts'
import { type Closing, closingOf } from './closing.ts'

/** How many connections and subscriptions there may be. */
export interface ConnectionLimits {
  readonly perSession: number
  readonly perUser: number
  readonly perNode: number
  readonly subscriptionsPerConnection: number
}

/** What live connections work with. */
export interface ConnectionParts {
  readonly sessions: Sessions
  readonly feed: Feed
  readonly log: EventLog
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: ConnectionLimits
}

/** The wire below a connection: a WebSocket or an event stream. */
export interface Link {
  /**
   * Closes the wire. All events have been taken by then; with `completed`, operations have been completed too, and the wire
   * waits until the messages that say so are out.
   */
  close(closing: Closing, completed: boolean): Promise<void>
  /** Breaks the wire at once, for a reader that does not read. */
  terminate(): void
}

/** What a subscription wants to hear. */
export interface Subscription {
  /** THIS_SESSION: the connection's own. USER: all of its user. ALL: everyone's, for administrators. */
  readonly scope: 'THIS_SESSION' | 'USER' | 'ALL'
  /** Only those that tell of an end. */
  readonly revokedOnly: boolean
  /** Where to resume; null to begin now. */
  readonly after: string | null
}

/** How long a reader may take for what is left when its session has ended (milliseconds); then it is cut regardless. */
const DRAIN_TIMEOUT = 2_000

/**
 * One live connection. It belongs to a session, not to a credential: it lives as long as the session does, and not a second
 * longer. The event that ends it goes out first.
 */
export class LiveConnection {
  readonly session: Session
  readonly user: User
  readonly #sessions: Sessions
  readonly #log: EventLog
  readonly #feed: Feed
  readonly #clock: Clock
  readonly #deadlines: Deadlines
  readonly #logger: Logger
  readonly #limits: ConnectionLimits
  readonly #link: Link
  readonly #onClosed: () => void
  readonly #streams = new Map<EventStream, Subscription>()
  readonly #follows = new DisposableStack()
  #followsAll = false
  #timer: Timer | null = null
  /** Runs while a subscription is about everyone. */
  #roleTimer: Timer | null = null
  #state: 'open' | 'closing' | 'closed' = 'open'
  #closing: Closing | null = null
  /** The event that ended the session, once it has. */
  #end: RevokedEvent | null = null

  constructor(
    parts: ConnectionParts & {
      /** Of all connections of the node. */
      readonly deadlines: Deadlines
      readonly session: Session
      readonly user: User
      readonly link: Link
      readonly onClosed: () => void
    },
  ) {
    this.session = parts.session
    this.user = parts.user
    this.#sessions = parts.sessions
    this.#log = parts.log
    this.#feed = parts.feed
    this.#clock = parts.clock
    this.#deadlines = parts.deadlines
    this.#logger = parts.logger
    this.#limits = parts.limits
    this.#link = parts.link
    this.#onClosed = parts.onClosed
    this.#follows.use(
      this.#feed.followUser(this.user.id, {
        onEvent: (event) => this.#onEvent(event),
        onEverySessionRevoked: (event) => this.#onEverySessionRevoked(event),
        onGap: () => this.#onGap(),
      }),
    )
    this.#watchLimit(this.session)
  }

  /**
   * Starts a subscription.
   * @throws Fault TOO_MANY_CONNECTIONS, FORBIDDEN, VERIFICATION_REQUIRED, CURSOR_EXPIRED, or NOT_SIGNED_IN if the session has just ended
   */
  async subscribe(subscription: Subscription): Promise<EventStream> {
    const end = this.#end
    if (this.#state === 'closed') {
      throw new Fault('NOT_SIGNED_IN', 'The session of this connection has ended.')
    }
    if (this.#state === 'closing' && !end && this.#closing?.code === CloseCode.sessionEnded) {
      throw new Fault('NOT_SIGNED_IN', 'The session of this connection has ended.')
    }
    // the client is about to be told to come back elsewhere: an error would make it give up
    if (this.#state === 'closing' && !end) return this.#openStream({ ...subscription, after: null })
    if (this.#streams.size >= this.#limits.subscriptionsPerConnection) {
      throw new Fault(
        'TOO_MANY_CONNECTIONS',
        `A connection may have at most ${this.#limits.subscriptionsPerConnection} subscriptions. Complete some first.`,
      )
    }
    if (subscription.scope === 'ALL') requireAdministration(this, this.#sessions.policy, this.#clock.now())
    const stream = this.#openStream(subscription)
    try {
      await stream.start()
    } catch (error) {
      await stream.return()
      throw error
    }
    if (end) this.#deliverEnd(stream, subscription, end)
    return stream
  }

  /** A subscription that was under way when the session ended hears of it like those before it. */
  #deliverEnd(stream: EventStream, subscription: Subscription, end: RevokedEvent): void {
    if (this.#concerns(subscription, end)) stream.push(end)
    if (
      closingOf({ endReason: end.reason, endedAt: end.occurredAt }, end.occurredAt).code ===
      CloseCode.sessionEnded
    ) {
      stream.finish()
    }
  }

  #openStream(subscription: Subscription): EventStream {
    const { after, scope } = subscription
    const stream: EventStream = new EventStream({
      replay: after === null ? null : this.#replay(after, subscription),
      handedOut: this.#feed.handedOut(),
      onOverflow: () => {
        this.#logger.warn({ sessionId: this.session.id }, 'a slow reader was cut')
        void this.cut({ code: CloseCode.tryAgainLater, reason: 'TOO_SLOW' })
      },
      onReturn: () => this.#streams.delete(stream),
    })
    this.#streams.set(stream, subscription)
    if (scope === 'ALL') this.#watchRole()
    if (scope === 'ALL' && !this.#followsAll && this.#state === 'open') {
      this.#followsAll = true
      this.#follows.use(
        this.#feed.followAll({
          onEvent: (event) => event.userId !== this.user.id && this.#deliver(event),
          onEverySessionRevoked: () => {},
          onGap: () => {},
        }),
      )
    }
    return stream
  }

  async *#replay(
    after: string,
    subscription: Subscription,
  ): AsyncGenerator<readonly SessionEvent[], void, undefined> {
    const userId = subscription.scope === 'ALL' ? null : this.user.id
    for await (const events of this.#log.replay(after, { userId })) {
      yield events.filter((event) => this.#concerns(subscription, event))
    }
  }

  /**
   * Closes the connection: first lets its subscriptions take what is queued. After the end of a session they are completed;
   * when the client is to come back they are not, or it would not subscribe again.
   */
  async cut(closing: Closing): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#closing = closing
    this.#stopFollowing()
    const completed = closing.code === CloseCode.sessionEnded
    const streams = [...this.#streams.keys()]
    if (completed) for (const stream of streams) stream.finish()
    const patience = Promise.withResolvers<void>()
    using _ = this.#clock.after(DRAIN_TIMEOUT, () => {
      this.#link.terminate()
      patience.resolve()
    })
    try {
      const drained = Promise.all(streams.map((stream) => stream.drained()))
      await Promise.race([drained.then(() => this.#link.close(closing, completed)), patience.promise])
    } catch (error) {
      this.#logger.warn({ error, sessionId: this.session.id }, 'a connection could not be closed in order')
      this.#link.terminate()
    } finally {
      this.closed()
    }
  }

  /** To be called when the wire is gone, whoever closed it. */
  closed(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#stopFollowing()
    for (const stream of [...this.#streams.keys()]) void stream.return()
    this.#onClosed()
  }

  #stopFollowing(): void {
    this.#follows.dispose()
    this.#timer?.[Symbol.dispose]()
    this.#roleTimer?.[Symbol.dispose]()
    this.#roleTimer = null
  }

  #onEvent(event: SessionEvent): void {
    this.#deliver(event)
    if (event.type === 'REVOKED' && event.sessionId === this.session.id) {
      this.#end = event
      void this.cut(closingOf({ endReason: event.reason, endedAt: event.occurredAt }, event.occurredAt))
    }
  }

  /** Everyone's sessions ended: ours is told of it at once, as it will stand in the log when the sweeper has come to it. */
  #onEverySessionRevoked({ id, era, keptSessionId, ...event }: EverySessionRevoked): void {
    if (this.session.era >= era || this.session.id === keptSessionId) return
    this.#onEvent({
      ...event,
      type: 'REVOKED',
      id: endOfEraEventId(id, this.session.id),
      occurredAt: endOfEra(event.occurredAt, this.session),
      userId: this.user.id,
      sessionId: this.session.id,
      reason: END_OF_ERA,
      replacedById: null,
    })
  }

  #deliver(event: SessionEvent): void {
    for (const [stream, subscription] of this.#streams) {
      if (this.#concerns(subscription, event)) stream.push(event)
    }
  }

  #concerns({ scope, revokedOnly }: Subscription, event: SessionEvent): boolean {
    if (revokedOnly && event.type !== 'REVOKED') return false
    return (
      scope === 'ALL' ||
      (event.userId === this.user.id && (scope === 'USER' || event.sessionId === this.session.id))
    )
  }

  /** Events may have been missed: subscriptions are told to reload, and the session is looked at. */
  #onGap(): void {
    const expired = new Fault(
      'CURSOR_EXPIRED',
      'The event log does not continue where it was; load the current state again, then subscribe without `after`.',
    )
    for (const stream of [...this.#streams.keys()]) stream.fail(expired)
    void this.#check()
  }

  /** Ends the connection when the session reaches a limit, if no request has moved that limit meanwhile. */
  #watchLimit(session: Session): void {
    if (this.#state !== 'open') return
    const left = endsAt(session, this.#sessions.policy).getTime() - this.#clock.now().getTime()
    this.#setTimer(left, () => void this.#check())
  }

  /** One timer at a time, and none once the connection is being closed. */
  #setTimer(delay: number, task: () => void): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#state === 'open' ? this.#deadlines.after(delay, task) : null
  }

  /** Looks again and again whether the user may still hear of everyone, as long as a subscription does: no event tells of a role. */
  #watchRole(): void {
    if (this.#roleTimer !== null || this.#state !== 'open') return
    this.#roleTimer = this.#deadlines.after(ROLE_INTERVAL, () => {
      this.#roleTimer = null
      void this.#checkRole()
    })
  }

  async #checkRole(): Promise<void> {
    const about = [...this.#streams].filter(([, { scope }]) => scope === 'ALL').map(([stream]) => stream)
    if (about.length === 0 || this.#state !== 'open') return
    try {
      const found = await this.#sessions.look(this.session.id)
      if (found?.state === 'live' && !isAdministrator(found.user)) {
        const forbidden = new Fault('FORBIDDEN', 'This is for administrators.')
        for (const stream of about) stream.refuse(forbidden)
      } else if (found?.state !== 'live') await this.#check()
    } catch (error) {
      this.#logger.warn({ error, sessionId: this.session.id }, 'a role could not be looked at; trying again')
    }
    this.#watchRole()
  }

  /** Looks at the session; one that is past a limit is ended by that, and the feed brings the event that cuts us. */
  async #check(): Promise<void> {
    let found: FoundSession | null
    try {
      found = await this.#sessions.look(this.session.id)
    } catch (error) {
      this.#logger.warn(
        { error, sessionId: this.session.id },
        'a live session could not be looked at; trying again',
      )
      this.#setTimer(RETRY_CHECK, () => void this.#check())
      return
    }
    if (found?.state === 'live') return this.#watchLimit(found.session)
    // as of its end, however late that is noticed: the connection was there before
    const closing = found
      ? closingOf(found.session, found.session.endedAt)
      : { code: CloseCode.sessionEnded, reason: NOT_SIGNED_IN }
    // gives the event a moment to come first: it carries more than a close code does
    this.#setTimer(EVENT_HEAD_START, () => void this.cut(closing))
  }
}

/** How often it is looked whether an administrator still is one (milliseconds): what a hand in the database changes, no event tells. */
const ROLE_INTERVAL = 5_000
/** Wait before a session whose limit is due is looked at again after a failure (milliseconds). */
const RETRY_CHECK = 1_000
/** How long an ended connection waits for the event of its end (milliseconds). */
const EVENT_HEAD_START = 500
