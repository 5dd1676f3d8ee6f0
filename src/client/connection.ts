import { createClient } from 'graphql-ws'
import type { Clock } from './clock.ts'
import { EVENTS, IDENTIFY } from './documents.ts'
import type { ClientSession, SessionEvent, Viewer } from './results.ts'

/** A peer that was silent for this long is asked for a sign of life (milliseconds) … */
const PING_INTERVAL = 15_000
/** … and given up after this (milliseconds). */
const PONG_TIMEOUT = 4_000
/** How long opening may take (milliseconds). */
const ACK_TIMEOUT = 10_000
/** The server closes a connection itself, and says by the code why. This is how long it is waited for (milliseconds). */
const CLOSE_WAIT = 5_000

/** Whose a connection is, and up to where the events are known by that. */
export interface Identity {
  readonly viewer: Viewer | null
  readonly currentSession: ClientSession | null
  readonly eventCursor: string | null
}

/** What a connection tells. Each is called in order, `onClosed` once and last. */
export interface ConnectionListener {
  onIdentity(identity: Identity): void
  onEvent(event: SessionEvent): void
  /** The cursor was too old: what happened since then cannot be told. Events go on from now. */
  onMissed(): void
  onClosed(code: number, reason: string): void
}

/** One WebSocket, until it closes. */
export interface Connection {
  /** Asks for a sign of life now: the network or the machine may have been away. */
  probe(): void
  close(): void
}

/** Opens a connection: asks whose it is, and hears the events behind the cursor. */
export function openConnection(
  options: {
    readonly url: string
    readonly clock: Clock
    readonly connectionParams: () => Promise<Record<string, unknown>>
    /** Up to where the events are known. */
    readonly cursor: () => string | null
  },
  listener: ConnectionListener,
): Connection {
  const { clock } = options
  let socket: WebSocket | null = null
  let over = false
  let cancelPing = (): void => {}
  let cancelPong = (): void => {}

  function stop(): void {
    over = true
    cancelPing()
    cancelPong()
    cancelOpening()
  }

  const lose = (): void => end(1006, '')

  function end(code: number, reason: string): void {
    if (over) return
    stop()
    // what is still open of it is of no use any more
    client.terminate()
    listener.onClosed(code, reason)
  }

  function probe(): void {
    cancelPing()
    cancelPong()
    if (over || socket?.readyState !== WebSocket.OPEN) return
    socket.send('{"type":"ping"}')
    cancelPong = clock.after(PONG_TIMEOUT, lose)
  }

  const client = createClient({
    url: options.url.replace(/^http/, 'ws'),
    connectionParams: options.connectionParams,
    // this client decides by itself when to come again, and with what
    retryAttempts: 0,
    lazyCloseTimeout: CLOSE_WAIT,
    on: {
      opened: (opened) => {
        socket = opened as WebSocket
      },
      message: () => {
        cancelPong()
        cancelPing()
        cancelPing = clock.after(PING_INTERVAL, probe)
      },
      closed: (event) => {
        const { code = 1006, reason = '' } = event as Partial<CloseEvent>
        end(code, reason)
      },
    },
  })
  const cancelOpening = clock.after(ACK_TIMEOUT, lose)
  const failed = (): void => {
    // a close has its own word, and comes at once if it comes at all: after everything that the browser has to tell of this socket right now
    clock.after(0, lose)
  }

  const subscribe = (after: string | null): void => {
    client.subscribe<{ sessionEvents: SessionEvent }>(
      { query: EVENTS, variables: { after } },
      {
        next: ({ data, errors }) => {
          if (over) return
          if (data) return listener.onEvent(data.sessionEvents)
          if (!errors?.some(({ extensions }) => extensions?.['code'] === 'CURSOR_EXPIRED')) return failed()
          listener.onMissed()
          subscribe(null)
        },
        error: failed,
        complete: () => {},
      },
    )
  }

  client.subscribe<Identity & Record<string, unknown>>(
    { query: IDENTIFY },
    {
      next: ({ data }) => {
        if (over) return
        if (!data) return failed()
        cancelOpening()
        listener.onIdentity(data)
        if (!over) subscribe(options.cursor() ?? data.eventCursor)
      },
      error: failed,
      complete: () => {},
    },
  )

  return {
    probe,
    close: () => {
      stop()
      // one that is still being opened may be refused meanwhile, which is nothing to anybody
      Promise.resolve(client.dispose()).catch(() => {})
    },
  }
}
