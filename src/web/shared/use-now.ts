import { useEffect, useState } from 'react'
import { every, readClock } from './clock.ts'

/**
 * The time, read again every so often: whoever shows how long ago something was is drawn again by it. A page that slept reads it
 * at once when it is looked at again.
 * @param interval in milliseconds
 */
export function useNow(interval = 30_000): number {
  const [now, setNow] = useState(readClock)
  useEffect(() => {
    const read = () => setNow(readClock())
    const end = every(interval, read)
    document.addEventListener('visibilitychange', read)
    return () => {
      end()
      document.removeEventListener('visibilitychange', read)
    }
  }, [interval])
  return now
}
