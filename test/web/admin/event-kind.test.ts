import { describe, expect, it } from 'vitest'
import {
  changesIn,
  EVENT_KINDS,
  isOfKinds,
  kindOf,
  noticedIn,
} from '../../../src/web/admin/live/event-kind.ts'
import type { FeedEvent } from '../../../src/web/admin/live/feed.ts'
import { texts } from '../../../src/web/admin/texts.ts'

/** An event as it comes over the connection, of any type. */
function event(type: string, more: object = {}): FeedEvent {
  const shared = { id: 'an id', cursor: 'a cursor', occurredAt: '2026-11-21T13:00:00Z', sessionId: 'one' }
  return { __typename: type, ...shared, session: null, ...more } as unknown as FeedEvent
}

describe('what an event of the feed is', () => {
  it('tells who came, who went, and who goes on in a new session', () => {
    const actor = { kind: 'USER', sessionId: null }
    const kinds = [
      event('SessionStarted'),
      event('SessionStarted', { session: { replaces: { id: 'before' }, anomalies: [] } }),
      event('SessionRevoked', { reason: 'SIGNED_OUT', actor }),
      event('SessionRevoked', { reason: 'REPLACED', actor }),
    ].map(kindOf)
    expect(kinds).toEqual(['STARTED', 'CONTINUED', 'ENDED', 'CONTINUED'])
  })

  it('tells what was noticed, and what changed', () => {
    const flagged = event('SessionFlagged', { anomaly: { kind: 'REFRESH_TOKEN_REUSED' } })
    expect([kindOf(flagged), noticedIn(flagged), changesIn(flagged)]).toEqual([
      'FLAGGED',
      'REFRESH_TOKEN_REUSED',
      [],
    ])
    const changed = event('SessionChanged', { changes: ['NEW_PLACE'] })
    expect([kindOf(changed), noticedIn(changed), changesIn(changed)]).toEqual([
      'CHANGED',
      null,
      ['NEW_PLACE'],
    ])
  })

  it('is a change where a newer server tells of what this page has not heard of', () => {
    const unheard = event('SessionTransferred')
    expect(kindOf(unheard)).toBe('CHANGED')
    expect(isOfKinds(unheard, EVENT_KINDS)).toBe(true)
    expect([noticedIn(unheard), changesIn(unheard)]).toEqual([null, []])
  })

  it('is among the flagged, too, where something was noticed in its session before', () => {
    const started = event('SessionStarted', { session: { replaces: null, anomalies: [{}] } })
    expect(isOfKinds(started, ['FLAGGED'])).toBe(true)
    expect(isOfKinds(event('SessionStarted'), ['FLAGGED'])).toBe(false)
  })

  it('has a word for each kind', () => {
    for (const kind of EVENT_KINDS) expect([texts.live.kinds[kind], texts.live.whats[kind]]).not.toContain('')
  })
})
