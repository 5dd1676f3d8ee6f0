import { once } from 'node:events'
import { WebSocket } from 'ws'

/** A message of `graphql-transport-ws`. */
export interface SocketMessage {
  readonly type: string
  readonly id?: string
  readonly payload?: unknown
}

/** How a socket was closed. */
export interface SocketClose {
  readonly code: number
  readonly reason: string
}

/** A bare client of `graphql-transport-ws`: nothing but the words of the protocol, so that nothing is hidden. */
export class Socket implements Disposable {
  readonly #socket: WebSocket
  readonly #messages: SocketMessage[] = []
  readonly #closed = Promise.withResolvers<SocketClose>()
  #waiting: (() => void) | null = null

  constructor(url: string, options: { cookie?: string | null; origin?: string } = {}) {
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: {
        ...(options.cookie ? { Cookie: options.cookie } : {}),
        ...(options.origin ? { Origin: options.origin } : {}),
      },
    })
    this.#socket.on('message', (data) => {
      this.#messages.push(JSON.parse(String(data)) as SocketMessage)
      this.#waiting?.()
    })
    this.#socket.on('close', (code, reason) => {
      this.#closed.resolve({ code, reason: String(reason) })
      this.#waiting?.()
    })
    this.#socket.on('error', () => {})
  }

  /** Opens a socket, and initialises it unless told otherwise. */
  static async open(
    url: string,
    options: { cookie?: string | null; origin?: string; init?: boolean; accessToken?: string } = {},
  ): Promise<Socket> {
    const socket = new Socket(url, options)
    await once(socket.#socket, 'open')
    if (options.init === false) return socket
    const { accessToken } = options
    socket.send({
      type: 'connection_init',
      ...(accessToken === undefined ? {} : { payload: { accessToken } }),
    })
    return socket
  }

  /** Opens a socket, waits until it is acknowledged, and subscribes. */
  static async subscribed(
    url: string,
    cookie: string | null,
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<Socket> {
    const socket = await Socket.open(url, { cookie })
    await socket.expect('connection_ack')
    socket.subscribe('1', query, variables)
    await socket.settled()
    return socket
  }

  send(message: object | string): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  subscribe(id: string, query: string, variables: Record<string, unknown> = {}): void {
    this.send({ type: 'subscribe', id, payload: { query, variables } })
  }

  /** Resolves when the server has worked through what was sent before: messages are handled in order, pings at once. */
  async settled(): Promise<void> {
    this.send({ type: 'subscribe', id: 'settle', payload: { query: '{ __typename }' } })
    while (!this.#messages.some(({ type, id }) => type === 'complete' && id === 'settle')) await this.#more()
    for (let index = this.#messages.length - 1; index >= 0; index--) {
      if (this.#messages[index]?.id === 'settle') this.#messages.splice(index, 1)
    }
  }

  /** The next message; fails if it is of another type, or if the socket closes instead. */
  async expect(type: string): Promise<SocketMessage> {
    const message = await this.next()
    if (message.type !== type) throw new Error(`expected ${type}, received ${JSON.stringify(message)}`)
    return message
  }

  /** The next message, in order. */
  async next(): Promise<SocketMessage> {
    for (;;) {
      const message = this.#messages.shift()
      if (message) return message
      await this.#more()
    }
  }

  /** Messages that have arrived and were not read yet. */
  get unread(): readonly SocketMessage[] {
    return this.#messages
  }

  /** The data of the next `next` message of an operation. */
  async data<Data = Record<string, unknown>>(): Promise<Data> {
    const { payload } = await this.expect('next')
    const { data, errors } = payload as { data?: Data; errors?: unknown }
    if (errors || !data) throw new Error(JSON.stringify(payload))
    return data
  }

  /** How the socket was closed, once it is. */
  closed(): Promise<SocketClose> {
    return this.#closed.promise
  }

  close(code = 1000): void {
    this.#socket.close(code)
  }

  /** Stops reading, as a client does that is stuck. */
  pause(): void {
    this.#socket.pause()
  }

  [Symbol.dispose](): void {
    this.#socket.terminate()
  }

  async #more(): Promise<void> {
    if (this.#socket.readyState >= WebSocket.CLOSING && this.#messages.length === 0) {
      const { code, reason } = await this.closed()
      if (this.#messages.length === 0) throw new Error(`the socket was closed: ${code} ${reason}`)
      return
    }
    await new Promise<void>((resolve) => {
      this.#waiting = resolve
    })
  }
}
