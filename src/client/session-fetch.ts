import type { SessionTransport } from '../protocol/sessions.ts'
import { isTokenRefused } from './post.ts'

/** What `fetch` needs of the client that it belongs to. */
export interface FetchParts {
  readonly url: string
  readonly transport: SessionTransport
  readonly tokenOrigins: readonly string[]
  /**
   * Waits until it is sure whose the request is, and throws if that is somebody else than the page believes.
   * @returns what is aborted when that changes
   */
  readonly enter: () => Promise<AbortSignal>
  readonly freshToken: () => Promise<string | null>
  /** @returns another access token than the one that was refused; null if there is none */
  readonly renewToken: (refused: string) => Promise<string | null>
}

/** Makes a `fetch` that carries the session to those who may have it, and to nobody else. */
export function makeSessionFetch(parts: FetchParts): typeof fetch {
  const { url, transport, enter, freshToken, renewToken } = parts
  const origins = new Set([new URL(url).origin, ...parts.tokenOrigins])

  const withSession = async (request: Request): Promise<Response> => {
    const changed = await enter()
    const signal = AbortSignal.any([request.signal, changed])
    const credentials = transport === 'TOKEN' ? 'omit' : 'include'
    const send = async (token: string | null): Promise<Response> => {
      const copy = token ? request.clone() : request
      if (token) copy.headers.set('Authorization', `Bearer ${token}`)
      // a redirect to another origin loses the header: the browser takes it off (Fetch §4.4)
      return await fetch(copy, { credentials, signal })
    }
    const token = await freshToken()
    const response = await send(token)
    if (!token || !(await wasNotDone(request, response))) return response
    const next = await renewToken(token)
    return next ? await send(next) : response
  }

  return async (input, init) => {
    const request = new Request(input, init)
    const isOurs =
      transport === 'TOKEN' ? origins.has(new URL(request.url).origin) : request.url.split('?', 1)[0] === url
    return await (isOurs ? withSession : fetch)(request)
  }
}

/** Whether the access token was refused and nothing came of the request, so that it may be sent again. */
async function wasNotDone(request: Request, response: Response): Promise<boolean> {
  if (response.status === 401) return true
  if (!isTokenRefused(response)) return false
  // the API answers as to somebody who is not signed in: a query can be asked again, a mutation only if it says so
  const body = await request.clone().text()
  if (!/\bmutation\b/.test(body)) return true
  return /"(NOT_SIGNED_IN|NotSignedInError|INVALID_ACCESS_TOKEN)"/.test(await response.clone().text())
}
