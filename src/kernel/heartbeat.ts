import { type Clock, sleep, within } from './clock.ts'

/** How often a sign of life is asked for (milliseconds), and how many in a row may be missing. */
const HEARTBEAT = 1_000
const MOST_MISSING = 3

/**
 * Watches what is at the other end of a connection. A connection that is cut without a word looks like one on which there is nothing to
 * say, and while much is written to it even like a busy one: so it is asked.
 * @param ask resolves when the other end has answered
 * @param signal ends the watch
 * @returns resolves when several answers in a row were missing or too late (a single one says nothing), or the watch was ended
 */
export async function untilSilent(
  clock: Clock,
  ask: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  for (let missing = 0; missing < MOST_MISSING; ) {
    // whoever waited for an answer in vain has waited long enough
    if (missing === 0) await sleep(clock, HEARTBEAT, signal)
    if (signal.aborted) return
    const answered = await within(clock, HEARTBEAT, ask()).then(
      () => true,
      () => false,
    )
    missing = answered ? 0 : missing + 1
  }
}
