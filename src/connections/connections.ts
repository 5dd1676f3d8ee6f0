import { sleep } from '../kernel/clock.ts'
import { Deadlines } from '../kernel/deadlines.ts'
import { ACCESS_TOKEN_EXPIRED, CloseCode, NOT_SIGNED_IN } from '../protocol/close-codes.ts'
import type { AccessGrant, Presented } from '../sessions/credential.ts'
import type { FoundSession, LiveSession } from '../sessions/sessions.ts'
import { type Closing, closingOf } from './closing.ts'
import { type ConnectionParts, type Link, LiveConnection } from './live-connection.ts'

/**
 * The live connections of this node. Each belongs to one session and lives exactly as long as it does: it is told why the session
 * ended, and is then cut.
 */
export class Connections implements AsyncDisposable {
  readonly #parts: ConnectionParts & { readonly deadlines: Deadlines }
  readonly #connections = new Set<LiveConnection>()
  readonly #perSession = new Map<string, number>()
  readonly #perUser = new Map<string, number>()
  #leaving = false

  constructor(parts: ConnectionParts) {
    this.#parts = { ...parts, deadlines: new Deadlines(parts.clock) }
  }

  /** How many connections are open. */
  get size(): number {
    return this.#connections.size
  }

  /** How many handles on the event feed its connections hold. */
  get followers(): number {
    return this.#parts.feed.followers
  }

  /**
   * Admits a connection that presents this credential, or says with which code to close it. From the moment that this resolves, the
   * connection hears of the session's end, however soon that comes.
   */
  async open(presented: Presented | null, link: Link): Promise<LiveConnection | Closing> {
    if (!presented) return { code: CloseCode.sessionEnded, reason: NOT_SIGNED_IN }
    const { sessions, feed, clock, limits } = this.#parts
    // follows first and looks then, so that an end in between is not missed
    let overtaken: boolean
    const overtake = (): void => {
      overtaken = true
    }
    using _ = feed.followSession(presented.sessionId, {
      onEvent: (event) => event.type === 'REVOKED' && overtake(),
      onEverySessionRevoked: overtake,
      onGap: overtake,
    })
    let found: FoundSession | null
    do {
      overtaken = false
      found = await sessions.find(presented)
    } while (overtaken)
    if (this.#leaving) return GOING_AWAY
    if (!found) return { code: CloseCode.sessionEnded, reason: NOT_SIGNED_IN }
    if (found.state === 'ended') return closingOf(found.session, clock.now())
    const { session, user } = found
    if (this.#connections.size >= limits.perNode)
      return { code: CloseCode.tryAgainLater, reason: 'SERVER_BUSY' }
    if (
      (this.#perSession.get(session.id) ?? 0) >= limits.perSession ||
      (this.#perUser.get(user.id) ?? 0) >= limits.perUser
    ) {
      return { code: CloseCode.tooManyConnections, reason: 'TOO_MANY_CONNECTIONS' }
    }
    return this.#admit(found, link)
  }

  /**
   * How a connection that presents a genuine access token past its time is closed: while its session lives, it is to come back with
   * the next token, like one whose session was replaced.
   */
  async closingOfExpired({ sessionId }: AccessGrant): Promise<Closing> {
    const { sessions, clock } = this.#parts
    const found = await sessions.look(sessionId)
    if (found?.state === 'live') return { code: CloseCode.sessionReplaced, reason: ACCESS_TOKEN_EXPIRED }
    return found
      ? closingOf(found.session, clock.now())
      : { code: CloseCode.sessionEnded, reason: NOT_SIGNED_IN }
  }

  /**
   * Tells all connections to go elsewhere, in waves that each take some of them at random, and resolves when they are closed. Nobody is
   * admitted any more.
   * @param spread over how long (milliseconds)
   */
  async leave(spread: number): Promise<void> {
    this.#leaving = true
    const count = Math.max(1, Math.ceil(spread / WAVE_INTERVAL))
    const waves = Array.from({ length: count }, (): LiveConnection[] => [])
    for (const connection of this.#connections) waves[Math.floor(Math.random() * count)]?.push(connection)
    const closing: Promise<void>[] = []
    for (const [index, wave] of waves.entries()) {
      if (index > 0 && this.#connections.size > 0) await sleep(this.#parts.clock, WAVE_INTERVAL)
      closing.push(...wave.map((connection) => connection.cut(GOING_AWAY)))
    }
    await Promise.all(closing)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave(0)
  }

  #admit({ session, user }: LiveSession, link: Link): LiveConnection {
    count(this.#perSession, session.id, 1)
    count(this.#perUser, user.id, 1)
    const connection = new LiveConnection({
      ...this.#parts,
      session,
      user,
      link,
      onClosed: () => {
        if (!this.#connections.delete(connection)) return
        count(this.#perSession, session.id, -1)
        count(this.#perUser, user.id, -1)
      },
    })
    this.#connections.add(connection)
    return connection
  }
}

/** From one wave of connections that are told to go to the next (milliseconds). */
const WAVE_INTERVAL = 50

const GOING_AWAY: Closing = { code: CloseCode.goingAway, reason: 'GOING_AWAY' }

function count(counts: Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by
  if (next > 0) counts.set(key, next)
  else counts.delete(key)
}
