import type { SessionEndReason } from '../protocol/sessions.ts'
import type { Clock } from './clock.ts'
import { WHY } from './documents.ts'
import { send } from './post.ts'
import { asReason } from './state.ts'

/** The question is worth no longer wait (milliseconds). */
const TIMEOUT = 3_000

/**
 * Why the session of the cookie ended: a subscription that cannot start says so. Null if nobody can say.
 * Over server-sent events, because a cookie that is good no more opens no socket.
 */
export async function whyEnded(url: string, clock: Clock): Promise<SessionEndReason | null> {
  try {
    const accept = 'text/event-stream'
    const { text } = await send(url, clock, { query: WHY, accept, cookie: true, timeout: TIMEOUT })
    return asReason(/"reason":"([A-Z_]+)"/.exec(text)?.[1])
  } catch {
    return null
  }
}
