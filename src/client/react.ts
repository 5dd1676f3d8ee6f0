import { useSyncExternalStore } from 'react'
import type { SessionClient, SessionState } from './index.ts'

/** The session's state; the component is rendered again whenever it changes. */
export function useSession(client: SessionClient): SessionState {
  const read = (): SessionState => client.state
  // a server that renders pages knows no browser's session
  return useSyncExternalStore(client.subscribe, read, read)
}

/** Whether revocations are pushed to this browser right now; the component is rendered again whenever it changes. */
export function useSessionConnected(client: SessionClient): boolean {
  const read = (): boolean => client.connected
  return useSyncExternalStore(client.subscribe, read, read)
}
