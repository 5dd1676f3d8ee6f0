import { createClient } from 'graphql-ws'
import { type Clock, sleep } from '../kernel/clock.ts'
import type { Happening } from './witness.ts'

/** What is subscribed to, and by whom. */
export interface Subscription<Data> {
  /** Where the API is. */
  readonly url: string
  /** The headers of a request that is made now. */
  readonly headers: () => Record<string, string>
  readonly query: string
  /** Read at each attempt: the cursor in it moves on, so that a reconnection resumes behind the last event. */
  readonly variables: Readonly<Record<string, unknown>>
  readonly onData: (data: Data) => void
  readonly notice: (happening: Happening) => void
  readonly clock: Clock
}

/** How long to wait before reconnecting (milliseconds), doubled each time. A real client adds jitter. */
const FIRST_RETRY = 25

/** Subscribes over WebSocket with the stock client of graphql-ws. Disposing closes the socket. */
export function listenOnSocket<Data>(wanted: Subscription<Data>): Disposable {
  const { notice, clock } = wanted
  let completed = false
  const client = createClient({
    url: wanted.url.replace(/^http/, 'ws'),
    webSocketImpl: socketWith(wanted.headers),
    // the server closes; a lazy client would be first as soon as nothing is subscribed to
    lazy: false,
    // noticed as `closed`
    onNonLazyError: () => {},
    retryWait: (retries) => sleep(clock, FIRST_RETRY * 2 ** retries),
    on: {
      connected: (_socket, _payload, wasRetry) => notice({ type: 'connected', again: wasRetry }),
      closed: (event) => {
        // a CloseEvent, says the documentation of graphql-ws
        const { code, reason } = event as { code: number; reason: string }
        notice({ type: 'closed', code, reason, completed })
      },
    },
  })
  client.subscribe<Data>(
    { query: wanted.query, variables: wanted.variables },
    {
      next: ({ data, errors }) => {
        if (data) wanted.onData(data)
        if (errors) notice({ type: 'failed', message: errors.map(({ message }) => message).join(' ') })
      },
      error: (error) => {
        if (Array.isArray(error)) notice({ type: 'failed', message: String(error[0]?.message) })
      },
      complete: () => {
        completed = true
      },
    },
  )
  return { [Symbol.dispose]: () => void client.dispose() }
}

/** Subscribes over server-sent events with a plain request. Disposing leaves. */
export function listenOnEventStream<Data>(wanted: Subscription<Data>): Disposable {
  const abort = new AbortController()
  readEventStream(wanted, abort.signal).catch((error: unknown) => {
    if (abort.signal.aborted) return
    wanted.notice({ type: 'closed', code: null, reason: String(error), completed: false })
  })
  return { [Symbol.dispose]: () => abort.abort() }
}

async function readEventStream<Data>(wanted: Subscription<Data>, signal: AbortSignal): Promise<void> {
  const { url, query, variables, headers, notice } = wanted
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers(), 'Content-Type': 'application/json', Accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    signal,
  })
  notice({ type: 'connected', again: false })
  let completed = false
  let text = ''
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = /^event: ?(.*)$/m.exec(block)?.[1]
      if (event === 'complete') completed = true
      if (event !== 'next') continue
      const { data, errors } = JSON.parse(/^data: ?(.*)$/m.exec(block)?.[1] ?? '{}') as {
        data?: Data
        errors?: readonly { message: string }[]
      }
      if (errors) notice({ type: 'failed', message: errors.map(({ message }) => message).join(' ') })
      else if (data) wanted.onData(data)
    }
  }
  notice({ type: 'closed', code: null, reason: '', completed })
}

/** Node's own WebSocket, with the headers that a browser would send by itself. */
function socketWith(headers: () => Record<string, string>): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      // the types are those of browsers, which have no such option; undici's WebSocket, which Node's is, has
      const init: object = { protocols: protocols ?? [], headers: headers() }
      super(url, init as string[])
    }
  }
}
