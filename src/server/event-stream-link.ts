import type { ServerResponse } from 'node:http'
import type { Link } from '../connections/live-connection.ts'

/** The wire of a subscription over server-sent events: the response of one request. */
export interface EventStreamLink extends Link {
  /** Calls the task when the response is over, or at once if it is. */
  onGone(task: () => void): void
}

/** How long to wait for bytes that the reader has not taken (milliseconds). */
const FLUSH_TIMEOUT = 1_000

/**
 * Wraps a response. A completed operation ends with its `complete` event, which the engine writes; one that is to be resumed ends
 * without it, so that clients see a broken stream and come back.
 */
export function eventStreamLink(response: ServerResponse): EventStreamLink {
  const gone = new Promise<void>((resolve) => {
    if (response.closed) resolve()
    else response.once('close', resolve)
  })
  return {
    onGone: (task) => void gone.then(task),
    close: async (_closing, completed) => {
      if (!completed) {
        await new Promise((resolve) => setImmediate(resolve))
        response.end()
      }
      response.setTimeout(FLUSH_TIMEOUT, () => response.destroy())
      await gone
    },
    terminate: () => response.destroy(),
  }
}
