import {
  EndedSessionsDocument,
  type EndedSessionsQuery,
  type SessionShownFragment,
} from '../generated/operations.ts'
import { ask, type Viewer } from './session.ts'
import { type List, useList } from './use-list.ts'

const PAGE = 30

/** The viewer's sessions that are over, the newest first. */
export interface EndedSessions extends Omit<List<EndedSessionsQuery>, 'pages'> {
  readonly sessions: readonly SessionShownFragment[]
}

export function useEndedSessions({ id }: Viewer): EndedSessions {
  const { pages, ...list } = useList({
    queryKey: ['sessions', id, 'ended'],
    read: (after, options) => ask(EndedSessionsDocument, { first: PAGE, after }, options),
    pageOf: ({ viewer }) => viewer?.sessions ?? null,
  })
  const all = new Map(
    pages.flatMap(({ viewer }) => viewer?.sessions.edges ?? []).map(({ node }) => [node.id, node]),
  )
  return { ...list, sessions: [...all.values()] }
}
