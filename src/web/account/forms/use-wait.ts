import { useEffect, useState } from 'react'
import { every, readClock } from '../../shared/clock.ts'

/** However wrong the clock of this computer is, nobody waits longer than the server's longest delay (seconds). */
const LONGEST = 15 * 60

/**
 * How long until the next attempt is let through.
 * @param retryAt in milliseconds since 1970; null if there is nothing to wait for
 * @returns seconds, counted down; 0 when it is over
 */
export function useWait(retryAt: number | null): number {
  const [seconds, setSeconds] = useState(() => remaining(retryAt))
  useEffect(() => {
    setSeconds(remaining(retryAt))
    return retryAt === null ? undefined : every(250, () => setSeconds(remaining(retryAt)))
  }, [retryAt])
  return seconds
}

function remaining(retryAt: number | null): number {
  if (retryAt === null) return 0
  return Math.min(LONGEST, Math.max(0, Math.ceil((retryAt - readClock()) / 1_000)))
}
