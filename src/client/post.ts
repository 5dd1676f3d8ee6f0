import { BACKGROUND_HEADER } from '../protocol/background.ts'
import type { Clock } from './clock.ts'
import { SessionRequestError } from './errors.ts'

/** One request to the API. */
export interface Operation {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
  /** What kind of answer is wanted. By default JSON. */
  readonly accept?: string
  /** An access token to send along. */
  readonly accessToken?: string | null
  /** Whether the cookie goes along, and one that comes back is kept. */
  readonly cookie?: boolean
  /** Whether no person is behind it. */
  readonly background?: boolean
  readonly signal?: AbortSignal
  /** How long to wait for the answer (milliseconds). */
  readonly timeout?: number
}

const TIMEOUT = 30_000

/** What of an answer concerns us. */
export interface Answer<Data> {
  readonly data: Data
  /** Whether the server says that the access token is good no more. */
  readonly tokenRefused: boolean
}

/**
 * Sends an operation and returns the answer as it is.
 * @throws SessionRequestError: NO_ANSWER
 */
export async function send(
  url: string,
  clock: Clock,
  {
    query,
    variables,
    accept = 'application/json',
    accessToken,
    cookie,
    background,
    signal,
    timeout = TIMEOUT,
  }: Operation,
): Promise<{ response: Response; text: string }> {
  const late = new AbortController()
  const cancel = clock.after(timeout, () => late.abort())
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: accept,
        ...(background && { [BACKGROUND_HEADER]: '?1' }),
        ...(accessToken && { Authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify({ query, variables }),
      credentials: cookie ? 'include' : 'omit',
      cache: 'no-store',
      // whatever stands in it, a password among it, is for this address alone
      redirect: 'manual',
      signal: signal ? AbortSignal.any([late.signal, signal]) : late.signal,
    })
    return { response, text: await response.text() }
  } catch (cause) {
    throw new SessionRequestError('NO_ANSWER', 'The server did not answer.', { cause })
  } finally {
    cancel()
  }
}

/**
 * Sends an operation and returns its data.
 * @throws SessionRequestError: the server's code, NO_ANSWER or NOT_UNDERSTOOD
 */
export async function post<Data>(url: string, clock: Clock, operation: Operation): Promise<Answer<Data>> {
  const { response, text } = await send(url, clock, operation)
  const { data, errors } = parse<Data>(text)
  const [error] = errors ?? []
  if (error) {
    const { code, ...extensions } = error.extensions ?? {}
    throw new SessionRequestError(typeof code === 'string' ? code : 'NOT_UNDERSTOOD', error.message, {
      extensions,
    })
  }
  // what was redirected has no status
  if (data == null)
    throw new SessionRequestError('NOT_UNDERSTOOD', `The answer was ${response.status || 'a redirect'}.`)
  return { data, tokenRefused: isTokenRefused(response) }
}

/** Whether a response says that the access token that it was asked with is good no more (RFC 6750 §3). */
export function isTokenRefused(response: Response): boolean {
  return response.headers.get('WWW-Authenticate')?.includes('invalid_token') ?? false
}

function parse<Data>(text: string): {
  data?: Data | null
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[]
} {
  try {
    // a proxy's page is no JSON
    return (JSON.parse(text) as object | null) ?? {}
  } catch {
    return {}
  }
}
