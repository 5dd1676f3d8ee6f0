import { useEffect, useRef, useState } from 'react'
import { after } from '../../shared/clock.ts'
import { useOnline } from '../../shared/use-online.ts'
import { bringUpToDate } from './query-client.ts'
import { useConnected } from './session.ts'

/** A connection that is back by then was not missed: each reverification begins a new one (milliseconds). */
const GRACE = 2_000

/** Whether the lists are as things are: `away` if nothing is pushed, so that they may be old. */
export type Liveness = 'opening' | 'live' | 'away'

/** Follows the connection, and reads the lists again when it was away and is back. */
export function useLiveness(): Liveness {
  // a socket finds out about the network later than the browser
  const online = useOnline()
  const connected = useConnected() && online
  const [liveness, setLiveness] = useState<Liveness>(connected ? 'live' : 'opening')
  useEffect(() => {
    if (!connected) return after(GRACE, () => setLiveness('away'))
    setLiveness('live')
    return undefined
  }, [connected])
  const before = useRef(liveness)
  useEffect(() => {
    if (liveness === 'live' && before.current === 'away') void bringUpToDate()
    before.current = liveness
  }, [liveness])
  // the network's return is noticed before the connection's
  useEffect(() => {
    const again = () => void bringUpToDate()
    window.addEventListener('online', again)
    return () => window.removeEventListener('online', again)
  }, [])
  return liveness
}
