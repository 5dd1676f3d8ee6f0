import { useEffect, useState } from 'react'
import { every, readClock } from '../../shared/clock.ts'

/** However wrong the clock of this computer is, nobody waits longer than the server's longest delay (seconds). */
const LONGEST = 15 * 60

/** How long until the next attempt is let through, in seconds, counted down. @param retryAt null if there is nothing to wait for */
export function useWait(retryAt: string | null): number {
  const [seconds, setSeconds] = useState(() => remaining(retryAt))
  useEffect(() => {
    setSeconds(remaining(retryAt))
    return retryAt === null ? undefined : every(250, () => setSeconds(remaining(retryAt)))
  }, [retryAt])
  return seconds
}

function remaining(retryAt: string | null): number {
  if (retryAt === null) return 0
  return Math.min(LONGEST, Math.max(0, Math.ceil((Date.parse(retryAt) - readClock()) / 1_000)))
}
