import type { AnomalyKind } from '../../../protocol/sessions.ts'
import type { FeedEvent } from './feed.ts'

/** What the feed can be narrowed to. */
export const EVENT_KINDS = ['STARTED', 'ENDED', 'CONTINUED', 'FLAGGED', 'CHANGED'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/**
 * What happened. A reverification begins one session and ends the one before: both are that it goes on. An event of a type that this
 * page has not heard of, as from a newer server, is at least a change.
 */
export function kindOf(event: FeedEvent): EventKind {
  if ('reason' in event) return event.reason === 'REPLACED' ? 'CONTINUED' : 'ENDED'
  switch (typeOf(event)) {
    case 'SessionStarted':
      return event.session?.replaces ? 'CONTINUED' : 'STARTED'
    case 'SessionFlagged':
      return 'FLAGGED'
    default:
      return 'CHANGED'
  }
}

/** What was noticed, if the event is about that; null else. */
export function noticedIn(event: FeedEvent): AnomalyKind | null {
  return 'anomaly' in event ? event.anomaly.kind : null
}

/** What changed, if the event is about that. */
export function changesIn(event: FeedEvent): readonly string[] {
  return 'changes' in event ? event.changes : []
}

/** Whether something was noticed in the session. */
export function isFlagged({ session }: FeedEvent): boolean {
  return (session?.anomalies.length ?? 0) > 0
}

/** Whether an event is among those to be shown. */
export function isOfKinds(event: FeedEvent, kinds: readonly EventKind[]): boolean {
  return kinds.includes(kindOf(event)) || (kinds.includes('FLAGGED') && isFlagged(event))
}

/** Which kinds the address wants; all if it says nothing, or nothing that there is. */
export function readKinds(parameters: URLSearchParams): readonly EventKind[] {
  const named = parameters.get('show')?.toUpperCase().split(',') ?? []
  const kinds = EVENT_KINDS.filter((kind) => named.includes(kind))
  return kinds.length > 0 ? kinds : EVENT_KINDS
}

/** Writes the address: nothing where all are wanted. */
export function writeKinds(kinds: readonly EventKind[]): URLSearchParams {
  const parameters = new URLSearchParams()
  if (kinds.length > 0 && kinds.length < EVENT_KINDS.length) {
    parameters.set(
      'show',
      EVENT_KINDS.filter((kind) => kinds.includes(kind))
        .join(',')
        .toLowerCase(),
    )
  }
  return parameters
}

/** As it was sent: the types of this page know only those that it was built with. */
function typeOf({ __typename }: FeedEvent): string {
  return __typename
}
