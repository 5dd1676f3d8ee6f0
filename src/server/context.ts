import type { IncomingMessage } from 'node:http'
import type { Visitor } from '../accounts/parts.ts'
import { faultOf } from '../connections/closing.ts'
import { LiveConnection } from '../connections/live-connection.ts'
import type { Context, CookieJar, Services } from '../graphql/context.ts'
import { isRefreshAlone } from '../graphql/refresh-alone.ts'
import { Fault } from '../kernel/fault.ts'
import type { Presented } from '../sessions/credential.ts'
import type { EndedSession } from '../sessions/session.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { type Bearer, challenge, checkBearer } from './bearer.ts'
import { responseCookies } from './cookies.ts'
import { eventStreamLink } from './event-stream-link.ts'
import type { ServerContext } from './yoga.ts'

const EXPIRED = 'The access token has expired'
const REFUSED = 'The access token is not valid, or its session has ended'

/** A response to which nothing can be written any more has no cookies to write. */
const NO_COOKIES: CookieJar = { set: () => {}, clear: () => {} }

/**
 * Makes the context of each operation: looks the presented session up in the database every time, so that a session whose end
 * was acknowledged is refused by the very next request.
 */
export function contextFactory(
  services: Services,
  readVisitor: (request: IncomingMessage) => Visitor,
): (server: ServerContext) => Promise<Context> {
  const { sessions, accessTokens, clock } = services.accounts
  return async ({ req, res, connection, document }) => {
    const visitor = readVisitor(req)
    let viewer: LiveSession | null = null
    let ended: EndedSession | null = null
    // whoever sends a token means that one, and a cookie that the browser adds by itself does not count
    const bearer =
      connection || visitor.bearer === null ? null : await checkBearer(accessTokens, visitor.bearer)
    const presented = presentedBy(bearer, visitor)
    const found = connection
      ? await sessions.look(connection.session.id)
      : presented && (await sessions.find(presented))
    if (res && bearer && found?.state !== 'live')
      challenge(res, bearer.state === 'expired' ? EXPIRED : REFUSED)
    if (found?.state === 'ended') ended = found.session
    if (found?.state === 'live') {
      // a request is the person's doing, unless it says that it is not; what goes on over a socket or event stream that stays open, or
      // comes back, need not be, and a refresh says whether it is
      const isOpen = connection || req.headers.accept?.includes('text/event-stream')
      const byPerson = !isOpen && !visitor.background && !(document && isRefreshAlone(document))
      const { session, user } = found
      const { place } = visitor
      viewer = {
        session: byPerson ? await sessions.touch(session, place) : await sessions.notePlace(session, place),
        user,
      }
    }
    return {
      services,
      visitor,
      viewer,
      ended,
      tokenRefused: bearer !== null && bearer.state !== 'valid',
      cameWithNothing: bearer === null && !found,
      cookieSession: async () => {
        if (bearer) return (visitor.cookie && (await sessions.find(visitor.cookie))?.session) ?? null
        return viewer?.session ?? ended
      },
      tidied: new Set(),
      cookies: res ? responseCookies(res, () => clock.now()) : NO_COOKIES,
      connect: async () => {
        if (connection) return connection
        if (!res) throw new Error('there is neither a socket nor a response to subscribe on')
        if (bearer?.state === 'expired')
          throw new Fault('NOT_SIGNED_IN', `${EXPIRED}. Refresh it, and try again.`)
        const link = eventStreamLink(res)
        const opened = await services.connections.open(presented, link)
        if (!(opened instanceof LiveConnection)) throw faultOf(opened)
        link.onGone(() => opened.closed())
        return opened
      },
    }
  }
}

function presentedBy(bearer: Bearer | null, { cookie }: Visitor): Presented | null {
  if (!bearer) return cookie
  return bearer.state === 'valid' ? bearer.grant : null
}
