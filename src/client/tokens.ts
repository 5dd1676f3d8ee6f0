import type { SessionEndReason } from '../protocol/sessions.ts'
import { backoff } from './backoff.ts'
import { type Clock, sleep } from './clock.ts'
import { REFRESH, SIGN_OUT } from './documents.ts'
import type { SessionRequestError } from './errors.ts'
import { post } from './post.ts'
import type { ClientSession, Refusal, SessionTokens } from './results.ts'
import { asReason } from './state.ts'
import type { Tabs } from './tabs.ts'
import { type HeldTokens, lifetimeOf, type TokenStore } from './token-store.ts'
import type { Turn } from './turn.ts'

/** A refresh is given up after this, and the next one may begin (milliseconds): PROTOCOL.md, "What a client does". */
const REFRESH_TIMEOUT = 10_000
/** How often one refresh is tried before whoever waits for it is told. */
const TRIES = 3
/** An access token with less than this left is not sent any more (milliseconds), or with less than a quarter of its life. */
const LEAST_LEFT = 5_000
/** After so much of its life an access token is replaced; in hidden tabs later, so that one with a person in front of it is first. */
const AHEAD = { visible: 0.7, hidden: 0.8 }

type RefreshResult =
  | {
      readonly __typename: 'RefreshSessionSuccess'
      readonly session: ClientSession
      readonly tokens: SessionTokens
    }
  | (Refusal<'SessionEndedError' | 'InvalidTokenError'> & { readonly reason?: string })

/** What tokens need of the client that they belong to. */
export interface TokensParts {
  readonly url: string
  readonly clock: Clock
  readonly tabs: Tabs
  readonly turn: Turn
  readonly store: TokenStore
  /** The server says that the session is over. It is told within the turn. */
  readonly onEnded: (reason: SessionEndReason | null, message: string) => void
}

/** The tokens of the TOKEN transport: refreshed once for all tabs, ahead of time. */
export class Tokens {
  readonly #parts: TokensParts
  #known: HeldTokens | null = null
  #refreshing: Promise<HeldTokens | null> | null = null
  #cancelAlarm = (): void => {}
  #failures = 0
  #closed = false

  constructor(parts: TokensParts) {
    this.#parts = parts
    parts.tabs.on(({ type }) => {
      if (type === 'tokens' || type === 'state') void this.reread().catch(() => {})
    })
  }

  /**
   * An access token that is good for a while yet, refreshed if need be; null if there is none.
   * @param lost given by whoever has the turn
   */
  async fresh(lost?: AbortSignal): Promise<string | null> {
    let held = (!lost && this.#known) || (await this.reread())
    if (held && !this.#isFresh(held))
      held = await (lost ? this.refreshInTurn(held.accessToken, lost) : this.refresh(held.accessToken))
    return held?.accessToken ?? null
  }

  /**
   * Refreshes, unless another tab has done so meanwhile.
   * @param stale the access token that is not good any more
   */
  refresh(stale: string): Promise<HeldTokens | null> {
    this.#refreshing ??= this.#parts.turn
      .hold((lost) => this.refreshInTurn(stale, lost))
      .finally(() => {
        this.#refreshing = null
      })
    return this.#refreshing
  }

  /** The same for whoever has the turn. */
  async refreshInTurn(stale: string, lost: AbortSignal): Promise<HeldTokens | null> {
    for (let tries = 1; ; tries++) {
      // read right before it is sent: another tab may have been first
      const held = await this.#parts.store.read()
      if (!held || held.accessToken !== stale) return this.#know(held)
      try {
        return await this.#exchange(held, lost)
      } catch (error) {
        if (!mayPass(error) || tries >= TRIES || lost.aborted) throw error
        // the same token again: after a lost response this is always right
        await sleep(this.#parts.clock, backoff(tries - 1), lost)
      }
    }
  }

  /** Keeps the tokens of a session that begins or goes on. Called within the turn. */
  async keep(tokens: SessionTokens, sessionId: string): Promise<HeldTokens | null> {
    const before = await this.#parts.store.read()
    await this.#parts.store.replace(before, this.#toHeld(tokens, sessionId))
    this.#parts.tabs.post({ type: 'tokens' })
    await this.reread()
    return before
  }

  /** What all tabs hold now. */
  async reread(): Promise<HeldTokens | null> {
    return this.#know(await this.#parts.store.read())
  }

  /** Ends the session of these tokens on the server: by the refresh token, where the access token is good no longer. */
  async end(held: HeldTokens | null): Promise<void> {
    if (!held) return
    const { url, clock } = this.#parts
    const signOut = (accessToken: string) => post(url, clock, { query: SIGN_OUT, accessToken })
    await signOut(held.accessToken).catch(async (error: SessionRequestError) => {
      if (error.code !== 'INVALID_ACCESS_TOKEN') throw error
      const { result } = await this.#send(held.refreshToken, true)
      if (result.__typename === 'RefreshSessionSuccess') await signOut(result.tokens.accessToken)
    })
  }

  /** Forgets the tokens of a session. Called within the turn. */
  async drop(sessionId: string | null): Promise<void> {
    const held = await this.#parts.store.read()
    if (held && (sessionId === null || held.sessionId === sessionId))
      await this.#parts.store.replace(held, null)
    this.#know(null)
  }

  /** When to refresh is looked at anew: also when the tab was shown, or hidden. */
  reschedule(): void {
    this.#cancelAlarm()
    const held = this.#known
    if (!held || this.#closed) return
    const { clock } = this.#parts
    const share = document.visibilityState === 'visible' ? AHEAD.visible : AHEAD.hidden
    const due = held.receivedAt + held.lifetime * share - clock.now()
    // a clock that was set back must not put it off for hours
    const delay = this.#failures > 0 ? backoff(this.#failures) : Math.min(Math.max(due, 0), held.lifetime)
    this.#cancelAlarm = clock.after(delay, () => {
      this.refresh(held.accessToken).catch(() => {
        this.#failures += 1
        this.reschedule()
      })
    })
  }

  close(): void {
    this.#closed = true
    this.#cancelAlarm()
  }

  async #exchange(held: HeldTokens, lost: AbortSignal): Promise<HeldTokens | null> {
    const { store, tabs } = this.#parts
    const isHidden = document.visibilityState !== 'visible'
    const { result } = await this.#send(held.refreshToken, isHidden, lost)
    if (result.__typename === 'RefreshSessionSuccess') {
      const next = this.#toHeld(result.tokens, result.session.id)
      // stored before it is used, and only over what was sent
      if (!(await store.replace(held, next))) return await this.reread()
      tabs.post({ type: 'tokens' })
      return this.#know(next)
    }
    if (!(await store.replace(held, null))) return await this.reread()
    this.#know(null)
    this.#parts.onEnded(asReason(result.reason), result.message)
    return null
  }

  async #send(refreshToken: string, background: boolean, signal?: AbortSignal) {
    const { url, clock } = this.#parts
    const variables = { input: { refreshToken, background } }
    const operation = { query: REFRESH, variables, timeout: REFRESH_TIMEOUT, ...(signal && { signal }) }
    return (await post<{ result: RefreshResult }>(url, clock, operation)).data
  }

  #isFresh(held: HeldTokens): boolean {
    const left = held.receivedAt + held.lifetime - this.#parts.clock.now()
    // a machine whose clock was set back shows more than a whole life
    return left > Math.min(LEAST_LEFT, held.lifetime / 4) && left <= held.lifetime
  }

  #toHeld(tokens: SessionTokens, sessionId: string): HeldTokens {
    const { accessToken, refreshToken } = tokens
    const receivedAt = this.#parts.clock.now()
    return { sessionId, accessToken, refreshToken, receivedAt, lifetime: lifetimeOf(accessToken) }
  }

  #know(held: HeldTokens | null): HeldTokens | null {
    if (held?.accessToken !== this.#known?.accessToken) this.#failures = 0
    this.#known = held
    this.reschedule()
    return held
  }
}

/** Whether a failure says nothing of the token: then the same one is right again. */
function mayPass(error: unknown): boolean {
  return ['NO_ANSWER', 'NOT_UNDERSTOOD', 'SERVER_BUSY', 'INTERNAL_SERVER_ERROR'].includes(
    (error as SessionRequestError).code,
  )
}
