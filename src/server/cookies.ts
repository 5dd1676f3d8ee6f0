import type { ServerResponse } from 'node:http'
import type { CookieJar } from '../graphql/context.ts'
import { SESSION_COOKIE } from '../protocol/credentials.ts'
import { formatSessionToken, parseSessionToken, type SessionToken } from '../sessions/session-token.ts'

/** ASVS 3.3.1 to 3.3.4. Lax and not Strict: following a link to the site must not look like being signed out. */
const FLAGS = 'Path=/; Secure; HttpOnly; SameSite=Lax'

/**
 * The session token in a Cookie header; null if there is none that could be ours. A browser never sends our cookie twice (the
 * prefix rules out other paths and domains), so a header that does was forged, and is worth nothing.
 */
export function readSessionCookie(header: string | undefined): SessionToken | null {
  if (!header) return null
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
    .map((pair) => pair.slice(SESSION_COOKIE.length + 1))
  const [value, ...others] = values
  return value === undefined || others.length > 0 ? null : parseSessionToken(value)
}

/** Writes the session cookie of one response; the last word counts. */
export function responseCookies(response: ServerResponse, now: () => Date): CookieJar {
  const write = (cookie: string): void => {
    // a response may be under way already where nothing signs in or out: a subscription over server-sent events
    if (!response.headersSent) response.setHeader('Set-Cookie', cookie)
  }
  return {
    set: (session, token) => {
      const lasts = Math.max(0, Math.floor((session.expiresAt.getTime() - now().getTime()) / 1_000))
      const age = session.remembered ? `; Max-Age=${lasts}` : ''
      write(`${SESSION_COOKIE}=${formatSessionToken(token)}; ${FLAGS}${age}`)
    },
    clear: () => write(`${SESSION_COOKIE}=; ${FLAGS}; Max-Age=0`),
  }
}
