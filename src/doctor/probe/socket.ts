import { type Clock, within } from '../../kernel/clock.ts'
import { API } from './graphql.ts'

/** How a socket was closed. */
export interface SocketEnd {
  readonly code: number
  readonly reason: string
}

/** The global one, which in Node takes headers beside the protocol; the types are those of browsers. */
type NodeWebSocket = new (
  url: URL,
  options: { readonly protocols: string; readonly headers: Readonly<Record<string, string>> },
) => WebSocket

/** Longest wait for a socket to open, for a message, or for its end (milliseconds). */
const SOCKET_TIMEOUT = 5_000

/** One WebSocket of `graphql-transport-ws`, as a program opens it that sets its own headers. */
export class ProbeSocket implements Disposable {
  readonly #socket: WebSocket
  readonly #clock: Clock
  readonly #messages: { type?: string; payload?: unknown }[] = []
  readonly #opened = Promise.withResolvers<boolean>()
  readonly #ended = Promise.withResolvers<SocketEnd>()
  #waiting: (() => void) | null = null

  constructor(base: URL, { headers, clock }: { headers: Readonly<Record<string, string>>; clock: Clock }) {
    const url = new URL(API, base)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    this.#clock = clock
    const Socket = WebSocket as unknown as NodeWebSocket
    this.#socket = new Socket(url, { protocols: 'graphql-transport-ws', headers })
    this.#socket.addEventListener('open', () => this.#opened.resolve(true))
    this.#socket.addEventListener('message', ({ data }) => {
      this.#messages.push(readMessage(data))
      this.#waiting?.()
    })
    this.#socket.addEventListener('close', ({ code, reason }) => {
      this.#opened.resolve(false)
      this.#ended.resolve({ code, reason })
      this.#waiting?.()
    })
    // what it is about is told by the close that follows
    this.#socket.addEventListener('error', () => this.#opened.resolve(false))
  }

  /** Whether the server took the upgrade. */
  opened(): Promise<boolean> {
    return within(this.#clock, SOCKET_TIMEOUT, this.#opened.promise).catch(() => false)
  }

  send(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  /** The next message of this type, past others; null if none comes. */
  async next(type: string): Promise<{ payload?: unknown } | null> {
    const find = async (): Promise<{ payload?: unknown } | null> => {
      for (;;) {
        const message = this.#messages.shift()
        if (message?.type === type) return message
        if (message) continue
        if (this.#socket.readyState === WebSocket.CLOSED) return null
        await new Promise<void>((resolve) => {
          this.#waiting = resolve
        })
      }
    }
    return await within(this.#clock, SOCKET_TIMEOUT, find()).catch(() => null)
  }

  /** How it was closed; null if it is open still. */
  async ended(): Promise<SocketEnd | null> {
    return await within(this.#clock, SOCKET_TIMEOUT, this.#ended.promise).catch(() => null)
  }

  [Symbol.dispose](): void {
    this.#socket.close()
  }
}

function readMessage(data: unknown): { type?: string; payload?: unknown } {
  try {
    // whatever it is: its type is compared before it is used
    return JSON.parse(String(data)) as { type?: string; payload?: unknown }
  } catch {
    return {}
  }
}
