import { useEffect, useState } from 'react'
import {
  LiveSessionsDocument,
  type LiveSessionsQuery,
  type SessionShownFragment,
} from '../generated/operations.ts'
import { ask, type Viewer } from './session.ts'
import { type List, useList } from './use-list.ts'

const PAGE = 50

/** Where the viewer is signed in. */
export interface LiveSessions extends Omit<List<LiveSessionsQuery>, 'pages'> {
  /** The one of this browser; null while the answer belongs to somebody who is just being signed out. */
  readonly current: SessionShownFragment | null
  /** The newest first. */
  readonly others: readonly SessionShownFragment[]
  /** Whether it was started by signing in while the list was looked at. */
  isNew(session: SessionShownFragment): boolean
}

/** Reads the list; events bring it up to date, see `use-events.ts`. */
export function useLiveSessions({ id }: Viewer): LiveSessions {
  const { pages, ...list } = useList({
    queryKey: ['sessions', id, 'live'],
    read: (after, options) => ask(LiveSessionsDocument, { first: PAGE, after }, options),
    pageOf: ({ viewer }) => viewer?.sessions ?? null,
  })
  const current = pages[0]?.currentSession ?? null
  // pages that were read at different moments can overlap
  const all = new Map(
    pages.flatMap(({ viewer }) => viewer?.sessions.edges ?? []).map(({ node }) => [node.id, node]),
  )
  const others = [...all.values()].filter((session) => session.id !== current?.id)
  const newest = latestSignIn(pages)
  const [known, setKnown] = useState(newest)
  useEffect(() => {
    if (known === null && newest !== null) setKnown(newest)
  }, [known, newest])
  return {
    ...list,
    current,
    others,
    isNew: ({ createdAt, replaces }) => known !== null && replaces === null && createdAt > known,
  }
}

/** By the server's clock, which alone can be compared with itself; null before the first page. */
function latestSignIn(pages: readonly LiveSessionsQuery[]): string | null {
  const times = pages
    .flatMap(({ viewer }) => viewer?.sessions.edges ?? [])
    .map(({ node }) => node.createdAt)
    .sort()
  return times.at(-1) ?? null
}
