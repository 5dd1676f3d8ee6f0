import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { clearTimeout, setTimeout } from 'node:timers'

/** A node behind the balancer. */
export interface Target {
  readonly name: string
  /** For example `http://127.0.0.1:4001`. */
  readonly url: string
}

/** That a node gets requests from now on, or none any more. */
export interface Change {
  readonly target: Target
  readonly ready: boolean
  /** What `/readyz` said, or why it said nothing. */
  readonly why: string
}

export interface BalancerOptions {
  readonly targets: readonly Target[]
  /** 0 takes any free one. */
  readonly port: number
  readonly notice?: (change: Change) => void
}

const CHECK_INTERVAL = 300 // ms
/** A node that takes longer to say that it is ready is not (milliseconds). */
const CHECK_TIMEOUT = 2_000
const CONNECT_TIMEOUT = 1_000 // ms
/** How long what was sent last may take to be read, once the other side is gone (milliseconds). */
const FLUSH_TIMEOUT = 2_000

/** What is between two neighbours alone (RFC 9110 §7.6.1), and what we say ourselves. */
const NOT_PASSED_ON = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]

type Headers = Record<string, string[]>

/**
 * A small load balancer for one machine: each request goes to the next node that is ready, whoever sends it (no sticky sessions). Bodies
 * and event streams pass as they come, in both directions; whoever leaves early is gone on the other side too. Nothing is ever
 * sent twice: another node is tried only while no connection to the first one stands.
 */
export class Balancer implements AsyncDisposable {
  readonly #server: Server
  readonly #targets: readonly Target[]
  readonly #notice: (change: Change) => void
  readonly #ready = new Map<Target, boolean>()
  readonly #upgraded = new Set<Socket>()
  readonly #stopping = new AbortController()
  readonly #checks: Promise<void>[]
  #turn = 0

  private constructor({ targets, notice = () => {} }: BalancerOptions) {
    this.#targets = targets
    this.#notice = notice
    this.#server = createServer(
      {
        requestTimeout: 0,
        // anything else asks for something that nobody here speaks, and is answered as if it had not
        shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
      },
      (incoming, outgoing) => void this.#pass(incoming, outgoing),
    )
    this.#server.on('upgrade', (incoming, socket, head) => void this.#upgrade(incoming, socket, head))
    // what a client sends badly is its own affair
    this.#server.on('clientError', (_, socket) => socket.destroy())
    this.#checks = targets.map((target) => this.#watch(target))
  }

  /** Listens on this machine alone. */
  static async start(options: BalancerOptions): Promise<Balancer> {
    const balancer = new Balancer(options)
    try {
      balancer.#server.listen(options.port, '127.0.0.1')
      await once(balancer.#server, 'listening')
      return balancer
    } catch (error) {
      await balancer[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Where it is reached. */
  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`
  }

  /** How many nodes get requests. */
  get ready(): number {
    return this.#targets.filter((target) => this.#ready.get(target)).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#checks)
    for (const socket of this.#upgraded) socket.destroy()
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #watch(target: Target): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const { ready, why } = await askWhetherReady(target, signal)
      if (signal.aborted) return
      this.#mark(target, ready, why)
      await pause(CHECK_INTERVAL, signal)
    }
  }

  #mark(target: Target, ready: boolean, why: string): void {
    const before = this.#ready.get(target)
    this.#ready.set(target, ready)
    // how it is found at first is no change
    if (before !== undefined && before !== ready) this.#notice({ target, ready, why })
  }

  /** A connection to the next node that takes one; null if none does. */
  async #connect(): Promise<Socket | null> {
    const turn = this.#turn++
    const inTurn = this.#targets.map((_, index, all) => all[(turn + index) % all.length])
    for (const target of inTurn) {
      if (!target || !this.#ready.get(target)) continue
      const socket = await open(new URL(target.url))
      if (socket) return socket
      this.#mark(target, false, 'no connection')
    }
    return null
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const socket = await this.#connect()
    if (!socket) return refuse(outgoing, 503, 'No node is ready.')
    if (outgoing.destroyed) return void socket.destroy()
    const hasBody = incoming.headers['transfer-encoding'] ?? incoming.headers['content-length']
    const upstream = request({
      createConnection: () => socket,
      method: incoming.method,
      path: incoming.url,
      headers: {
        ...forwarded(incoming),
        ...(incoming.headers['transfer-encoding'] ? { 'transfer-encoding': 'chunked' } : {}),
      },
    })
    outgoing.on('close', () => upstream.destroy())
    let answered = false
    upstream.on('response', (answer) => {
      answered = true
      outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedOn(answer))
      // of an event stream these come long before the first event
      outgoing.flushHeaders()
      // an answer that breaks off must not look like one that is complete
      pipeline(answer, outgoing, () => {})
    })
    upstream.on('error', () => {
      if (!answered) refuse(outgoing, 502, 'The node ended before it answered.')
    })
    upstream.on('close', () => {
      incoming.unpipe(upstream)
      incoming.resume()
    })
    if (hasBody === undefined) upstream.end()
    else incoming.pipe(upstream)
  }

  async #upgrade(incoming: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    // of a server without TLS it is one
    const socket = client as Socket
    socket.on('error', () => {})
    const connection = await this.#connect()
    if (!connection) return void socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n')
    if (socket.destroyed) return void connection.destroy()
    const upstream = request({
      createConnection: () => connection,
      method: incoming.method,
      path: incoming.url,
      headers: { ...forwarded(incoming), connection: 'Upgrade', upgrade: 'websocket' },
    })
    const abandon = (): void => void upstream.destroy()
    socket.on('close', abandon)
    upstream.on('upgrade', (answer, node, nodeHead) => {
      socket.off('close', abandon)
      socket.write(statusLine(answer, { connection: ['Upgrade'], upgrade: ['websocket'] }))
      if (nodeHead.length > 0) socket.write(nodeHead)
      if (head.length > 0) node.write(head)
      this.#join(socket, node as Socket)
    })
    upstream.on('response', (answer) => {
      socket.write(statusLine(answer, { connection: ['close'] }))
      pipeline(answer, socket, () => {})
    })
    upstream.on('error', () => socket.destroy())
    upstream.end()
  }

  /** Passes on what comes, both ways; when one side is gone, the other reads what was sent last, and is gone too. */
  #join(one: Socket, other: Socket): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.#upgraded.add(from)
      from.setNoDelay(true)
      from.pipe(to)
      from.on('error', () => {})
      from.on('close', () => {
        this.#upgraded.delete(from)
        to.destroySoon()
        const impatience = setTimeout(() => to.destroy(), FLUSH_TIMEOUT)
        to.once('close', () => clearTimeout(impatience))
      })
    }
  }
}

async function askWhetherReady(
  { url }: Target,
  signal: AbortSignal,
): Promise<{ ready: boolean; why: string }> {
  try {
    const answer = await fetch(`${url}/readyz`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(CHECK_TIMEOUT)]),
    })
    const { status } = (await answer.json()) as { status?: unknown }
    return { ready: answer.ok, why: String(status) }
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError'
    return { ready: false, why: late ? 'no answer' : 'no connection' }
  }
}

function open({ hostname, port }: URL): Promise<Socket | null> {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  return new Promise((resolve) => {
    const settle = (result: Socket | null): void => {
      clearTimeout(timer)
      if (!result) socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => settle(null), CONNECT_TIMEOUT)
    socket.once('connect', () => settle(socket))
    // stays: whoever is given the socket adds its own
    socket.on('error', () => settle(null))
  })
}

/** The headers of a request as the node is to have them. Nobody in front of us is known, so what they say of the client is not believed. */
function forwarded(incoming: IncomingMessage): Headers {
  return {
    ...passedOn(incoming),
    'x-forwarded-for': [incoming.socket.remoteAddress ?? ''],
    'x-forwarded-host': [incoming.headers.host ?? ''],
    'x-forwarded-proto': ['http'],
  }
}

function passedOn({ headersDistinct, headers }: IncomingMessage): Headers {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  const left = new Set([...NOT_PASSED_ON, ...named])
  return Object.fromEntries(
    Object.entries(headersDistinct).flatMap(([name, values]) =>
      values && !left.has(name) ? [[name, values]] : [],
    ),
  )
}

function statusLine(answer: IncomingMessage, extra: Headers): string {
  const lines = Object.entries({ ...passedOn(answer), ...extra }).flatMap(([name, values]) =>
    values.map((value) => `${name}: ${value}`),
  )
  return [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, ...lines, '', ''].join('\r\n')
}

function refuse(outgoing: ServerResponse, status: number, error: string): void {
  if (outgoing.headersSent || outgoing.destroyed) return void outgoing.destroy()
  outgoing.writeHead(status, { 'Content-Type': 'application/json', 'Retry-After': '1' })
  outgoing.end(`${JSON.stringify({ error })}\n`)
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', stop, { once: true })
  })
}
