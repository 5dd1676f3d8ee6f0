import { and, eq, gt, lt, lte, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../database/database.ts'
import { sessions, users } from '../database/tables.ts'
import type { Device } from '../devices/device.ts'
import { NOWHERE, type Place } from '../devices/place.ts'
import { newId } from '../kernel/ids.ts'
import type { Logger } from '../kernel/logger.ts'
import { hashSecret, secretMatches } from '../kernel/secret.ts'
import type { Factor, SessionTransport } from '../protocol/sessions.ts'
import { SYSTEM } from '../revocations/event.ts'
import { newSalt } from '../tokens/refresh-token.ts'
import { firstRotation, judgeUse } from '../tokens/rotation.ts'
import { isAdministrator, isEnabled, type User } from '../users/user.ts'
import { userColumns } from '../users/users.ts'
import { recordAnomaly } from './anomalies.ts'
import type { Looked, ReadSession, SessionCache } from './cache/session-cache.ts'
import type { AccessGrant, Credential, Presented } from './credential.ts'
import { LATELY, SessionEndings, type SessionParts } from './endings.ts'
import { currentEra, hasNotEnded } from './eras.ts'
import { absoluteLimit, needsTouch, reachedLimit } from './lifetime.ts'
import {
  firstPlaces,
  isNewPlace,
  isNewTo,
  keyOf,
  placesWithPlace,
  placesWithSeen,
  toEntries,
} from './places.ts'
import { fromRotation, rotationColumns, sessionColumns, toRotation, toSession } from './rows.ts'
import { type Anomaly, type EndedSession, isEnded, type Session } from './session.ts'
import { newSessionToken } from './session-token.ts'

/** A live session and whose it is. */
export interface LiveSession {
  readonly session: Session
  readonly user: User
}

/** What a presented token stands for. `ended` only for a genuine one: whoever guesses ids learns nothing. */
export type FoundSession =
  | ({ readonly state: 'live' } & LiveSession)
  | { readonly state: 'ended'; readonly session: EndedSession }

/** What a session is started with. */
export interface SessionStart {
  readonly userId: string
  readonly factors: readonly Factor[]
  readonly transport: SessionTransport
  readonly remembered: boolean
  readonly device: Device
  /** Where it is started. */
  readonly place: Place
}

/** A session just started, and the only time that its credential is known. */
export interface StartedSession {
  readonly session: Session
  readonly credential: Credential
}

/**
 * Starts, finds, touches and replaces sessions, beside what ends them. Every write to a session requires in its own statement that
 * it has not ended, so nothing brings one back; every start and end writes its event in the same transaction.
 */
export class Sessions extends SessionEndings {
  readonly #byId: ReturnType<typeof prepareById>
  readonly #logger: Logger
  readonly #cache: SessionCache

  constructor(parts: SessionParts & { logger: Logger; cache: SessionCache }) {
    super(parts)
    this.#logger = parts.logger
    this.#cache = parts.cache
    this.#byId = prepareById(parts.database.queries)
  }

  /**
   * Starts a session with a new id and secret. The caller holds the user's lock and has checked that it is enabled.
   * @param lineageId the line of a session of the same user and browser that this one takes the place of
   */
  async start(
    transaction: Transaction,
    start: SessionStart,
    { lineageId }: { lineageId?: string } = {},
  ): Promise<StartedSession> {
    await this.beginStart(transaction)
    return this.#insert(transaction, newId(this.clock.now()), start, { lineageId, era: null })
  }

  /**
   * Ends the session and starts its successor: same device and lineage, both limits anew, new id and secret (ASVS 7.2.4).
   * The caller holds the user's lock.
   * @returns null if the session has ended meanwhile
   */
  async replace(
    transaction: Transaction,
    session: Session,
    factors: readonly Factor[],
  ): Promise<StartedSession | null> {
    await this.beginStart(transaction)
    const successorId = newId(this.clock.now())
    const ended = await this.end(transaction, session.id, {
      reason: 'REPLACED',
      actor: { kind: 'USER', sessionId: session.id },
      replacedById: successorId,
    })
    if (!ended) return null
    const { userId, transport, remembered, device, network, location } = ended
    const place = { network, location }
    const start: SessionStart = { userId, factors, transport, remembered, device, place }
    return this.#insert(transaction, successorId, start, {
      lineageId: session.lineageId,
      replacesId: session.id,
      // not the one in force by now: what ended everyone's sessions since we looked has ended this one too
      era: ended.era,
      places: toEntries(ended.places),
    })
  }

  async #insert(
    transaction: Transaction,
    id: string,
    start: SessionStart,
    {
      lineageId,
      replacesId,
      era,
      places,
    }: {
      lineageId?: string | undefined
      replacesId?: string
      era: number | null
      /** Where what it continues was seen. */
      places?: ReturnType<typeof toEntries>
    },
  ): Promise<StartedSession> {
    const now = this.clock.now()
    const { credential, columns } = newCredential(id, start.transport, now)
    const [row] = await transaction.queries
      .insert(sessions)
      .values({
        id,
        userId: start.userId,
        transport: start.transport,
        ...columns,
        factors: [...start.factors],
        remembered: start.remembered,
        createdAt: now,
        lastActiveAt: now,
        verifiedAt: now,
        expiresAt: absoluteLimit(this.policy, now, start),
        replacesId: replacesId ?? null,
        lineageId: lineageId ?? id,
        deviceLabel: start.device.label,
        deviceKind: start.device.kind,
        deviceBrowser: start.device.browser,
        deviceSystem: start.device.system,
        network: start.place.network,
        countryCode: start.place.location?.countryCode ?? null,
        city: start.place.location?.city ?? null,
        places: places ?? firstPlaces(start.place, now),
        era: era ?? currentEra,
      })
      .returning(sessionColumns)
    if (!row) throw new Error('the new session was not returned')
    await this.log.record(transaction, [
      { type: 'STARTED', userId: start.userId, sessionId: id, actor: { kind: 'USER', sessionId: id } },
    ])
    return { session: toSession(row), credential }
  }

  /** Locks a session's row until the transaction ends; null if it has ended or reached a limit. */
  async hold(transaction: Transaction, sessionId: string): Promise<Session | null> {
    const [row] = await transaction.queries
      .select(sessionColumns)
      .from(sessions)
      .where(and(eq(sessions.id, sessionId), hasNotEnded()))
      .for('no key update')
    const session = row ? toSession(row) : null
    return session && !reachedLimit(session, this.policy, this.clock.now()) ? session : null
  }

  /**
   * What a credential stands for now: by the cache if it goes on, and else read from the database. A session that is found past a
   * limit, or whose user may no longer sign in, or whose access token nobody honest can hold, is ended on the spot.
   * @returns null if there is no such session, or the credential is not its own
   */
  async find(presented: Presented): Promise<FoundSession | null> {
    const looked = await this.#cache.look(presented.sessionId)
    const answer = looked.held && this.#answerFrom(looked.held, presented)
    if (looked.held && answer !== 'unsure') return answer
    if (looked.held) void this.#cache.forget(presented.sessionId)
    if ('generation' in presented) return this.#findGranted(presented, looked)
    const found = await this.#read(presented.sessionId)
    if (!found?.secretHash || !secretMatches(presented.secret, found.secretHash)) return null
    return offer(looked, found, await this.#judge(found))
  }

  /**
   * What is held can say that the session goes on, and that the credential is none of its own: neither changes but by its end. Of
   * anything else it is unsure.
   */
  #answerFrom(held: ReadSession, presented: Presented): FoundSession | null | 'unsure' {
    if ('generation' in presented) {
      if (!held.rotation || held.session.userId !== presented.userId) return null
      // a generation that was seen in use stays known, however far the session has come since
      if (judgeUse(held.rotation, presented.generation) !== 'known') return 'unsure'
    } else if (!held.secretHash || !secretMatches(presented.secret, held.secretHash)) return null
    return this.#goesOn(held) ? { state: 'live', session: held.session, user: held.user } : 'unsure'
  }

  #goesOn({ session, user }: LiveSession): boolean {
    return !isEnded(session) && isEnabled(user) && !reachedLimit(session, this.policy, this.clock.now())
  }

  async #findGranted(grant: AccessGrant, looked: Looked): Promise<FoundSession | null> {
    for (;;) {
      const found = await this.#read(grant.sessionId)
      if (!found?.rotation || found.session.userId !== grant.userId) return null
      const judged = await this.#judge(found)
      if (judged?.state !== 'live') return judged
      const use = judgeUse(found.rotation, grant.generation)
      if (use === 'known') return offer(looked, found, judged)
      if (use === 'reused') return this.#endReused(grant.sessionId)
      if (await this.#markSeen(grant)) return judged
      // refreshed, displaced or ended meanwhile
    }
  }

  /** Writes down that a generation is in use, once for each; false if it is no longer the one in force. */
  async #markSeen({ sessionId, generation }: AccessGrant): Promise<boolean> {
    const marked = await this.database.queries
      .update(sessions)
      .set({ refreshSeen: generation })
      .where(
        and(
          eq(sessions.id, sessionId),
          hasNotEnded(),
          eq(sessions.refreshCurrent, generation),
          lt(sessions.refreshSeen, generation),
        ),
      )
      .returning({ id: sessions.id })
    return marked.length > 0
  }

  async #endReused(sessionId: string): Promise<FoundSession | null> {
    const ended = await this.database.transaction(async (transaction) => {
      const anomaly = { kind: 'DISPLACED_TOKEN_USED', occurredAt: this.clock.now(), network: null } as const
      // one that is over for another reason is only ended for that
      if (await this.hold(transaction, sessionId)) await this.flag(transaction, sessionId, anomaly)
      return this.end(transaction, sessionId, { reason: 'REFRESH_TOKEN_REUSED', actor: SYSTEM })
    })
    if (ended) {
      this.#logger.warn(
        { userId: ended.userId, sessionId },
        'an access token that nobody honest holds was used; the session was ended',
      )
    }
    return this.#reread(sessionId)
  }

  /**
   * Writes down what was noticed in a session that goes on, and tells of it; before it is ended for it.
   * @returns the session as it is then; null if it has ended
   */
  async flag(transaction: Transaction, sessionId: string, anomaly: Anomaly): Promise<Session | null> {
    return recordAnomaly(transaction, this.log, sessionId, anomaly)
  }

  /** What a session is now, for whoever has proven before that it is theirs (a live connection). */
  async look(sessionId: string): Promise<FoundSession | null> {
    const looked = await this.#cache.look(sessionId)
    if (looked.held && this.#goesOn(looked.held)) {
      const { session, user } = looked.held
      return { state: 'live', session, user }
    }
    if (looked.held) void this.#cache.forget(sessionId)
    const found = await this.#read(sessionId)
    return found && offer(looked, found, await this.#judge(found))
  }

  /** The session with this id as it is now, live or ended, for whoever may see it. */
  async view(sessionId: string): Promise<Session | null> {
    const found = await this.#read(sessionId)
    return found ? ((await this.#judge(found))?.session ?? found.session) : null
  }

  /**
   * To be called before somebody is told that a session is over that others have ended: those may have committed it a moment ago, and
   * have yet to tell the caches.
   */
  async confirmEnd({ id, endedAt }: EndedSession): Promise<void> {
    if (this.clock.now().getTime() - endedAt.getTime() < LATELY) await this.#cache.end([id])
  }

  async #judge({ session, user }: LiveSession): Promise<FoundSession | null> {
    if (isEnded(session)) {
      // known here from now on, whoever ended it and whatever was read before
      this.#cache.hear([session.id])
      return { state: 'ended', session }
    }
    if (reachedLimit(session, this.policy, this.clock.now())) {
      await this.endTimedOut(eq(sessions.id, session.id))
      return this.#reread(session.id)
    }
    if (!isEnabled(user)) {
      // disabled behind our back: by hand, in the database
      const reason = user.deletedAt ? 'ACCOUNT_DELETED' : 'ACCOUNT_DISABLED'
      await this.database.transaction((transaction) =>
        this.end(transaction, session.id, { reason, actor: SYSTEM }),
      )
      return this.#reread(session.id)
    }
    return { state: 'live', session, user }
  }

  async #reread(sessionId: string): Promise<FoundSession | null> {
    const found = await this.#read(sessionId)
    if (!found) return null
    const { session, user } = found
    if (isEnded(session)) return { state: 'ended', session }
    // touched by another request between our two reads
    return isEnabled(user) ? { state: 'live', session, user } : null
  }

  async #read(sessionId: string): Promise<ReadSession | null> {
    const [row] = await this.#byId.execute({ id: sessionId })
    if (!row) return null
    const { session, user, secretHash } = row
    return {
      session: toSession(session),
      user,
      secretHash,
      rotation: toRotation(row.rotation)?.rotation ?? null,
      currentEra: row.currentEra,
    }
  }

  /**
   * Records that the person used the session from there, if that is due. Never revives one that has ended or reached a limit.
   * @returns the session as it is then
   */
  async touch(session: Session, place: Place = NOWHERE): Promise<Session> {
    const now = this.clock.now()
    if (!needsTouch(session, this.policy, now)) return this.notePlace(session, place)
    const [touched] = await this.database.queries
      .update(sessions)
      // by itself no event: what is written now and then, and is exact to no more, is no news to anybody
      .set({ lastActiveAt: now, places: placesWithSeen(place, now) })
      .where(
        and(
          eq(sessions.id, session.id),
          hasNotEnded(),
          lte(sessions.lastActiveAt, session.lastActiveAt),
          gt(sessions.lastActiveAt, this.idleSince(now)),
          gt(sessions.expiresAt, now),
        ),
      )
      .returning(sessionColumns)
    await this.#cache.forget(session.id)
    // if not, another request was the first, and may have come from somewhere else
    return this.notePlace(touched ? toSession(touched) : session, place)
  }

  /**
   * Writes down that the session was seen somewhere new, whoever uses it there, and tells of it. Never in one that has ended or reached a
   * limit.
   * @returns the session as it is then
   */
  async notePlace(session: Session, place: Place): Promise<Session> {
    const now = this.clock.now()
    if (!isNewPlace(session, place, now)) return session
    const noted = await this.database.transaction(async (transaction) => {
      const [row] = await transaction.queries
        .update(sessions)
        .set({ places: placesWithPlace(place, now) })
        .where(
          and(
            eq(sessions.id, session.id),
            hasNotEnded(),
            // requests that come together write it once, and together no more often than one alone may
            isNewTo(sql`${keyOf(place)}::jsonb`, sql`${now.toISOString()}`),
            gt(sessions.lastActiveAt, this.idleSince(now)),
            gt(sessions.expiresAt, now),
          ),
        )
        .returning(sessionColumns)
      if (row) await this.tellOfNewPlace(transaction, row)
      return row
    })
    await this.#cache.forget(session.id)
    return noted ? toSession(noted) : session
  }

  /** To be called in the transaction that has written that a session was seen somewhere new. */
  async tellOfNewPlace(
    transaction: Transaction,
    { id, userId }: Pick<Session, 'id' | 'userId'>,
  ): Promise<void> {
    const actor = { kind: 'USER', sessionId: id } as const
    await this.log.record(transaction, [
      { type: 'CHANGED', userId, sessionId: id, actor, changes: ['NEW_PLACE'] },
    ])
  }
}

/**
 * Offers what was read to the cache, if it goes on as it was read. Never that of an administrator: there are few, and their role counts
 * as it is now, also if it was taken by a hand in the database.
 */
function offer(looked: Looked, read: ReadSession, judged: FoundSession | null): FoundSession | null {
  const isAsRead = judged?.state === 'live' && judged.session === read.session
  if (!looked.held && isAsRead && !isAdministrator(read.user)) void looked.fill(read)
  return judged
}

/** The query of every request, built once and parsed once by each connection: building it anew costs more than running it. */
function prepareById(queries: Queries) {
  return queries
    .select({
      session: sessionColumns,
      secretHash: sessions.secretHash,
      rotation: rotationColumns,
      user: userColumns,
      currentEra,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.id, sql.placeholder('id')))
    .prepare('session_by_id')
}

/** What the client is given for a new session, and what is stored of it. */
function newCredential(
  sessionId: string,
  transport: SessionTransport,
  now: Date,
): { credential: Credential; columns: Partial<typeof sessions.$inferInsert> } {
  if (transport === 'COOKIE') {
    const token = newSessionToken(sessionId)
    return { credential: { transport, token }, columns: { secretHash: hashSecret(token.secret) } }
  }
  const [salt, rotation] = [newSalt(), firstRotation(now)]
  return {
    credential: { transport, refreshToken: { sessionId, generation: rotation.current, salt } },
    columns: { refreshSalt: salt, ...fromRotation(rotation) },
  }
}
