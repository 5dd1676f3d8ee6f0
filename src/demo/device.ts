import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import type { Clock } from '../kernel/clock.ts'
import { SESSION_COOKIE } from '../protocol/credentials.ts'
import type { DeviceProfile } from './cast.ts'
import { Deviation } from './deviation.ts'
import {
  AllMySessionsDocument,
  EventCursorDocument,
  OwnSessionDocument,
  WhoAmIDocument,
} from './generated/operations.ts'
import { listenOnEventStream, listenOnSocket, type Subscription } from './subscription.ts'
import type { SessionEvent, Witness } from './witness.ts'

/** One device: a cookie jar, requests over HTTP, and one subscription. */
export class Device implements Disposable {
  readonly profile: DeviceProfile
  readonly witness: Witness
  readonly #api: string
  readonly #clock: Clock
  readonly #seen = new Set<string>()
  #subscription: Disposable | null = null
  /** The Cookie header; null if there is none. */
  #cookie: string | null = null
  /** Every cookie that it ever got, the newest last. */
  readonly cookies: string[] = []
  /** The id of the session that it was given last. */
  sessionId = ''

  constructor(parts: { url: string; profile: DeviceProfile; clock: Clock; witness: Witness }) {
    this.#api = `${parts.url}/graphql`
    this.profile = parts.profile
    this.#clock = parts.clock
    this.witness = parts.witness
  }

  /**
   * Sends an operation, with the cookie if there is one, and keeps the cookie that comes back.
   * @throws Deviation if the answer is not the operation's data
   */
  async run<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    cookie = this.#cookie,
  ): Promise<Data> {
    const response = await fetch(this.#api, {
      method: 'POST',
      headers: { ...this.#headers(cookie), 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: print(document), variables }),
    })
    if (cookie === this.#cookie) this.#keep(response.headers.getSetCookie())
    const body = await response.text()
    if (!response.headers.get('content-type')?.includes('json'))
      throw new Deviation(`the server answered ${response.status} and no JSON`)
    const { data, errors } = JSON.parse(body) as { data?: Data; errors?: readonly { message: string }[] }
    if (errors || !data) throw new Deviation(`the server answered: ${errors?.[0]?.message ?? body}`)
    return data
  }

  /** Whether the server still takes a cookie for a session. */
  async isAccepted(cookie: string): Promise<boolean> {
    const { viewer, currentSession } = await this.run(WhoAmIDocument, {}, cookie)
    return viewer !== null || currentSession !== null
  }

  /** Subscribes, behind the present end of the event log; resolves when the connection stands. */
  async listen(): Promise<void> {
    const { eventCursor } = await this.run(EventCursorDocument, {})
    const variables = { after: eventCursor }
    const hear = (event: SessionEvent): void => {
      variables.after = event.cursor
      // at least once: what is repeated has the same id
      if (this.#seen.has(event.id)) return
      this.#seen.add(event.id)
      this.witness.notice({ type: 'told', event })
    }
    if (this.profile.transport === 'WebSocket') {
      const wanted = this.#wanted(OwnSessionDocument, variables, (data) => hear(data.sessionRevoked))
      this.#subscription = listenOnSocket(wanted)
    } else {
      const wanted = this.#wanted(AllMySessionsDocument, variables, (data) => hear(data.sessionEvents))
      this.#subscription = listenOnEventStream(wanted)
    }
    await this.witness.saw(`the ${this.profile.name} is connected`, 'connected')
  }

  /** Opens another socket with a cookie, as a tab would that was left open. */
  listenWith(cookie: string, witness: Witness): Disposable {
    const wanted = this.#wanted(OwnSessionDocument, { after: null }, ({ sessionRevoked }) =>
      witness.notice({ type: 'told', event: sessionRevoked }),
    )
    return listenOnSocket({
      ...wanted,
      headers: () => this.#headers(cookie),
      notice: (happening) => witness.notice(happening),
    })
  }

  [Symbol.dispose](): void {
    this.#subscription?.[Symbol.dispose]()
  }

  #wanted<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: { after: string | null },
    onData: (data: Data) => void,
  ): Subscription<Data> {
    return {
      url: this.#api,
      headers: () => this.#headers(this.#cookie),
      query: print(document),
      variables,
      onData,
      notice: (happening) => this.witness.notice(happening),
      clock: this.#clock,
    }
  }

  #headers(cookie: string | null): Record<string, string> {
    return { 'User-Agent': this.profile.userAgent, ...(cookie ? { Cookie: cookie } : {}) }
  }

  #keep(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [pair = ''] = cookie.split(';')
      if (!pair.startsWith(`${SESSION_COOKIE}=`)) continue
      this.#cookie = pair === `${SESSION_COOKIE}=` ? null : pair
      if (this.#cookie) this.cookies.push(this.#cookie)
    }
  }
}
