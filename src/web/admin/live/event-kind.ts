import type { FeedEvent } from './feed.ts'

/** What the feed can be narrowed to. */
export const EVENT_KINDS = ['STARTED', 'ENDED', 'CONTINUED', 'FLAGGED'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** What happened. A reverification begins one session and ends the one before: both are that it goes on. */
export function kindOf(event: FeedEvent): Exclude<EventKind, 'FLAGGED'> {
  if (event.__typename === 'SessionRevoked') return event.reason === 'REPLACED' ? 'CONTINUED' : 'ENDED'
  return event.session?.replaces ? 'CONTINUED' : 'STARTED'
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
