import { timingSafeEqual } from 'node:crypto'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Database, Queries, Transaction } from '../database/database.ts'
import { sessions, users } from '../database/tables.ts'
import type { Place } from '../devices/place.ts'
import type { Clock } from '../kernel/clock.ts'
import { SYSTEM } from '../revocations/event.ts'
import { fingerprintAgent, type RefreshToken } from '../tokens/refresh-token.ts'
import { judgeRefresh, type Rotation, rotate, type Verdict } from '../tokens/rotation.ts'
import { isEnabled, type User } from '../users/user.ts'
import { userColumns } from '../users/users.ts'
import { isKnownAnomaly } from './anomalies.ts'
import { hasNotEnded } from './eras.ts'
import { needsTouch, reachedLimit, touchedLongAgo } from './lifetime.ts'
import {
  isNewPlace,
  isNewTo,
  isUnseen,
  keyOf,
  placesWith,
  placesWithPlace,
  placesWithSeen,
} from './places.ts'
import { findSession } from './queries.ts'
import { fromRotation, rotationColumns, sessionColumns, toRotation, toSession } from './rows.ts'
import { type EndedSession, isEnded, type Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/** What a genuine refresh token comes to. */
export type Refreshed =
  | {
      readonly verdict: Exclude<Verdict['verdict'], 'reused'>
      readonly session: Session
      readonly user: User
      /** The one that the client is to hold from now on. */
      readonly refreshToken: RefreshToken
      /** Whether it was asked for again, and from another country than the first time. */
      readonly fromAnotherCountry: boolean
    }
  | { readonly verdict: 'reused' | 'ended'; readonly session: EndedSession }

/** Who asks for a refresh. */
export interface RefreshRequest {
  readonly userAgent: string | null
  readonly place: Place
  /** Whether a program asks for itself: that is no activity of the person. */
  readonly background: boolean
}

interface HeldSession {
  readonly session: Session
  readonly user: User
  readonly rotation: Rotation
  readonly salt: Uint8Array
}

/**
 * Refresh tokens of sessions: what is presented is judged, and what follows is written, under the lock of the session's row. Whatever
 * ends a session takes the same lock, so there is never a token for one that is over.
 */
export class Refreshes {
  readonly #database: Database
  readonly #sessions: Sessions
  readonly #clock: Clock
  readonly #rotation: ReturnType<typeof prepareRotation>

  constructor(parts: { database: Database; sessions: Sessions; clock: Clock }) {
    this.#database = parts.database
    this.#rotation = prepareRotation(parts.database.queries)
    this.#sessions = parts.sessions
    this.#clock = parts.clock
  }

  /**
   * Judges a token whose MAC was right, and writes what comes of it: a reuse ends the session.
   * @returns null if this server has no such session, or no more
   */
  async refresh(token: RefreshToken, request: RefreshRequest): Promise<Refreshed | null> {
    return (await this.#rotate(token, request)) ?? this.#judge(token, request)
  }

  /** What nearly every refresh is, in one statement: the generation in force, of a session that goes on. Null if it is not. */
  async #rotate(
    { sessionId, generation, salt }: RefreshToken,
    request: RefreshRequest,
  ): Promise<Refreshed | null> {
    const { policy } = this.#sessions
    const now = this.#clock.now()
    const [rotated] = await this.#rotation.execute({
      sessionId,
      generation,
      salt,
      agent: fingerprintAgent(salt, request.userAgent),
      country: countryOf(request.place),
      now: now.toISOString(),
      idleSince: new Date(now.getTime() - policy.idleTimeout).toISOString(),
      // nothing was active before the epoch
      place: keyOf(request.place),
      touchedLongAgo: (request.background ? new Date(0) : touchedLongAgo(policy, now)).toISOString(),
    })
    if (!rotated) return null
    const refreshToken = { sessionId, generation: generation + 1, salt }
    const session = toSession(rotated.session)
    return { verdict: 'rotated', session, user: rotated.user, refreshToken, fromAnotherCountry: false }
  }

  async #judge(token: RefreshToken, request: RefreshRequest): Promise<Refreshed | null> {
    return this.#database.transaction(async (transaction) => {
      const held = await this.#hold(transaction, token.sessionId)
      if (!held || !sameSalt(held.salt, token.salt)) return null
      const ended = await this.#endIfOver(transaction, held)
      if (ended) return { verdict: 'ended', session: ended }
      const { rotation, salt, user } = held
      const now = this.#clock.now()
      const agent = fingerprintAgent(salt, request.userAgent)
      const country = countryOf(request.place)
      const judged = judgeRefresh(rotation, token.generation, { now, agent, country })
      if (judged.verdict === 'reused') {
        return { verdict: 'reused', session: await this.#endReused(transaction, token.sessionId, request) }
      }
      const next = 'next' in judged ? judged.next : null
      const written = await this.#write(transaction, held, next, {
        byPerson: !request.background,
        place: request.place,
      })
      const fromAnotherCountry = 'fromAnotherCountry' in judged && judged.fromAnotherCountry
      const session = fromAnotherCountry ? await this.#flag(transaction, written, request) : written
      const refreshToken = { sessionId: session.id, generation: (next ?? rotation).current, salt }
      return { verdict: judged.verdict, session, user, refreshToken, fromAnotherCountry }
    })
  }

  /** Has the person told that a rotation was asked for again from another country: it may be they, or whoever heard the answer. */
  async #flag(
    transaction: Transaction,
    session: Session,
    { place: { network } }: RefreshRequest,
  ): Promise<Session> {
    const [kind, occurredAt] = ['RETRIED_FROM_ANOTHER_COUNTRY' as const, this.#clock.now()]
    if (isKnownAnomaly(session, kind, occurredAt)) return session
    return (await this.#sessions.flag(transaction, session.id, { kind, occurredAt, network })) ?? session
  }

  /**
   * Moves on to the next generation at the request of whoever has proven otherwise that the session is theirs.
   * @returns null if it is over, or its transport is COOKIE
   */
  async renew(
    transaction: Transaction,
    sessionId: string,
    { userAgent, place }: Pick<RefreshRequest, 'userAgent' | 'place'>,
  ): Promise<RefreshToken | null> {
    const held = await this.#hold(transaction, sessionId)
    if (!held || isEnded(held.session)) return null
    const { rotation, salt } = held
    const agent = fingerprintAgent(salt, userAgent)
    const next = rotate(rotation, { now: this.#clock.now(), agent, country: countryOf(place) })
    await this.#write(transaction, held, next, { byPerson: false, place })
    return { sessionId, generation: next.current, salt }
  }

  async #hold(transaction: Transaction, sessionId: string): Promise<HeldSession | null> {
    const [row] = await transaction.queries
      .select({ session: sessionColumns, rotation: rotationColumns, user: userColumns })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(eq(sessions.id, sessionId))
      .for('no key update', { of: sessions })
    const rotation = row && toRotation(row.rotation)
    return rotation ? { session: toSession(row.session), user: row.user, ...rotation } : null
  }

  /** Ends a session that is past a limit, or whose user may no longer sign in; null if it goes on. */
  async #endIfOver(transaction: Transaction, { session, user }: HeldSession): Promise<EndedSession | null> {
    if (isEnded(session)) return session
    const limit = reachedLimit(session, this.#sessions.policy, this.#clock.now())
    const reason = limit ?? (user.deletedAt ? 'ACCOUNT_DELETED' : isEnabled(user) ? null : 'ACCOUNT_DISABLED')
    if (reason === null) return null
    await this.#sessions.end(transaction, session.id, { reason, actor: SYSTEM })
    const over = await findSession(transaction.queries, session.id)
    if (!over || !isEnded(over)) throw new Error('a session that is over could not be ended')
    return over
  }

  async #endReused(
    transaction: Transaction,
    sessionId: string,
    { place: { network } }: RefreshRequest,
  ): Promise<EndedSession> {
    const anomaly = { kind: 'REFRESH_TOKEN_REUSED', occurredAt: this.#clock.now(), network } as const
    await this.#sessions.flag(transaction, sessionId, anomaly)
    await this.#sessions.end(transaction, sessionId, { reason: 'REFRESH_TOKEN_REUSED', actor: SYSTEM })
    // the lock is ours, but with its era it may have ended meanwhile
    const over = await findSession(transaction.queries, sessionId)
    if (!over || !isEnded(over)) throw new Error('a session that was reused could not be ended')
    return over
  }

  /** Writes where the session stands, and that the person used it if that is due. */
  async #write(
    transaction: Transaction,
    { session }: HeldSession,
    next: Rotation | null,
    { byPerson, place }: { byPerson: boolean; place: Place },
  ): Promise<Session> {
    const now = this.#clock.now()
    const touched = byPerson && needsTouch(session, this.#sessions.policy, now)
    const moved = isNewPlace(session, place, now)
    if (!next && !touched && !moved) return session
    const [written] = await transaction.queries
      .update(sessions)
      .set({
        ...(next ? fromRotation(next) : {}),
        ...(touched ? { lastActiveAt: now } : {}),
        ...(moved ? { places: placesWithPlace(place, now) } : {}),
        ...(touched && !moved ? { places: placesWithSeen(place, now) } : {}),
      })
      .where(and(eq(sessions.id, session.id), hasNotEnded()))
      .returning(sessionColumns)
    if (!written) return session
    if (moved) await this.#sessions.tellOfNewPlace(transaction, session)
    return toSession(written)
  }
}

/**
 * The verdict `rotated`, as one conditional update: the same conditions and the same outcome as `judgeRefresh` and `rotate`. Whatever it does
 * not apply to is judged under the lock; so is what comes from a new place, of which an event is to be written.
 */
function prepareRotation(queries: Queries) {
  const moment = (name: string) => sql`${sql.placeholder(name)}::timestamptz`
  const place = sql`${sql.placeholder('place')}::jsonb`
  return queries
    .update(sessions)
    .set({
      refreshCurrent: sql`${sessions.refreshCurrent} + 1`,
      refreshRetry: sql`${sessions.refreshCurrent}`,
      refreshSeen: sql`greatest(${sessions.refreshSeen}, ${sessions.refreshCurrent})`,
      refreshRotatedAt: moment('now'),
      refreshAgent: sql`${sql.placeholder('agent')}`,
      refreshCountry: sql`${sql.placeholder('country')}`,
      places: sql`CASE WHEN ${place} IS NOT NULL AND NOT ${isUnseen(place)} AND ${sessions.lastActiveAt} <= ${moment('touchedLongAgo')}
        THEN ${placesWith(place, sql`${sql.placeholder('now')}::text`)} ELSE ${sessions.places} END`,
      lastActiveAt: sql`CASE WHEN ${sessions.lastActiveAt} <= ${moment('touchedLongAgo')} THEN ${moment('now')} ELSE ${sessions.lastActiveAt} END`,
    })
    .from(users)
    .where(
      and(
        eq(sessions.id, sql.placeholder('sessionId')),
        eq(sessions.refreshSalt, sql.placeholder('salt')),
        eq(sessions.refreshCurrent, sql.placeholder('generation')),
        hasNotEnded(),
        gt(sessions.lastActiveAt, moment('idleSince')),
        gt(sessions.expiresAt, moment('now')),
        eq(users.id, sessions.userId),
        isNull(users.disabledAt),
        isNull(users.deletedAt),
        sql`NOT ${isNewTo(place, sql`${sql.placeholder('now')}`)}`,
      ),
    )
    .returning({ session: sessionColumns, user: userColumns })
    .prepare('rotate_refresh_token')
}

function countryOf({ location }: Place): string | null {
  return location?.countryCode ?? null
}

function sameSalt(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
