import type { AccountParts, Visitor } from '../accounts/parts.ts'
import type { Connections } from '../connections/connections.ts'
import type { LiveConnection } from '../connections/live-connection.ts'
import type { EventLog } from '../revocations/event-log.ts'
import type { EndedSession, Session } from '../sessions/session.ts'
import type { SessionToken } from '../sessions/session-token.ts'
import type { LiveSession } from '../sessions/sessions.ts'

/** The rooms behind the API. */
export interface Services {
  readonly accounts: AccountParts
  readonly connections: Connections
  readonly log: EventLog
}

/** What a response does to the client's session cookie. */
export interface CookieJar {
  /** Hands the client a new session. */
  set(session: Session, token: SessionToken): void
  clear(): void
}

/** What a resolver works with. */
export interface Context {
  readonly services: Services
  readonly visitor: Visitor
  /** The live session that came with the request, or that this request started. */
  viewer: LiveSession | null
  /** The session that came with the request, if it has ended. */
  readonly ended: EndedSession | null
  /** Whether an access token came along that was not taken: it has expired, or is none of ours. */
  readonly tokenRefused: boolean
  /** Whether neither a session nor a token came along: a cookie that did is worth nothing, and may be dropped. */
  readonly cameWithNothing: boolean
  /** The session of the cookie that came along, live or ended, also where an access token was what counted. */
  cookieSession(): Promise<Session | null>
  readonly cookies: CookieJar
  /** Users whose overdue sessions this operation has ended already. */
  readonly tidied: Set<string>
  /** The live connection that a subscription runs on; throws a Fault if there can be none. */
  connect(): Promise<LiveConnection>
}
