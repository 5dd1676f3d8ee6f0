import { createClient } from 'graphql-ws'
import { CloseCode } from '../../../protocol/close-codes.ts'
import {
  EventCursorDocument,
  type EventCursorQuery,
  EverySessionEventDocument,
  type EverySessionEventSubscription,
} from '../generated/operations.ts'
import { isStop, type OpenStream, type StreamEnd } from './feed.ts'

/** What it means when the server closes a connection and wants nobody back. */
const FINAL_CLOSES: ReadonlyMap<unknown, StreamEnd['code']> = new Map([
  [CloseCode.sessionEnded, 'NOT_SIGNED_IN'],
  [CloseCode.tooManyConnections, 'TOO_MANY_CONNECTIONS'],
])

/** An error of an operation, as it comes over the connection. */
interface Refusal {
  readonly extensions?: Readonly<Record<string, unknown>>
}

/**
 * Streams over a WebSocket of their own, each: what comes and goes over it counts as nobody's activity.
 * @param url of the API
 * @param connectionParams what the session client has every connection begin with
 */
export function streamOver(
  url: string,
  connectionParams: () => Promise<Record<string, unknown>>,
): OpenStream {
  return (after, listener) => {
    let isOver = false
    const end = (how: StreamEnd) => {
      if (isOver) return
      isOver = true
      client.terminate()
      listener.onEnd(how)
    }
    const client = createClient({
      url: url.replace(/^http/, 'ws'),
      connectionParams,
      // who opens it decides when to come again, and behind which event
      retryAttempts: 0,
      keepAlive: 15_000, // ms
      on: {
        connected: () => {
          if (!isOver) listener.onOpen()
        },
      },
    })
    const fail = (error: unknown) => {
      // what the server refuses while the stream runs comes as its errors, and what happens to the connection as an event
      if (Array.isArray(error)) return end(endOf((error as readonly Refusal[])[0]?.extensions?.['code']))
      end({ code: FINAL_CLOSES.get((error as { code?: unknown } | null)?.code) ?? 'CLOSED' })
    }
    const listen = (cursor: string | null) => {
      client.subscribe<EverySessionEventSubscription>(
        { query: EverySessionEventDocument.toString(), variables: { after: cursor } },
        {
          next: ({ data, errors }) => {
            if (isOver) return
            if (errors) end(endOf(errors[0]?.extensions?.['code']))
            else if (data) listener.onEvent(data.sessionEvents)
          },
          error: fail,
          complete: () => end({ code: 'CLOSED' }),
        },
      )
    }
    if (after === null) {
      client.subscribe<EventCursorQuery>(
        { query: EventCursorDocument.toString() },
        {
          next: ({ data }) => {
            const cursor = data?.eventCursor ?? null
            if (isOver) return
            if (cursor !== null) listener.onCursor(cursor)
            listen(cursor)
          },
          error: fail,
          complete: () => {},
        },
      )
    } else listen(after)
    return () => {
      if (isOver) return
      isOver = true
      client.terminate()
    }
  }
}

function endOf(code: unknown): StreamEnd {
  return { code: code === 'CURSOR_EXPIRED' || isStop(code) ? code : 'CLOSED' }
}
