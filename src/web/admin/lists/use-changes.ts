import { useEffect, useState } from 'react'
import { useParts } from '../parts.ts'

/** How much has happened since a list was read: it does not move under the eyes of whoever reads it. @param readAt when that was (milliseconds) */
export function useChanges(readAt: number): number {
  const { feed } = useParts()
  const [changes, setChanges] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: counted anew with each reading
  useEffect(() => setChanges(0), [readAt])
  // none of them is named where some were missed: there was at least one
  useEffect(() => feed.want((events) => setChanges((count) => count + Math.max(1, events.length))), [feed])
  return changes
}
