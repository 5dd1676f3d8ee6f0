import type { SessionEndReason } from '../protocol/sessions.ts'
import { type Clock, sleep } from './clock.ts'
import { WHY } from './documents.ts'
import { asReason } from './state.ts'

/** The question is worth no longer wait (milliseconds). */
const TIMEOUT = 3_000

/**
 * Why the session of the cookie ended: a subscription that cannot start says so. Null if nobody can say.
 * Over server-sent events, because a cookie that is good no more opens no socket.
 */
export async function whyEnded(url: string, clock: Clock): Promise<SessionEndReason | null> {
  const over = new AbortController()
  void sleep(clock, TIMEOUT, over.signal).then(() => over.abort())
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      body: JSON.stringify({ query: WHY }),
      credentials: 'include',
      cache: 'no-store',
      signal: over.signal,
    })
    const text = await response.text()
    return asReason(/"reason":"([A-Z_]+)"/.exec(text)?.[1])
  } catch {
    return null
  } finally {
    over.abort()
  }
}
