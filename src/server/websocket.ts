import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type DocumentNode, GraphQLError } from 'graphql'
import { handleProtocols, makeServer, type ServerOptions, type Context as SocketContext } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Visitor } from '../accounts/parts.ts'
import type { Connections } from '../connections/connections.ts'
import { type Link, LiveConnection } from '../connections/live-connection.ts'
import { type Clock, sleep, type Timer } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { CloseCode } from '../protocol/close-codes.ts'
import type { AccessTokens } from '../tokens/access-token.ts'
import { checkBearer } from './bearer.ts'
import type { Config } from './config.ts'
import { isAllowedOrigin } from './origin.ts'
import { toClientError, type Yoga } from './yoga.ts'

/** How long a client may take to initialise its connection (milliseconds); then it is closed with 4408. */
const INIT_TIMEOUT = 3_000
/** Sockets that have not been admitted yet. */
const MOST_PENDING = 1_000
const MOST_PENDING_PER_NETWORK = 100
/** Operations that one connection may have under way, beside its subscriptions. */
const MOST_OPERATIONS = 20
/** Bytes that may wait for a slow reader before it is cut. */
const MOST_BUFFERED = 1_000_000
/** A peer that has not answered a ping by the next one is gone (milliseconds). */
const PING_INTERVAL = 15_000
/** Sockets are pinged in so many groups, one after the other: not all of ten thousand in one moment. */
const PING_GROUPS = 30
/** How long to wait for operations of an ended session to be completed (milliseconds). */
const COMPLETION_TIMEOUT = 1_000
/** How long a peer may take to close after being told to (milliseconds). */
const CLOSE_TIMEOUT = 2_000

interface Extra {
  readonly request: IncomingMessage
  readonly socket: LiveSocket
}

type Ctx = SocketContext<Record<string, unknown>, Partial<Extra>>

interface Parts {
  readonly server: Server
  readonly config: Config
  readonly yoga: Yoga
  readonly connections: Connections
  readonly accessTokens: AccessTokens
  readonly clock: Clock
  readonly logger: Logger
  readonly readVisitor: (request: IncomingMessage) => Visitor
}

/** Serves `graphql-transport-ws` on the path of the API. Disposing it stops accepting; the connections close themselves. */
export function serveWebSockets(parts: Parts): Disposable {
  const { server, config, clock, logger, readVisitor } = parts
  const sockets = new WebSocketServer({ noServer: true, maxPayload: config.maxRequestBytes, handleProtocols })
  const protocol = makeServer(protocolOptions(parts))
  const pending = new Map<string, number>()
  const live = new Set<LiveSocket>()
  const groups = Array.from({ length: PING_GROUPS }, () => new Set<LiveSocket>())
  let turn = 0
  let arrivals = 0
  let timer: Timer = clock.after(PING_INTERVAL / PING_GROUPS, ping)

  function ping(): void {
    for (const socket of groups[turn] ?? []) socket.ping()
    turn = (turn + 1) % PING_GROUPS
    timer = clock.after(PING_INTERVAL / PING_GROUPS, ping)
  }

  /** Why an upgrade is refused, as an HTTP status; null if it is not. */
  function refusalOf(request: IncomingMessage): string | null {
    if (request.url?.split('?', 1)[0] !== '/graphql') return '404 Not Found'
    if (!isAllowedOrigin(request.headers, { allowed: config.origins })) return '403 Forbidden'
    const waiting = pending.get(readVisitor(request).network ?? 'unknown') ?? 0
    const all = pending.values().reduce((sum, each) => sum + each, 0)
    return waiting >= MOST_PENDING_PER_NETWORK || all >= MOST_PENDING ? '503 Service Unavailable' : null
  }

  function onUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => stream.destroy())
    const refusal = refusalOf(request)
    if (refusal) {
      refuse(stream, refusal)
      return
    }
    const network = readVisitor(request).network ?? 'unknown'
    pending.set(network, (pending.get(network) ?? 0) + 1)
    const admitted = once(() => {
      const left = (pending.get(network) ?? 1) - 1
      if (left > 0) pending.set(network, left)
      else pending.delete(network)
    })
    stream.once('close', admitted)
    sockets.handleUpgrade(request, stream, head, (webSocket) => {
      const socket = new LiveSocket(webSocket, {
        clock,
        logger,
        admitted,
        mostOperations: MOST_OPERATIONS + config.connections.subscriptionsPerConnection,
      })
      live.add(socket)
      const group = groups[arrivals++ % PING_GROUPS]
      group?.add(socket)
      webSocket.once('close', () => {
        live.delete(socket)
        group?.delete(socket)
      })
      const closed = protocol.opened(socket, { request, socket })
      socket.onClose(closed)
    })
  }

  server.on('upgrade', onUpgrade)
  return {
    [Symbol.dispose]: () => {
      server.off('upgrade', onUpgrade)
      timer[Symbol.dispose]()
      sockets.close()
      // whoever was never admitted has no connection to close
      for (const socket of live) if (!socket.connection) socket.close(CloseCode.goingAway, 'GOING_AWAY')
    },
  }
}

function protocolOptions({
  yoga,
  connections,
  accessTokens,
  logger,
  readVisitor,
}: Parts): ServerOptions<Record<string, unknown>, Partial<Extra>> {
  return {
    connectionInitWaitTimeout: INIT_TIMEOUT,
    onConnect: async (ctx) => {
      const { request, socket } = extraOf(ctx)
      try {
        const { cookie, bearer: header } = readVisitor(request)
        const parameter = ctx.connectionParams?.['accessToken']
        // whatever else than a text stands there is a token that is worth nothing
        const token = parameter === undefined ? header : typeof parameter === 'string' ? parameter : ''
        const bearer = token === null ? null : await checkBearer(accessTokens, token)
        const opened =
          bearer?.state === 'expired'
            ? await connections.closingOfExpired(bearer.grant)
            : await connections.open(
                bearer ? (bearer.state === 'valid' ? bearer.grant : null) : cookie,
                socket,
              )
        if (opened instanceof LiveConnection) return socket.admit(opened)
        socket.close(opened.code, opened.reason)
      } catch (error) {
        // not the client's doing, and it is to come back: whoever is told that it broke the protocol stops for good
        logger.warn({ error }, 'a session could not be looked up for a connection')
        socket.close(CloseCode.tryAgainLater, 'SERVER_BUSY')
      }
      return false
    },
    onSubscribe: async (ctx, _id, payload) => {
      const { request, socket } = extraOf(ctx)
      if (!socket.connection) return [new GraphQLError('The connection is not initialised.')]
      const enveloped = yoga.getEnveloped({
        req: request,
        res: null,
        connection: socket.connection,
        params: payload,
      })
      const { schema, execute, subscribe, contextFactory, parse, validate } = enveloped
      try {
        const document: DocumentNode = parse(payload.query)
        const errors: readonly GraphQLError[] = validate(schema, document)
        if (errors.length > 0) return errors
        if (
          document.definitions.some(
            (each) => each.kind === 'OperationDefinition' && each.operation === 'mutation',
          )
        ) {
          return [MUTATIONS_OVER_HTTP]
        }
        return {
          schema,
          document,
          operationName: payload.operationName,
          variableValues: payload.variables,
          contextValue: await contextFactory(),
          rootValue: { execute, subscribe },
        }
      } catch (error) {
        return [toClientError(error, logger)]
      }
    },
    execute: (args) => (args.rootValue as Engine).execute(args),
    subscribe: (args) => (args.rootValue as Engine).subscribe(args),
    onError: (_ctx, _id, _payload, errors) => errors.map((error) => toClientError(error, logger).toJSON()),
  }
}

type Engine = { readonly [Name in 'execute' | 'subscribe']: NonNullable<ServerOptions[Name]> }

const MUTATIONS_OVER_HTTP = new GraphQLError(
  'Send mutations over HTTP: only a response to a request can carry a cookie.',
  {
    extensions: { code: 'BAD_USER_INPUT' },
  },
)

function extraOf({ extra }: Ctx): Extra {
  const { request, socket } = extra
  if (!request || !socket) throw new Error('a connection was opened without its request')
  return { request, socket }
}

/** One WebSocket: what graphql-ws speaks through, and what a live connection closes. */
class LiveSocket implements Link {
  readonly #socket: WebSocket
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #admitted: () => void
  readonly #mostOperations: number
  /** Messages being worked on; that of a subscription for as long as it lasts. */
  readonly #working = new Set<Promise<void>>()
  #answered = true
  connection: LiveConnection | null = null

  constructor(
    socket: WebSocket,
    parts: { clock: Clock; logger: Logger; admitted: () => void; mostOperations: number },
  ) {
    this.#socket = socket
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#admitted = parts.admitted
    this.#mostOperations = parts.mostOperations
    socket.on('pong', () => {
      this.#answered = true
    })
    socket.on('error', (error) => this.#logger.debug({ error }, 'a WebSocket failed'))
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  /** Ties the socket to the live connection that it has become. */
  admit(connection: LiveConnection): true {
    this.#admitted()
    this.connection = connection
    // the peer may have left while its session was looked up
    if (this.#socket.readyState !== this.#socket.OPEN) connection.closed()
    return true
  }

  /** Resolves when the message has left for the peer, or the socket is closing. */
  send(data: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve()
    if (this.#socket.bufferedAmount > MOST_BUFFERED) {
      this.#logger.warn({}, 'a slow reader was cut')
      this.#socket.terminate()
      return Promise.resolve()
    }
    return new Promise((resolve) => this.#socket.send(data, () => resolve()))
  }

  onMessage(handle: (data: string) => Promise<void>): void {
    this.#socket.on('message', (data) => {
      if (this.#working.size >= this.#mostOperations) {
        this.close(CloseCode.tooManyConnections, 'TOO_MANY_OPERATIONS')
        return
      }
      const work = handle(String(data)).catch((error: unknown) => {
        // graphql-ws throws at messages that are not its protocol's
        this.#logger.debug({ error }, 'a WebSocket message could not be handled')
        this.close(INVALID_MESSAGE, 'INVALID_MESSAGE')
      })
      this.#working.add(work)
      void work.finally(() => this.#working.delete(work))
    })
  }

  onClose(closed: (code: number, reason: string) => Promise<void>): void {
    this.#socket.once('close', (code, reason) => {
      this.#admitted()
      this.connection?.closed()
      closed(code, String(reason)).catch((error: unknown) =>
        this.#logger.warn({ error }, 'a WebSocket could not be cleaned up'),
      )
    })
  }

  /** Cuts a peer that has not answered the ping before, and pings the others. */
  ping(): void {
    if (!this.#answered) {
      this.#socket.terminate()
    } else if (this.#socket.readyState === this.#socket.OPEN) {
      this.#answered = false
      this.#socket.ping()
    }
  }

  /** As graphql-ws closes: with a code. As a live connection closes: with a closing, once operations have been completed. */
  close(code?: number, reason?: string): void
  close(closing: { code: number; reason: string }, completed: boolean): Promise<void>
  close(
    closing: number | { code: number; reason: string } | undefined,
    detail?: string | boolean,
  ): Promise<void> | void {
    if (typeof closing !== 'object') {
      if (this.#socket.readyState !== this.#socket.OPEN) return
      this.#socket.close(closing, typeof detail === 'string' ? detail : undefined)
      // a peer that ignores the close frame must not keep its place
      this.#admitted()
      const timer = this.#clock.after(CLOSE_TIMEOUT, () => this.#socket.terminate())
      this.#socket.once('close', () => timer[Symbol.dispose]())
      return
    }
    return this.#closeInOrder(closing, detail === true)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  async #closeInOrder({ code, reason }: { code: number; reason: string }, completed: boolean): Promise<void> {
    // a subscription's message is worked on until its completion has been sent
    // and one that hangs must not keep the reason from the peer
    if (completed) await Promise.race([Promise.all(this.#working), sleep(this.#clock, COMPLETION_TIMEOUT)])
    const closed = new Promise<void>((resolve) => {
      if (this.#socket.readyState === this.#socket.CLOSED) resolve()
      else this.#socket.once('close', () => resolve())
    })
    this.#socket.close(code, reason)
    using _ = this.#clock.after(CLOSE_TIMEOUT, () => this.#socket.terminate())
    await closed
  }
}

const INVALID_MESSAGE = 4400

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function once(task: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    task()
  }
}
