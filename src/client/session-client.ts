import type { SessionEndReason, SessionTransport } from '../protocol/sessions.ts'
import { backoff } from './backoff.ts'
import { type Clock, makeClock, sleep } from './clock.ts'
import type { Identity } from './connection.ts'
import * as documents from './documents.ts'
import { SessionRequestError, sessionChanged } from './errors.ts'
import { Leader } from './leader.ts'
import { makeListeners } from './listeners.ts'
import { type Mark, type Marks, openMarks } from './mark.ts'
import type { SessionClient, SessionClientOptions } from './options.ts'
import { type Operation, post } from './post.ts'
import type {
  ClientSession,
  DeleteAccountResult,
  Factor,
  Refusal,
  ReverifyResult,
  RevokeAllSessionsResult,
  RevokeSessionResult,
  SessionEvent,
  SessionTokens,
  SignInResult,
  SignUpResult,
  UpdatePasswordResult,
  VerificationCancelled,
  Viewer,
} from './results.ts'
import { makeSessionFetch } from './session-fetch.ts'
import {
  asReason,
  LOADING,
  type SessionState,
  type SignedInState,
  type SignedOutState,
  sessionIdOf,
  signedIn,
  signedOut,
  viewerOf,
} from './state.ts'
import { joinTabs, type PersonalMessage, type TabMessage, type Tabs } from './tabs.ts'
import { indexedTokenStore, memoryTokenStore } from './token-store.ts'
import { Tokens } from './tokens.ts'
import { Turn } from './turn.ts'
import { type VerificationParts, withVerification } from './verification.ts'
import { whyEnded } from './why-ended.ts'

/** Makes the client of one API for this page. A page needs one; several share all that they know. */
export function createSessionClient(options: SessionClientOptions): SessionClient {
  return new Client(options)
}

/** What every mutation that signs in or goes on with a session answers. */
interface Entered {
  readonly __typename: string
  readonly viewer?: Viewer
  readonly session?: ClientSession | null
  readonly tokens?: SessionTokens | null
}

class Client implements SessionClient {
  readonly url: string
  readonly fetch: typeof fetch
  readonly #transport: SessionTransport
  readonly #clock: Clock = makeClock()
  readonly #tabs: Tabs
  readonly #marks: Marks
  /** Whoever changes whose session this is has it alone: refreshes, reverifications, signing in and out. */
  readonly #turn: Turn
  /** Without, there is a cookie. */
  readonly #tokens: Tokens | null = null
  readonly #leader: Leader
  readonly #askForFactor: VerificationParts['ask']
  readonly #closed = new AbortController()
  readonly #changes = makeListeners<[]>()
  readonly #signedOut = makeListeners<[SignedOutState]>()
  readonly #viewers = makeListeners<[Viewer | null, Viewer | null]>()
  readonly #events = makeListeners<[SessionEvent]>()
  readonly #missed = makeListeners<[]>()
  #heard: readonly string[] = []
  #state: SessionState = LOADING
  #version = 0
  #cursor: string | null = null
  /** The session that the leading tab has a connection for. */
  #connectedFor: string | null = null
  /** Whose events the connection of this tab tells. */
  #leadsFor: string | undefined
  /** Aborted when somebody else is signed in than the requests under way are of. */
  #scope = new AbortController()
  #loading: Promise<void> | null = null

  constructor(options: SessionClientOptions) {
    this.url = new URL(options.url, globalThis.location?.href).href
    const transport = options.transport ?? 'COOKIE'
    this.#transport = transport
    // `randomUUID` is for secure contexts alone
    const own = options.tokenStore === 'memory' && transport === 'TOKEN'
    const store = own ? `:${crypto.getRandomValues(new Uint32Array(4))}` : ''
    const name = `curfew:${transport}:${this.url}${store}`
    this.#tabs = joinTabs(name, this.#clock)
    // what is in memory alone is this page's alone, and leaves no mark
    this.#marks = openMarks(store ? null : name)
    const shared = { url: this.url, tabs: this.#tabs, clock: this.#clock }
    this.#turn = new Turn({ ...shared, name: `${name}:turn` })
    if (transport === 'TOKEN')
      this.#tokens = new Tokens({
        ...shared,
        turn: this.#turn,
        store: store ? memoryTokenStore() : indexedTokenStore(name),
        onEnded: (reason, message) => this.#settle(signedOut(reason, message)),
      })
    this.#leader = new Leader({
      ...shared,
      lead: new Turn({ ...shared, name: `${name}:lead` }),
      connectionParams: () => this.connectionParams(),
      sessionId: () => sessionIdOf(this.#state),
      cursor: () => this.#cursor,
      onConnected: (sessionId) => {
        // a tab that lost the lead while it hung does not know who has it now
        this.#tabs.post(this.#leader.isLeading ? { type: 'connected', sessionId } : ASK)
        this.#connect(sessionId)
      },
      onIdentity: (identity) => this.#identified(identity),
      onEvent: (event) => this.#spread({ type: 'event', userId: this.#leadsFor, event }),
      onMissed: () => this.#spread({ type: 'missed', userId: this.#leadsFor }),
      onEnded: (sessionId, reason) => void this.#ended(sessionId, reason).catch(() => {}),
      onCredentialRefused: () => this.#renew(),
    })
    this.fetch = makeSessionFetch({
      url: this.url,
      transport,
      tokenOrigins: options.tokenOrigins ?? [],
      enter: () => this.#enter(),
      freshToken: () => this.#token(),
      renewToken: async (refused) => (await this.#tokens?.refresh(refused))?.accessToken ?? null,
    })
    this.#askForFactor = options.onVerificationRequired
    this.#listen()
    this.#leader.join()
    void this.#loadPatiently()
  }

  get state(): SessionState {
    return this.#state
  }

  get connected(): boolean {
    return this.#connectedFor !== null && this.#connectedFor === sessionIdOf(this.#state)
  }

  readonly subscribe = this.#changes.add
  readonly onSignedOut = this.#signedOut.add
  readonly onViewerChange = this.#viewers.add
  readonly onEvent = this.#events.add
  readonly onEventsMissed = this.#missed.add

  async ready(): Promise<SignedInState | SignedOutState> {
    const { signal } = this.#closed
    for (;;) {
      const state = this.#state
      if (state.status !== 'loading') return state
      signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        const forget = this.#changes.add(() => {
          forget()
          resolve()
        })
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  async signIn(input: { email: string; password: string; rememberMe?: boolean }): Promise<SignInResult> {
    return await this.#signIn<SignInResult>(documents.SIGN_IN, {
      input: { ...input, transport: this.#transport },
    })
  }

  async signUp(input: { email: string; password: string }): Promise<SignUpResult> {
    return await this.#signIn<SignUpResult>(documents.SIGN_UP, {
      input: { ...input, transport: this.#transport },
    })
  }

  async signInWith<Result extends { readonly __typename: string }>(
    mutation: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<Result> {
    return await this.#signIn<Result>(mutation, variables)
  }

  async signOut(): Promise<void> {
    await this.#change(async (lost) => {
      if (this.#tokens) {
        // what it is exchanged for is kept, should the rest fail: thrown away, it would look like a thief's when the rest is tried again
        await this.#tokens.fresh(lost)
        await this.#tokens.end(await this.#tokens.reread())
      } else await this.#post({ query: documents.SIGN_OUT }, null)
      await this.#over('SIGNED_OUT')
    })
  }

  async reverify(input: {
    action: Parameters<SessionClient['reverify']>[0]['action']
    subject?: string | null
    factor: Factor
  }): Promise<ReverifyResult> {
    return await this.#goOn<ReverifyResult>(documents.REVERIFY, { input })
  }

  async revokeSession(sessionId: string): Promise<RevokeSessionResult> {
    return await this.#sensitive<RevokeSessionResult>(async (verificationToken) => {
      await this.#enter()
      const input = { sessionId, verificationToken }
      return await this.#result(documents.REVOKE_SESSION, { input }, await this.#token())
    })
  }

  async revokeAllSessions({ keepCurrent = false } = {}): Promise<RevokeAllSessionsResult> {
    return await this.#sensitive<RevokeAllSessionsResult>((verificationToken) =>
      this.#end(
        documents.REVOKE_ALL_SESSIONS,
        { keepCurrent, verificationToken },
        keepCurrent ? null : 'SIGNED_OUT_EVERYWHERE',
      ),
    )
  }

  async updatePassword(input: {
    newPassword: string
    signOutEverywhere: boolean
  }): Promise<UpdatePasswordResult> {
    return await this.#sensitive<UpdatePasswordResult>((verificationToken) =>
      this.#goOn(documents.UPDATE_PASSWORD, { input: { ...input, verificationToken } }, 'PASSWORD_UPDATED'),
    )
  }

  async deleteAccount(): Promise<DeleteAccountResult> {
    return await this.#sensitive<DeleteAccountResult>((verificationToken) =>
      this.#end(documents.DELETE_ACCOUNT, { verificationToken }, 'ACCOUNT_DELETED'),
    )
  }

  async withVerification<Result extends { readonly __typename: string }>(
    call: (verificationToken: string) => Promise<Result>,
  ): Promise<Result | VerificationCancelled | Refusal<string>> {
    const { signal } = this.#scope
    const reverify: VerificationParts['reverify'] = (input) => {
      // whoever typed the factor may be gone by now
      signal.throwIfAborted()
      return this.reverify(input)
    }
    return await withVerification({ ask: this.#askForFactor, reverify }, call)
  }

  async request<Data>(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    { background = false } = {},
  ): Promise<Data> {
    const changed = await this.#enter()
    const operation = { query, variables, background, signal: this.#closed.signal }
    const token = await this.#token()
    let answer = await this.#post<Data>(operation, token)
    if (answer.tokenRefused && token && !/\bmutation\b/.test(query)) {
      const next = await this.#tokens?.refresh(token)
      if (next) answer = await this.#post<Data>(operation, next.accessToken)
    }
    // an answer that ends the session is the answer of whoever asked; one that is read is nobody's but the viewer's
    if (changed.aborted && !/\bmutation\b/.test(query)) throw sessionChanged()
    return answer.data
  }

  readonly connectionParams = async (): Promise<Record<string, unknown>> => {
    const accessToken = await this.#token()
    return accessToken ? { accessToken } : {}
  }

  close(): void {
    const closed = new SessionRequestError('CLOSED', 'The client is closed.')
    this.#closed.abort(closed)
    this.#scope.abort(closed)
    this.#leader.leave()
    this.#connectedFor = null
    this.#tokens?.close()
    this.#tabs.close()
    for (const each of [this.#changes, this.#signedOut, this.#viewers, this.#events, this.#missed])
      each.clear()
  }

  // What browsers do with pages.

  #listen(): void {
    this.#tabs.on((message) => {
      if (message.type === 'state' && message.version > this.#version)
        this.#become(message.state, message.version)
      else if ('userId' in message) this.#take(message)
      // whoever waits for the lead asks again and again, and is told again
      else if (message.type === 'ask' && this.#leader.isLeading)
        this.#tabs.post({ type: 'connected', sessionId: this.#connectedFor })
      // without locks each tab leads, and has a connection of its own
      else if (message.type === 'connected' && !this.#leader.isLeading) this.#connect(message.sessionId)
    })
    this.#tabs.post(ASK)
    this.#clock.onLate(() => this.#awake())
    const { signal } = this.#closed
    const on = (target: EventTarget, type: string, listener: () => void): void =>
      target.addEventListener(type, listener, { signal })
    // a page that is frozen or left keeps its locks, and does nothing with them
    on(document, 'freeze', () => this.#leader.leave())
    on(globalThis, 'pagehide', () => this.#leader.leave())
    on(document, 'resume', () => this.#returned())
    on(globalThis, 'pageshow', () => this.#returned())
    on(globalThis, 'online', () => this.#awake())
    on(document, 'visibilitychange', () => {
      this.#clock.check()
      this.#tokens?.reschedule()
      if (document.visibilityState === 'visible') this.#awake()
    })
  }

  #returned(): void {
    this.#clock.check()
    this.#tabs.post(ASK)
    this.#leader.join()
    this.#awake()
  }

  /** Time has passed that nobody measured. */
  #awake(): void {
    this.#leader.wake()
    // what was said meanwhile may have been lost on this tab, which shows the person before no longer than it takes to see that
    const { version, sessionId, reason } = this.#marks.read()
    const isNews = version !== this.#version
    if (isNews && sessionId !== sessionIdOf(this.#state)) {
      this.#become(sessionId ? LOADING : signedOut(reason), version)
      if (sessionId) void this.#loadPatiently()
    } else if (isNews || this.#state === LOADING) void this.#load().catch(() => {})
  }

  // Whose session this is.

  async #loadPatiently(): Promise<void> {
    const { signal } = this.#closed
    for (let tries = 0; this.#state === LOADING && !signal.aborted; tries++)
      await this.#load().catch(() => sleep(this.#clock, backoff(tries), signal))
  }

  /** Asks the server whose session this is. @throws SessionRequestError if it can't be asked */
  #load(): Promise<void> {
    this.#loading ??= this.#loadOnce().finally(() => {
      this.#loading = null
    })
    return this.#loading
  }

  async #loadOnce(): Promise<void> {
    for (let tries = 0; tries < MOST_LOADS; tries++) {
      await this.#turn.pass()
      const mark = this.#marks.read()
      const token = await this.#token()
      const answer =
        this.#tokens && !token ? null : await this.#post<Identity>({ query: documents.IDENTIFY }, token)
      if (answer?.tokenRefused && token) {
        // it is good no more, or its session is over: the refresh token knows
        await this.#tokens?.refresh(token)
        continue
      }
      const { viewer, currentSession, eventCursor } = answer?.data ?? {}
      const found = viewer && currentSession ? signedIn(viewer, currentSession) : null
      const isTold = !mark.reasonUntil || this.#clock.now() < mark.reasonUntil
      const cause = found
        ? null
        : (isTold && mark.reason) ||
          (mark.sessionId && !this.#tokens ? await whyEnded(this.url, this.#clock) : null)
      // somebody decided meanwhile what holds
      if (this.#marks.read().version !== mark.version) continue
      // what is known to have happened goes on from where it was: the connection may be away, and has yet to tell the rest
      if (eventCursor) this.#cursor ??= eventCursor
      const state = found ?? signedOut(cause)
      const isKnown = sessionIdOf(state) === mark.sessionId
      if (isKnown) this.#become(state, mark.version)
      if (!isKnown || (cause && !mark.reasonUntil))
        await this.#turn.hold(async () => {
          // the tabs that come with this one show the reason too, and those behind them do not
          if (this.#marks.read().version === mark.version)
            this.#settle(state, this.#clock.now() + REASON_LIFE)
        })
      if (this.#marks.read().version === this.#version) return
    }
    throw sessionChanged()
  }

  /** Decides for all tabs what holds from now on. Called within the turn. */
  #settle(state: SignedInState | SignedOutState, reasonUntil: number | null = null): void {
    const version = Math.max(this.#marks.read().version, this.#version) + 1
    this.#marks.write({ ...markOf(state, version), reasonUntil })
    this.#tabs.post({ type: 'state', version, state })
    this.#become(state, version)
  }

  #become(state: SessionState, version: number): void {
    this.#version = version
    // where local storage is shut, each tab keeps the mark for itself
    if (this.#marks.read().version < version) this.#marks.write(markOf(state, version))
    const before = this.#state
    if (JSON.stringify(before) === JSON.stringify(state)) return
    // who is signed out stays so for the reason that was told first
    if (before.status === 'signedOut' && state.status === 'signedOut' && before.reason) return
    this.#state = state
    const [was, is] = [viewerOf(before), viewerOf(state)]
    const changed = was?.id !== is?.id
    if (changed) {
      if (was || !is) this.#cursor = null
      if (before.status !== 'loading') {
        this.#scope.abort(sessionChanged())
        this.#scope = new AbortController()
      }
    }
    this.#leader.update()
    if (changed) this.#viewers.tell(is, was)
    this.#changes.tell()
    if (state.status === 'signedOut' && (before.status === 'signedIn' || state.reason))
      this.#signedOut.tell(state)
  }

  /** The session ended on the server. */
  async #ended(sessionId: string, reason: string): Promise<void> {
    if (sessionIdOf(this.#state) !== sessionId) return
    await this.#turn.hold(async () => {
      // somebody may have signed in while this was waited for
      if (sessionIdOf(this.#state) !== sessionId) return
      await this.#tokens?.drop(sessionId)
      this.#settle(signedOut(asReason(reason)))
    })
    // a sign-in beside this client overwrites the cookie, and ends the session by that: who is it now?
    if (!this.#tokens && reason === 'SIGNED_OUT')
      this.#clock.after(OVERWRITTEN_WAIT, () => void this.#load().catch(() => {}))
  }

  /** This tab ended the session itself. Called within the turn. */
  async #over(reason: SessionEndReason): Promise<void> {
    await this.#tokens?.drop(null)
    this.#settle(signedOut(reason))
  }

  /** A connection says whose it is, which may be news: whoever signs in without this client shares the cookie all the same. */
  #identified({ viewer, currentSession, eventCursor }: Identity): void {
    this.#leadsFor = viewer?.id
    // from here on all tabs can say where they were, should this one go
    if (eventCursor) this.#spread({ type: 'cursor', userId: this.#leadsFor, cursor: eventCursor })
    if (!viewer || !currentSession || currentSession.id === sessionIdOf(this.#state)) return
    const version = this.#version
    void this.#turn
      .hold(async () => {
        if (this.#version === version && this.#marks.read().version === version)
          this.#settle(signedIn(viewer, currentSession))
      })
      .catch(() => {})
  }

  async #renew(): Promise<void> {
    const token = await this.#token()
    await (token ? this.#tokens?.refresh(token) : this.#load())
  }

  #connect(sessionId: string | null): void {
    const before = this.connected
    this.#connectedFor = sessionId
    if (this.connected !== before) this.#changes.tell()
  }

  /** Tells all tabs, and this one. */
  #spread(message: PersonalMessage): void {
    this.#tabs.post(message)
    this.#take(message)
  }

  #take(message: PersonalMessage): void {
    // a late one of the person before is nothing to the next
    if (message.userId !== viewerOf(this.#state)?.id) return
    if (message.type === 'cursor') this.#cursor ??= message.cursor
    else if (message.type === 'missed') {
      this.#cursor = null
      this.#missed.tell()
    } else {
      const { event } = message
      this.#cursor = event.cursor
      if (this.#heard.includes(event.id)) return
      this.#heard = [event.id, ...this.#heard.slice(0, MOST_HEARD)]
      this.#events.tell(event)
    }
  }

  // What is sent.

  /** Waits until whoever signs in or out in another tab is done, and sees that the page is still of the person it believes in. */
  async #enter(): Promise<AbortSignal> {
    this.#closed.signal.throwIfAborted()
    const { signal } = this.#scope
    if (this.#state === LOADING) return this.#closed.signal
    await this.#turn.pass()
    if (this.#marks.read().version !== this.#version) await this.#load()
    signal.throwIfAborted()
    return signal
  }

  /**
   * Changes whose session this is, alone among all tabs.
   * @param anybody whether it is the same to the task who is signed in until then; else it is done for whom the page believes in, or not at all
   */
  async #change<T>(task: (lost: AbortSignal) => Promise<T>, anybody = false): Promise<T> {
    try {
      for (;;) {
        const changed = anybody ? null : await this.#enter()
        const done = await this.#turn.hold(async (lost) => {
          changed?.throwIfAborted()
          // decided anew between the look and the turn: it is looked again
          const isSure = !changed || this.#state === LOADING || this.#marks.read().version === this.#version
          return isSure ? { result: await task(lost) } : null
        })
        if (done) return done.result
      }
    } catch (error) {
      // nobody knows whether it was done: whoever it is now, all tabs are to know
      if ((error as SessionRequestError).code === 'NO_ANSWER') void this.#load().catch(() => {})
      throw error
    }
  }

  async #signIn<Result extends { readonly __typename: string }>(
    query: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<Result> {
    return await this.#change(async () => {
      const result = await this.#result<Result & Entered>(query, variables, null)
      const { viewer, session, tokens } = result
      if (!viewer || !session) return result
      const before = tokens ? await this.#tokens?.keep(tokens, session.id) : null
      this.#settle(signedIn(viewer, session))
      // a cookie is overwritten, and its session ends by that; tokens are to be ended by whoever drops them
      if (before) void this.#tokens?.end(before).catch(() => {})
      return withoutTokens(result)
    }, true)
  }

  /** A mutation behind which the session goes on under new credentials, or is over. */
  async #goOn<Result extends { readonly __typename: string }>(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    over: SessionEndReason = 'REPLACED',
  ): Promise<Result> {
    return await this.#change(async (lost) => {
      const token = await this.#token(lost)
      const result = await this.#result<Result & Entered>(query, variables, token)
      const { session, tokens } = result
      const viewer = viewerOf(this.#state)
      if (session && viewer) {
        if (tokens) await this.#tokens?.keep(tokens, session.id)
        this.#settle(signedIn(viewer, session))
      } else if (session === null) await this.#over(over)
      return withoutTokens(result)
    })
  }

  /** A mutation that ends the session, for this reason, if it is done. */
  #end<Result extends { readonly __typename: string }>(
    query: string,
    input: Readonly<Record<string, unknown>>,
    reason: SessionEndReason | null,
  ): Promise<Result> {
    return this.#change(async (lost) => {
      const result = await this.#result<Result>(query, { input }, await this.#token(lost))
      if (reason && result.__typename.endsWith('Success')) await this.#over(reason)
      return result
    })
  }

  /** What the person is asked for a factor for, if it needs one. Cancelled, it says so. */
  async #sensitive<Result extends { readonly __typename: string }>(
    call: (verificationToken: string) => Promise<Result>,
  ): Promise<Result> {
    // the union of every mutation that needs a factor has these refusals
    return (await this.withVerification(call)) as Result
  }

  async #result<Result>(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    token: string | null,
  ): Promise<Result> {
    return (await this.#post<{ result: Result }>({ query, variables }, token)).data.result
  }

  #post<Data>(operation: Operation, accessToken: string | null) {
    return post<Data>(this.url, this.#clock, { ...operation, accessToken, cookie: !this.#tokens })
  }

  /** @param lost given by whoever has the turn */
  async #token(lost?: AbortSignal): Promise<string | null> {
    return (await this.#tokens?.fresh(lost)) ?? null
  }
}

/** The reason why a session ended is told to all pages that are opened within this of the first (milliseconds). */
const REASON_LIFE = 5 * 60_000

/** Whoever leads is to say whether it is connected. */
const ASK: TabMessage = { type: 'ask', lock: '' }

/** So often is asked anew whose session this is, because it was decided anew meanwhile or the token was not taken. */
const MOST_LOADS = 10

/** The answer to a sign-in, with its cookie, comes this much after the event at most (milliseconds). */
const OVERWRITTEN_WAIT = 1_000

/** As many events are remembered as can be told twice. */
const MOST_HEARD = 200

/** Tokens are no business of the page's. */
function withoutTokens<Result extends Entered>({ tokens: _, ...result }: Result): Result {
  return result as Result
}

function markOf(state: SessionState, version: number): Mark {
  const reason = state.status === 'signedOut' ? state.reason : null
  return { version, sessionId: sessionIdOf(state), reason, reasonUntil: null }
}
