import { createClient } from 'graphql-ws'
import { CloseCode } from '../../../protocol/close-codes.ts'
import {
  EventCursorDocument,
  type EventCursorQuery,
  EverySessionEventDocument,
  type EverySessionEventSubscription,
} from '../generated/operations.ts'
import type { OpenStream, StreamEnd } from './feed.ts'

/** Codes of faults after which it is of no use to come again by oneself. */
const REFUSALS: readonly unknown[] = ['FORBIDDEN', 'NOT_SIGNED_IN', 'TOO_MANY_CONNECTIONS']

/** Codes that say that the server wants nobody back: the session is over, or has too many connections. */
const FINAL_CLOSES: readonly unknown[] = [CloseCode.sessionEnded, CloseCode.tooManyConnections]

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
      const isFinal = FINAL_CLOSES.includes((error as { code?: unknown } | null)?.code)
      end({ code: isFinal ? 'REFUSED' : 'CLOSED' })
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
  if (code === 'CURSOR_EXPIRED' || code === 'VERIFICATION_REQUIRED') return { code }
  return { code: REFUSALS.includes(code) ? 'REFUSED' : 'CLOSED' }
}
