import type { InfiniteData } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { SessionEvent } from '../../../client/index.ts'
import { useAnnounce } from '../../shared/announcements.tsx'
import { after } from '../../shared/clock.ts'
import type { LiveSessionsQuery, SessionShownFragment } from '../generated/operations.ts'
import { texts } from '../texts.ts'
import { bringUpToDate, queries } from './query-client.ts'
import { client } from './session.ts'

/** What happens together is told together, and the lists are read once for it (milliseconds). */
const TOGETHER = 120

/**
 * Brings the lists up to date as soon as something happens to one of the viewer's sessions, and says what it was.
 * @param sessionId the session of this browser, which is another one after each reverification
 */
export function useEvents(sessionId: string): void {
  const announce = useAnnounce()
  const listed = useRef(sessionId)
  useEffect(() => {
    let waiting: SessionEvent[] = []
    let cancel: (() => void) | null = null
    const tell = async () => {
      const events = waiting.filter((event) => event.sessionId !== sessionId)
      waiting = []
      cancel = null
      const before = knownSessions()
      await bringUpToDate()
      for (const message of whatHappened(events, before, knownSessions())) announce(message, 'news')
    }
    const endEvents = client.onEvent((event) => {
      waiting.push(event)
      cancel ??= after(TOGETHER, () => void tell())
    })
    const endMissed = client.onEventsMissed(() => void bringUpToDate())
    // the lists say which session is the one of this browser
    if (listed.current !== sessionId) void bringUpToDate()
    listed.current = sessionId
    return () => {
      endEvents()
      endMissed()
      cancel?.()
    }
  }, [sessionId, announce])
}

/** In sentences. What the person did on this page is said in the same words, and so once. */
function whatHappened(
  events: readonly SessionEvent[],
  before: ReadonlyMap<string, SessionShownFragment>,
  now: ReadonlyMap<string, SessionShownFragment>,
): string[] {
  const ended = events.filter(({ reason }) => reason !== undefined && reason !== 'REPLACED')
  const begun = events
    .filter(({ __typename }) => __typename === 'SessionStarted')
    .map((event) => now.get(event.sessionId))
    .filter((session) => session !== undefined && session.replaces === null && !before.has(session.id))
  const [first] = ended
  const label = first && before.get(first.sessionId)?.device.label
  return [
    ...(ended.length > 1 ? [texts.done.endedOthers(ended.length)] : label ? [texts.done.ended(label)] : []),
    ...begun.map((session) => texts.devices.appeared(session?.device.label ?? '')),
  ]
}

/** The live sessions that this page has read. */
function knownSessions(): ReadonlyMap<string, SessionShownFragment> {
  const lists = queries.getQueriesData<InfiniteData<LiveSessionsQuery>>({
    predicate: ({ queryKey }) => queryKey[0] === 'sessions' && queryKey[2] === 'live',
  })
  return new Map(
    lists
      .flatMap(([, data]) => data?.pages ?? [])
      .flatMap(({ viewer }) => viewer?.sessions.edges ?? [])
      .map(({ node }) => [node.id, node]),
  )
}
