import { type Clock, within } from '../../kernel/clock.ts'

/** What asks a server over HTTP: the global `fetch`, or something that stands in for it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** One request. */
export interface ProbeRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** An answer, read whole. */
export interface ProbeAnswer {
  readonly status: number
  readonly headers: Headers
  /** The value of each Set-Cookie header. */
  readonly setCookies: readonly string[]
  readonly text: string
  /** Null if the body is not JSON. */
  readonly json: unknown
}

/** The server could not be asked, or not any further. The message names no credential. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure'
}

/** Longest time for one answer (milliseconds). */
const ANSWER_TIMEOUT = 10_000
/** A server is asked no more often than this: it is to be examined, not loaded. */
const MOST_REQUESTS = 120
/** Longest time for everything (milliseconds). */
const PROBE_TIMEOUT = 180_000
/** What is granted beyond that, for leaving nothing behind. */
const REQUESTS_TO_CLEAN_UP = 20
const CLEAN_UP_TIMEOUT = 30_000
/** What is read of one answer; the rest is left. */
const MOST_BYTES = 1_000_000

/** Asks a server, within limits on number, time and size. Follows no redirect, keeps no cookie. */
export class ProbeClient {
  readonly base: URL
  readonly #fetch: Fetch
  readonly #clock: Clock
  #signal: AbortSignal | null
  #left = MOST_REQUESTS
  #deadline: number

  /** @param parts.signal makes every further request fail, until it is time to clean up */
  constructor(parts: { base: URL; fetch: Fetch; clock: Clock; signal?: AbortSignal | null }) {
    this.base = parts.base
    this.#fetch = parts.fetch
    this.#clock = parts.clock
    this.#signal = parts.signal ?? null
    this.#deadline = this.#now() + PROBE_TIMEOUT
  }

  #now(): number {
    return this.#clock.now().getTime()
  }

  /** Grants some requests more, whatever has happened: what was started is to be ended. */
  beginCleanUp(): void {
    this.#signal = null
    this.#left = Math.max(this.#left, REQUESTS_TO_CLEAN_UP)
    this.#deadline = Math.max(this.#deadline, this.#now() + CLEAN_UP_TIMEOUT)
  }

  /**
   * Asks once.
   * @param path on the server, or a whole URL
   * @throws ProbeFailure if there is no answer
   */
  async ask(path: string, { method = 'GET', headers = {}, body }: ProbeRequest = {}): Promise<ProbeAnswer> {
    if (this.#signal?.aborted) throw new ProbeFailure('It was interrupted.')
    if (this.#left === 0) throw new ProbeFailure(`${MOST_REQUESTS} requests were not enough.`)
    if (this.#now() > this.#deadline) throw new ProbeFailure('The server answers too slowly to be examined.')
    this.#left -= 1
    const url = new URL(path, this.base)
    const giveUp = new AbortController()
    try {
      const answer = this.#answer(url, {
        method,
        headers: { 'User-Agent': USER_AGENT, ...headers },
        ...(body === undefined ? {} : { body }),
        redirect: 'manual',
        signal: giveUp.signal,
      })
      return await within(this.#clock, ANSWER_TIMEOUT, answer)
    } catch (error) {
      if (error instanceof ProbeFailure) throw error
      // what is thrown may quote headers; what is told is the code alone
      const code = codeOf(error)
      throw new ProbeFailure(`${url.origin} does not answer${code === null ? '' : ` (${code})`}.`)
    } finally {
      giveUp.abort()
    }
  }

  async #answer(url: URL, init: RequestInit): Promise<ProbeAnswer> {
    const response = await this.#fetch(url.href, init)
    const text = await readText(response)
    return {
      status: response.status,
      headers: response.headers,
      setCookies: response.headers.getSetCookie(),
      text,
      json: parseJson(text),
    }
  }
}

/** How the probe calls itself: so that whoever looks at a session or a log knows. */
export const USER_AGENT = 'curfew-doctor'

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MOST_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const { code } = error as NodeJS.ErrnoException
  return code ?? codeOf(error.cause)
}
