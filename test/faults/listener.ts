import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { NodeProcess } from '../kit/node-process.ts'
import { type Client, type Held, headersOf, open } from './client.ts'
import type { ReceivedEvent, Subscription } from './history.ts'
import type { Random } from './random.ts'
import type { Recorder } from './recorder.ts'

/** How long a connection may take to be there (milliseconds). */
const CONNECT_TIMEOUT = 5_000
/** A client hangs up by itself after about so long (milliseconds), and comes back: a page is loaded anew, a phone changes its network. */
const HANGS_UP_AFTER = [500, 8_000] as const
/** A listener whose session has ended is cut; one that still is not after this was forgotten (milliseconds). */
const CUT_TIMEOUT = 15_000

export interface ListenerOptions {
  readonly name: string
  readonly held: Held
  /** Everyone's, for an administrator; else those of the user. */
  readonly everyone?: boolean
  readonly wire: 'socket' | 'stream'
}

/** Why a connection is over. */
type Parting =
  | { readonly kind: 'again' }
  | { readonly kind: 'reload' }
  | { readonly kind: 'over'; readonly reason: string | null }

interface Payload {
  readonly data?: Record<string, ReceivedEvent & { __typename: string; cursor: string }> | null
  readonly errors?: readonly {
    readonly message: string
    readonly extensions?: { code?: string; reason?: string }
  }[]
}

interface Mutable {
  since: number
  received: ReceivedEvent[]
  over: Subscription['over']
  left: number | null
}

const EVENT = '__typename id cursor sessionId ... on SessionRevoked { reason }'
const QUERIES = {
  mine: `subscription ($after: EventCursor) { sessionEvents(after: $after) { ${EVENT} } }`,
  everyone: `subscription ($after: EventCursor) { sessionRevoked(scope: ALL, after: $after) { ${EVENT} } }`,
}

/** Listens to events as a good client does: over any node, from its last cursor on, and again whenever a connection breaks. */
export class Listener {
  readonly #parts: { client: Client; recorder: Recorder; random: Random; nodes: readonly NodeProcess[] }
  readonly #options: ListenerOptions
  readonly #leaving = new AbortController()
  #record: Mutable & Subscription
  #after = ''
  #running: Promise<void> = Promise.resolve()
  /** How many connections it has had. */
  connections = 0

  constructor(
    parts: { client: Client; recorder: Recorder; random: Random; nodes: readonly NodeProcess[] },
    options: ListenerOptions,
  ) {
    this.#parts = parts
    this.#options = options
    this.#record = this.#newRecord()
  }

  /** Takes the cursor of this moment, and listens from there on. @returns false if no node gave a cursor, and there is nothing to listen from */
  async start(): Promise<boolean> {
    if (!(await this.#begin())) return false
    this.#running = this.#listen()
    return true
  }

  /** Listens no more. */
  async leave(): Promise<void> {
    this.#record.left ??= this.#parts.recorder.now()
    this.#leaving.abort()
    await this.#running
  }

  #newRecord(): Mutable & Subscription {
    const { name, held, everyone = false } = this.#options
    return {
      name,
      sessionId: held.sessionId,
      userId: everyone ? null : held.userId,
      revokedOnly: everyone,
      since: 0,
      received: [],
      over: null,
      left: null,
    }
  }

  async #begin(): Promise<boolean> {
    const { client, recorder, random, nodes } = this.#parts
    const found = await client.cursor(random.pick(nodes), this.#options.held)
    if (!found) return false
    this.#record = this.#newRecord()
    this.#record.since = found.at
    this.#after = found.cursor
    recorder.subscriptions.push(this.#record)
    return true
  }

  async #listen(): Promise<void> {
    const { client, recorder, random, nodes } = this.#parts
    const { signal } = this.#leaving
    while (!signal.aborted) {
      const node = random.pick(nodes)
      const parting = await this.#connect(node)
      if (signal.aborted) return
      if (parting.kind === 'over') {
        const told = this.#record.received.some(
          ({ type, sessionId }) => type === 'REVOKED' && sessionId === this.#record.sessionId,
        )
        this.#record.over = { by: told ? 'event' : 'close', reason: parting.reason, at: recorder.now() }
        return
      }
      if (parting.kind === 'reload') {
        const now = recorder.now()
        recorder.failures.push({
          what: 'subscribe',
          node: node.name,
          start: now,
          end: now,
          detail: 'CURSOR_EXPIRED',
        })
        this.#record.left = now
        while (!signal.aborted && !(await this.#begin())) {
          if ((await client.use(node, this.#options.held)) === 'refused') return
          await pause(random.between(100, 300), signal)
        }
      }
      await pause(random.between(20, 200), signal)
    }
  }

  async #connect(node: NodeProcess): Promise<Parting> {
    this.connections += 1
    return this.#options.wire === 'socket' ? this.#connectSocket(node) : this.#connectStream(node)
  }

  #connectSocket(node: NodeProcess): Promise<Parting> {
    const { held } = this.#options
    const { signal } = this.#leaving
    const socket = new WebSocket(`${node.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: headersOf(held, held.person),
      handshakeTimeout: CONNECT_TIMEOUT,
    })
    const { promise, resolve } = Promise.withResolvers<Parting>()
    let cutter: NodeJS.Timeout | undefined
    const part = (parting: Parting): void => {
      resolve(parting)
      socket.close()
    }
    const leave = (): void => part({ kind: 'again' })
    const whim = setTimeout(leave, this.#parts.random.between(...HANGS_UP_AFTER))
    signal.addEventListener('abort', leave, { once: true })
    const patience = setTimeout(() => socket.terminate(), CONNECT_TIMEOUT)
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })))
    socket.on('error', () => {})
    socket.on('close', (code, reason) => {
      if (code === 4401 || code === 4403) resolve({ kind: 'over', reason: String(reason) })
      resolve({ kind: 'again' })
    })
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; payload?: Payload }
      if (message.type === 'connection_ack') {
        clearTimeout(patience)
        const payload = { query: this.#query(), variables: { after: this.#after } }
        socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload }))
      }
      if (message.type === 'next' && message.payload) {
        const parting = this.#take(message.payload)
        if (parting) part(parting)
        else if (this.#toldOwnEnd()) cutter ??= this.#expectCut(node, () => socket.terminate())
      }
      if (message.type === 'error') part({ kind: 'again' })
    })
    return promise.finally(() => {
      clearTimeout(patience)
      clearTimeout(whim)
      clearTimeout(cutter)
      signal.removeEventListener('abort', leave)
      // one that does not close is not waited for
      setTimeout(() => socket.terminate(), 1_000).unref()
    })
  }

  async #connectStream(node: NodeProcess): Promise<Parting> {
    const { held } = this.#options
    const gone = new AbortController()
    const leave = (): void => gone.abort()
    this.#leaving.signal.addEventListener('abort', leave, { once: true })
    const patience = setTimeout(leave, CONNECT_TIMEOUT)
    const whim = setTimeout(leave, this.#parts.random.between(...HANGS_UP_AFTER))
    let cutter: NodeJS.Timeout | undefined
    try {
      const body = { query: this.#query(), variables: { after: this.#after } }
      const headers = { ...headersOf(held, held.person), Accept: 'text/event-stream' }
      const response = await open(node.url, body, headers, gone.signal)
      clearTimeout(patience)
      for await (const { event, data } of eventsOf(response)) {
        if (event !== 'next') continue
        const parting = this.#take(JSON.parse(data) as Payload)
        if (parting) return parting
        if (this.#toldOwnEnd()) cutter ??= this.#expectCut(node, leave)
      }
    } catch {
      // broken off: again
    } finally {
      clearTimeout(patience)
      clearTimeout(whim)
      clearTimeout(cutter)
      this.#leaving.signal.removeEventListener('abort', leave)
      gone.abort()
    }
    // there is no close code; the event has said it, or the next attempt will
    const own = this.#record.received.find(
      ({ type, sessionId }) => type === 'REVOKED' && sessionId === this.#record.sessionId,
    )
    return own ? { kind: 'over', reason: own.reason } : { kind: 'again' }
  }

  #query(): string {
    return this.#options.everyone ? QUERIES.everyone : QUERIES.mine
  }

  #toldOwnEnd(): boolean {
    const last = this.#record.received.at(-1)
    return last?.type === 'REVOKED' && last.sessionId === this.#record.sessionId
  }

  #expectCut(node: NodeProcess, giveUp: () => void): NodeJS.Timeout {
    const { recorder } = this.#parts
    const start = recorder.now()
    return setTimeout(() => {
      recorder.failures.push({
        what: `${this.#options.name} is cut`,
        node: node.name,
        start,
        end: recorder.now(),
        detail: 'it was told that its session had ended, and the connection went on',
      })
      giveUp()
    }, CUT_TIMEOUT)
  }

  /** Keeps an event; or says what an error means for the connection. */
  #take({ data, errors }: Payload): Parting | null {
    const error = errors?.[0]
    if (error) {
      const code = error.extensions?.code
      if (code === 'NOT_SIGNED_IN') return { kind: 'over', reason: error.extensions?.reason ?? null }
      return { kind: code === 'CURSOR_EXPIRED' ? 'reload' : 'again' }
    }
    const event = Object.values(data ?? {})[0]
    if (!event) return { kind: 'again' }
    this.#after = event.cursor
    // the rules are about starts and ends
    if (event.__typename !== 'SessionStarted' && event.__typename !== 'SessionRevoked') return null
    this.#record.received.push({
      id: event.id,
      type: event.__typename === 'SessionRevoked' ? 'REVOKED' : 'STARTED',
      sessionId: event.sessionId,
      reason: event.reason ?? null,
      at: this.#parts.recorder.now(),
    })
    return null
  }
}

async function* eventsOf(response: IncomingMessage): AsyncGenerator<{ event: string; data: string }> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = /^event: ?(.*)$/m.exec(block)?.[1]
      if (event) yield { event, data: /^data: ?(.*)$/m.exec(block)?.[1] ?? '' }
    }
  }
}

function pause(delay: number, signal: AbortSignal): Promise<void> {
  return sleep(delay, undefined, { signal }).catch(() => {})
}
