import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Viewer } from '../../client/results.ts'
import type { Attendance } from './attendance.ts'
import type { EventFeed } from './live/feed.ts'
import type { Requests } from './server/requests.ts'
import type { Verification } from './server/verification.ts'
import type { Writing } from './writing.ts'

/** What the pages of one administrator are made with. */
export interface Parts {
  readonly viewer: Viewer
  readonly requests: Requests
  readonly verification: Verification
  readonly attendance: Attendance
  readonly feed: EventFeed
  readonly writing: Writing
  signOut(): void
}

const PartsContext = createContext<Parts | null>(null)

export const PartsProvider = PartsContext.Provider

export function useParts(): Parts {
  const parts = useContext(PartsContext)
  if (!parts) throw new Error('this part of the page is shown to administrators only')
  return parts
}

/** Whether somebody uses the page now: while nobody does, nothing is asked of the server. */
export function useIsAttended(): boolean {
  const { attendance } = useParts()
  return useSyncExternalStore(attendance.subscribe, () => attendance.isAttended)
}
