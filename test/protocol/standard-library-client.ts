/**
 * A client of Curfew, written from PROTOCOL.md alone with what every language has: HTTP, WebSockets, JSON and
 * signatures. It takes nothing from this project and nothing from a package, to be read and carried over.
 *
 * - `TokenClient`: an app or a service with tokens. `CookieClient`: a browser's way.
 * - `TokenVerifier` and `ResourceServer`: a service that is handed access tokens, and verifies them by itself.
 */
import { createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'

// ------------------------------------------------------------------------------------------------- failures

/** An expected failure, which is data in the answer: `Error { code, message }`, with what some of them add. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: string
  /** Why the session ended, of a SESSION_ENDED. */
  readonly reason: string | undefined
  /** What to reverify for, of a VERIFICATION_REQUIRED. */
  readonly action: string | undefined
  readonly subject: string | null | undefined

  constructor(failure: Failure) {
    super(failure.message)
    this.code = failure.code
    this.reason = failure.reason
    this.action = failure.action
    this.subject = failure.subject
  }
}

/** A fault: an entry of `errors`, with its `extensions.code`. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: string

  constructor({ message, extensions }: GraphQLFault) {
    super(message)
    this.code = extensions?.code ?? 'UNKNOWN'
  }
}

interface Failure {
  readonly code: string
  readonly message: string
  readonly reason?: string
  readonly action?: string
  readonly subject?: string | null
}

interface GraphQLFault {
  readonly message: string
  readonly extensions?: { readonly code?: string }
}

/** The one fragment that all mutations need for their failures. */
const FAILURE = `... on Error {
  code message
  ... on SessionEndedError { reason }
  ... on VerificationRequiredError { action subject }
}`

// ---------------------------------------------------------------------------------------------------- HTTP

type Fetch = typeof fetch

/** What `data` holds; whoever writes the query knows its type. */
type Data = Record<string, unknown>

/** What came back: the data or a fault, and the response, whose headers may say what to do about it. */
interface Answer {
  readonly response: Response
  readonly data: Data
  readonly fault: Fault | null
}

/** Sends one operation. What is no GraphQL answer, as a proxy's page, is thrown as a lost response would be. */
async function post(
  server: { readonly url: string; readonly fetch: Fetch },
  headers: Record<string, string>,
  query: string,
  variables: object,
  timeout = 30_000,
): Promise<Answer> {
  const response = await server.fetch(new URL('/graphql', server.url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(timeout),
  })
  const { data, errors } = (await response.json()) as { data?: Data; errors?: GraphQLFault[] }
  const fault = errors?.[0] ? new Fault(errors[0]) : null
  if (!data && !fault) throw new Error(`there is no GraphQL in the answer (${response.status})`)
  return { response, data: data ?? {}, fault }
}

/** The data, or the fault thrown. */
function dataOf({ data, fault }: Answer): Data {
  if (fault) throw fault
  return data
}

/** A mutation by the naming that all of them keep: `signIn(input: SignInInput!)` gives a `SignInSuccess`. */
function mutation(field: string, success: string): string {
  const type = field.charAt(0).toUpperCase() + field.slice(1)
  return `mutation ($input: ${type}Input!) {
    ${field}(input: $input) { ... on ${type}Success { __typename ${success} } ${FAILURE} }
  }`
}

/** The success that a mutation answered with. Throws the failure. */
function successOf<T>(data: Data): T {
  const [result] = Object.values(data)
  if ((result as Partial<Failure>).code) throw new Refused(result as Failure)
  return result as T
}

// -------------------------------------------------------------------------------------------------- tokens

/** What a client keeps. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** Where the tokens are kept, one place for all that share them. A real one survives a restart. */
export class TokenStore {
  #tokens: Tokens | null = null
  #turn: Promise<unknown> = Promise.resolve()

  read(): Tokens | null {
    return this.#tokens
  }

  write(tokens: Tokens | null): void {
    this.#tokens = tokens
  }

  /** Lets one after the other exchange tokens: a Web Lock in a browser, a locked file between processes. */
  exclusively<T>(exchange: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(exchange)
    this.#turn = mine.catch(() => {})
    return mine
  }
}

const TOKENS = 'tokens { accessToken refreshToken }'
const REFRESH = mutation('refreshSession', TOKENS)

export interface TokenClientOptions {
  readonly url: string
  readonly store?: TokenStore
  /** The same for every refresh of a session. */
  readonly userAgent?: string
  readonly fetch?: Fetch
  /** When a refresh is given up: well within 30 seconds. */
  readonly refreshTimeout?: number
  /** How often a refresh is sent before whoever needs it is told that it did not work. */
  readonly refreshAttempts?: number
}

/** An app, a command line or a service: TOKEN transport. */
export class TokenClient {
  readonly url: string
  readonly store: TokenStore
  readonly fetch: Fetch
  readonly #userAgent: string
  readonly #refreshTimeout: number
  readonly #refreshAttempts: number

  constructor(options: TokenClientOptions) {
    this.url = options.url
    this.store = options.store ?? new TokenStore()
    this.fetch = options.fetch ?? fetch
    this.#userAgent = options.userAgent ?? 'standard-library-client/1.0'
    this.#refreshTimeout = options.refreshTimeout ?? 10_000
    this.#refreshAttempts = options.refreshAttempts ?? 3
  }

  signUp(email: string, password: string): Promise<string> {
    return this.#begin('signUp', { email, password, transport: 'TOKEN' })
  }

  signIn(email: string, password: string): Promise<string> {
    return this.#begin('signIn', { email, password, transport: 'TOKEN' })
  }

  /** Starts a session, keeps its tokens, and gives its id. */
  async #begin(field: string, input: object): Promise<string> {
    return this.store.exclusively(async () => {
      const data = dataOf(await this.#send(null, mutation(field, `session { id } ${TOKENS}`), { input }))
      const { session, tokens } = successOf<{ session: { id: string }; tokens: Tokens }>(data)
      this.store.write(tokens)
      return session.id
    })
  }

  /** Asks, with the access token, and with the next one if it is not taken. */
  query(query: string, variables: object = {}): Promise<Data> {
    return this.#authorized(query, variables, (stale) => this.refresh(stale))
  }

  async mutate<T>(field: string, input: object, success = ''): Promise<T> {
    return successOf<T>(await this.query(mutation(field, success), { input }))
  }

  /**
   * Does what needs a proof. Nobody knows better than the server what the proof has to be for, so it is asked
   * without one first: its refusal names the action and the subject.
   */
  async prove<T>(password: string, field: string, input: object, success = ''): Promise<T> {
    try {
      return await this.mutate<T>(field, { ...input, verificationToken: '' }, success)
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'VERIFICATION_REQUIRED') throw error
      const verificationToken = await this.reverify(password, String(error.action), error.subject ?? null)
      return this.mutate<T>(field, { ...input, verificationToken }, success)
    }
  }

  /** Presents the password again. The tokens are those of the successor from now on. Gives the proof. */
  async reverify(password: string, action: string, subject: string | null = null): Promise<string> {
    const input = { action, subject, factor: { password } }
    const { verification } = await this.#exchange<{ verification: { token: string } }>(
      'reverify',
      input,
      'verification { token }',
    )
    return verification.token
  }

  async updatePassword(password: string, newPassword: string): Promise<void> {
    const verificationToken = await this.reverify(password, 'UPDATE_PASSWORD')
    const input = { newPassword, signOutEverywhere: false, verificationToken }
    await this.#exchange('updatePassword', input)
  }

  /** A mutation that gives other tokens, for which no refresh may be under way. They are stored before use. */
  #exchange<T>(field: string, input: object, success = ''): Promise<T> {
    return this.store.exclusively(async () => {
      const query = mutation(field, `${success} ${TOKENS}`)
      const data = await this.#authorized(query, { input }, (stale) => this.#refreshInTurn(stale))
      const result = successOf<T & { tokens: Tokens | null }>(data)
      this.store.write(result.tokens)
      return result
    })
  }

  /** Ends the session. An access token that has expired is refreshed first, or the session would live on. */
  async signOut(): Promise<void> {
    await this.query('mutation { signOut { ... on SignOutSuccess { session { id } } } }').catch(ignoreEnded)
    this.store.write(null)
  }

  /**
   * Gives the tokens that come after those with this access token.
   *
   * @throws Refused SESSION_ENDED or INVALID_TOKEN, with the tokens dropped: show `message`, offer to sign in
   */
  refresh(stale: string, background = false): Promise<Tokens> {
    return this.store.exclusively(() => this.#refreshInTurn(stale, background))
  }

  async #refreshInTurn(stale: string, background = false): Promise<Tokens> {
    const held = this.store.read()
    if (!held) throw new Refused({ code: 'NOT_SIGNED_IN', message: 'You are not signed in.' })
    if (held.accessToken !== stale) return held // another was first

    const input = { refreshToken: held.refreshToken, background }
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.#send(null, REFRESH, { input }, this.#refreshTimeout)
        const { tokens } = successOf<{ tokens: Tokens }>(dataOf(answer))
        this.#replace(held, tokens)
        return tokens
      } catch (error) {
        if (error instanceof Refused) {
          this.#replace(held, null)
          throw error
        }
        // no answer: the same token again is right, however often
        if (attempt >= this.#refreshAttempts) throw error
        await wait(backoff(attempt))
      }
    }
  }

  /** Stores what comes after these tokens, if they are still those that are held. */
  #replace(sent: Tokens, next: Tokens | null): void {
    if (this.store.read()?.refreshToken === sent.refreshToken) this.store.write(next)
  }

  async #authorized(
    query: string,
    variables: object,
    refresh: (stale: string) => Promise<Tokens>,
  ): Promise<Data> {
    const held = this.store.read()
    const answer = await this.#send(held, query, variables)
    if (held && isTokenRefused(answer.response)) {
      // nothing was done as nobody, so it can be sent again
      return dataOf(await this.#send(await refresh(held.accessToken), query, variables))
    }
    return dataOf(answer)
  }

  #send(tokens: Tokens | null, query: string, variables: object, timeout?: number): Promise<Answer> {
    const authorization = tokens ? { Authorization: `Bearer ${tokens.accessToken}` } : {}
    return post(this, { 'User-Agent': this.#userAgent, ...authorization }, query, variables, timeout)
  }

  /** Follows the ends of sessions until there is nothing more to follow, through everything that can be survived. */
  follow(options: FollowOptions): Promise<Ending> {
    return follow(this, options)
  }
}

/** Whether the access token was not taken. It says nothing of the session yet: the refresh token knows. */
function isTokenRefused(response: Response): boolean {
  return response.headers.get('WWW-Authenticate')?.includes('error="invalid_token"') ?? false
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof Refused)) throw error
}

/** Milliseconds before an attempt is repeated: longer every time, and never the same for everybody. */
function backoff(attempt: number): number {
  return Math.random() * Math.min(30_000, 100 * 2 ** attempt)
}

// ----------------------------------------------------------------------------------------------- WebSocket

/** How a subscription ended: by the close of its connection, or by an error of its own. */
export type Ending =
  | { readonly by: 'close'; readonly code: number; readonly reason: string }
  | {
      readonly by: 'error'
      /** The message that it came in: `error` refuses what was asked, `next` is the answer to it. */
      readonly type: string
      readonly code: string
      readonly message: string
    }

/** The end of a session, as the server tells it. */
export interface SessionRevoked {
  readonly id: string
  readonly cursor: string
  readonly sessionId: string
  readonly reason: string
  readonly message: string
}

const SESSION_REVOKED = `subscription ($scope: RevocationScope!, $after: EventCursor) {
  sessionRevoked(scope: $scope, after: $after) { id cursor sessionId reason message }
}`

/** One connection with one subscription: graphql-transport-ws, by hand. */
export function subscribe(
  url: string,
  payload: object,
  operation: { readonly query: string; readonly variables: object },
  listener: { readonly onNext: (data: Data) => void; readonly signal?: AbortSignal | undefined },
): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const address = new URL('/graphql', url)
  address.protocol = address.protocol.replace('http', 'ws')
  const socket = new WebSocket(address, 'graphql-transport-ws')
  const say = (message: object): void => socket.send(JSON.stringify(message))
  const fail = (type: string, { message, extensions }: GraphQLFault): void => {
    resolve({ by: 'error', type, code: extensions?.code ?? 'UNKNOWN', message })
    socket.close(1000)
  }

  socket.addEventListener('open', () => say({ type: 'connection_init', payload }))
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string; payload?: unknown }
    switch (message.type) {
      case 'connection_ack':
        say({ type: 'subscribe', id: '1', payload: operation })
        break
      case 'ping':
        say({ type: 'pong' })
        break
      case 'next': {
        const { data, errors } = message.payload as { data?: Data; errors?: GraphQLFault[] }
        if (errors?.[0]) fail(message.type, errors[0])
        else if (data) listener.onNext(data)
        break
      }
      case 'error': // the document itself was refused
        fail(message.type, (message.payload as [GraphQLFault])[0])
        break
      // `complete` needs nothing: the close that follows it says why
    }
  })
  socket.addEventListener('close', ({ code, reason }) => resolve({ by: 'close', code, reason }))
  listener.signal?.addEventListener('abort', () => socket.close(1000), { once: true })
  return promise
}

export interface FollowOptions {
  readonly scope: 'THIS_SESSION' | 'MY_SESSIONS' | 'ALL'
  /** Where to begin: the `eventCursor` that was read with the state, or the cursor of the last event. */
  readonly after?: string | null
  /** Each event, once. */
  readonly onEvent: (event: SessionRevoked) => void
  /** Too much was missed: load everything again. Gives the `eventCursor` that was read with it. */
  readonly onCursorExpired?: () => Promise<string | null>
  /** The window of an administrator has closed, with what to reverify for it. */
  readonly onVerificationRequired?: () => Promise<void>
  /** Each end of a connection that is survived. */
  readonly onReconnect?: (ending: Ending) => void | Promise<void>
  readonly signal?: AbortSignal
}

/** How many events are recognised when they come again: a cursor repeats a few. */
const REMEMBERED_EVENTS = 1_000

async function follow(client: TokenClient, options: FollowOptions): Promise<Ending> {
  const seen = new Set<string>()
  let after = options.after ?? null
  let failures = 0
  while (!options.signal?.aborted) {
    const held = client.store.read()
    if (!held) return { by: 'close', code: 4401, reason: 'NOT_SIGNED_IN' }

    const ending = await subscribe(
      client.url,
      { accessToken: held.accessToken },
      { query: SESSION_REVOKED, variables: { scope: options.scope, after } },
      {
        signal: options.signal,
        onNext: (data) => {
          const event = data['sessionRevoked'] as SessionRevoked
          failures = 0
          after = event.cursor
          if (seen.has(event.id)) return
          seen.add(event.id)
          if (seen.size > REMEMBERED_EVENTS) for (const oldest of seen.keys().take(1)) seen.delete(oldest)
          options.onEvent(event)
        },
      },
    )
    if (options.signal?.aborted) break

    switch (reactionTo(ending)) {
      case 'stop':
        return ending
      case 'signed out':
        // only the tokens that it is about: somebody may have signed in again since
        if (client.store.read()?.accessToken === held.accessToken) client.store.write(null)
        return ending
      case 'renew':
        // waits for a reverification that is under way, which brings the tokens of the successor
        try {
          await client.refresh(held.accessToken, true)
        } catch (error) {
          if (error instanceof Refused)
            return { by: 'close', code: 4401, reason: error.reason ?? 'NOT_SIGNED_IN' }
          await wait(backoff(++failures))
        }
        break
      case 'load again':
        if (!options.onCursorExpired) return ending
        after = await options.onCursorExpired()
        break
      case 'verify':
        if (!options.onVerificationRequired) return ending
        await options.onVerificationRequired()
        break
      case 'wait':
        await wait(backoff(++failures))
        break
    }
    await options.onReconnect?.(ending)
  }
  return { by: 'close', code: 1000, reason: '' }
}

/** What to do when a subscription ended. */
function reactionTo(ending: Ending): 'stop' | 'signed out' | 'renew' | 'load again' | 'verify' | 'wait' {
  if (ending.by === 'error') {
    switch (ending.code) {
      case 'CURSOR_EXPIRED':
        return 'load again'
      case 'VERIFICATION_REQUIRED':
        return 'verify'
      case 'SERVER_BUSY':
      case 'INTERNAL_SERVER_ERROR':
        return 'wait'
      default:
        return 'stop'
    }
  }
  switch (ending.code) {
    case 4401:
      // no session by this token: the refresh token knows whether there is one. Any other reason is an end.
      return ending.reason === 'NOT_SIGNED_IN' ? 'renew' : 'signed out'
    case 4403:
      return 'renew'
    case 1000: // ourselves
    case 4400:
    case 4429:
      return 'stop'
    default: // 1001, 1006 (no close at all), 1013, 4408
      return 'wait'
  }
}

// -------------------------------------------------------------------------------------------------- cookies

/** A browser's way, with a jar for one cookie. */
export class CookieClient {
  readonly url: string
  readonly fetch: Fetch = fetch
  cookie: string | null = null

  constructor(url: string) {
    this.url = url
  }

  signIn(email: string, password: string): Promise<{ session: { id: string } }> {
    return this.mutate('signIn', { email, password }, 'session { id }')
  }

  signUp(email: string, password: string): Promise<{ session: { id: string } }> {
    return this.mutate('signUp', { email, password }, 'session { id }')
  }

  async mutate<T>(field: string, input: object, success = ''): Promise<T> {
    return successOf<T>(await this.query(mutation(field, success), { input }))
  }

  async query(query: string, variables: object = {}): Promise<Data> {
    const answer = await post(this, this.#headers(), query, variables)
    for (const line of answer.response.headers.getSetCookie()) this.#keep(line)
    return dataOf(answer)
  }

  #headers(): Record<string, string> {
    return this.cookie ? { Cookie: this.cookie } : {}
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/)
    const isCleared = pair.endsWith('=') || attributes.some((attribute) => /^max-age=0$/i.test(attribute))
    this.cookie = isCleared ? null : pair
  }

  /** The ends of its session, as server-sent events. Gives whether the stream was completed: broken off, it is to be resumed. */
  async listen(onEvent: (event: SessionRevoked) => void, onOpen: () => void = () => {}): Promise<boolean> {
    const response = await this.fetch(new URL('/graphql', this.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream', ...this.#headers() },
      body: JSON.stringify({ query: SESSION_REVOKED, variables: { scope: 'THIS_SESSION', after: null } }),
    })
    onOpen()
    let text = ''
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk
        const messages = text.split(/\r?\n\r?\n/)
        text = messages.pop() ?? ''
        for (const message of messages) {
          if (/^event: ?complete$/m.test(message)) return true
          const data = /^event: ?next$/m.test(message) && /^data: ?(.*)$/m.exec(message)?.[1]
          if (!data) continue // a comment that keeps the connection open
          const answer = JSON.parse(data) as {
            data?: { sessionRevoked: SessionRevoked }
            errors?: GraphQLFault[]
          }
          if (answer.errors?.[0]) throw new Fault(answer.errors[0])
          if (answer.data) onEvent(answer.data.sessionRevoked)
        }
      }
    } catch (error) {
      if (error instanceof Fault) throw error
    }
    return false
  }
}

// -------------------------------------------------------------------------------------- resource servers

/** What an access token says. */
export interface Claims {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly sid: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly auth_time: number
  readonly amr: readonly string[]
  readonly gen: number
}

interface PublishedKey {
  readonly kid: string
  readonly alg: string
}

export interface VerifierOptions {
  readonly url: string
  readonly issuer: string
  readonly audience: string
  readonly algorithms?: readonly string[]
  readonly fetch?: Fetch
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

const CLOCK_TOLERANCE = 5 // seconds
const RELOAD_INTERVAL = 5_000 // ms

/** Verifies access tokens by the keys that are published, without asking for any of them. */
export class TokenVerifier {
  readonly #options: VerifierOptions
  readonly #algorithms: readonly string[]
  readonly now: () => number
  #keys = new Map<string, { readonly alg: string; readonly key: KeyObject }>()
  #etag: string | null = null
  #loadedAt = Number.NEGATIVE_INFINITY
  #maxAge = 0 // ms
  #loading: Promise<void> | null = null

  constructor(options: VerifierOptions) {
    this.#options = options
    this.#algorithms = options.algorithms ?? ['EdDSA', 'ES256']
    this.now = options.now ?? Date.now
  }

  /** What the token says, or null if it is not to be believed. */
  async verify(token: string): Promise<Claims | null> {
    if (token.length > 2_048) return null
    const parts = token.split('.')
    const [header, payload, signature] = parts as [string, string, string]
    if (parts.length !== 3) return null
    const { typ, alg, kid } = parse(header) as Record<string, unknown>
    if (typ !== 'at+jwt' || typeof alg !== 'string' || typeof kid !== 'string') return null
    if (!this.#algorithms.includes(alg)) return null

    const found = await this.#key(kid)
    if (found?.alg !== alg) return null
    if (!isSigned(alg, found.key, `${header}.${payload}`, Buffer.from(signature, 'base64url'))) return null

    const claims = parse(payload) as unknown as Claims
    const now = this.now() / 1_000
    return claims.iss === this.#options.issuer &&
      claims.aud === this.#options.audience &&
      claims.exp > now - CLOCK_TOLERANCE &&
      claims.iat <= now + CLOCK_TOLERANCE
      ? claims
      : null
  }

  async #key(kid: string): Promise<{ readonly alg: string; readonly key: KeyObject } | undefined> {
    const age = this.now() - this.#loadedAt
    if (age >= this.#maxAge || (!this.#keys.has(kid) && age >= RELOAD_INTERVAL)) {
      this.#loading ??= this.#load().finally(() => {
        this.#loading = null
      })
      await this.#loading
    }
    return this.#keys.get(kid)
  }

  async #load(): Promise<void> {
    const askedAt = this.now()
    const response = await (this.#options.fetch ?? fetch)(
      new URL('/.well-known/jwks.json', this.#options.url),
      {
        headers: this.#etag ? { 'If-None-Match': this.#etag } : {},
      },
    )
    if (response.status === 200) {
      const { keys } = (await response.json()) as { keys: PublishedKey[] }
      this.#keys = new Map(
        keys.map((jwk) => [
          jwk.kid,
          { alg: jwk.alg, key: createPublicKey({ key: { ...jwk }, format: 'jwk' }) },
        ]),
      )
      this.#etag = response.headers.get('ETag')
    } else if (response.status !== 304) {
      throw new Error(`the keys cannot be loaded (${response.status})`)
    }
    this.#loadedAt = askedAt
    this.#maxAge = 1_000 * Number(/max-age=(\d+)/.exec(response.headers.get('Cache-Control') ?? '')?.[1] ?? 0)
  }
}

/** The JSON of a part of a token; nothing at all if it is none. */
function parse(part: string): object {
  try {
    return (JSON.parse(Buffer.from(part, 'base64url').toString()) as object | null) ?? {}
  } catch {
    return {}
  }
}

function isSigned(alg: string, key: KeyObject, text: string, signature: Buffer): boolean {
  return alg === 'EdDSA'
    ? verifySignature(null, Buffer.from(text), key, signature)
    : // both numbers of the signature one after the other, and no DER
      verifySignature('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, signature)
}

const ACCESS_TOKEN_LIFETIME = 15 * 60_000 // ms, as the operator has it

/** A service that takes access tokens: good by their signature, unless their session is known to have ended. */
export class ResourceServer {
  readonly #verifier: TokenVerifier
  /** When each of the sessions that have ended can be forgotten, the earliest first. */
  readonly #ended = new Map<string, number>()

  constructor(verifier: TokenVerifier) {
    this.#verifier = verifier
  }

  /** To be told of the ends of all sessions. */
  readonly onEvent = ({ sessionId }: SessionRevoked): void => {
    const now = this.#verifier.now()
    for (const [id, until] of this.#ended) if (until < now) this.#ended.delete(id)
    // no token of it can be good any longer
    this.#ended.set(sessionId, now + ACCESS_TOKEN_LIFETIME + 2 * 1_000 * CLOCK_TOLERANCE)
  }

  /** Who is asking, or null. */
  async authenticate(authorization: string | null): Promise<Claims | null> {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
    const claims = token ? await this.#verifier.verify(token) : null
    return claims && !this.#ended.has(claims.sid) ? claims : null
  }
}
