import { describe, expect, it } from 'vitest'
import { countText } from '../../../src/web/admin/lists/count-text.ts'
import { readListState, writeListState } from '../../../src/web/admin/lists/list-state.ts'
import { EVENT_KINDS, readKinds, writeKinds } from '../../../src/web/admin/live/event-kind.ts'
import { endingsOf, OTHER, totalOf } from '../../../src/web/admin/overview/series.ts'
import { texts } from '../../../src/web/admin/texts.ts'
import {
  readUserAddress,
  USER_SORTS,
  USER_STATES,
  writeUserAddress,
} from '../../../src/web/admin/users/user-filter.ts'

describe('what the history remembers of a list', () => {
  it('is for the one who looked, and for nobody who signs in after them', () => {
    const state = writeListState('ada', { search: 'grace@', page: 3 })
    expect(readListState(state, 'ada', 'cursor')).toEqual({ search: 'grace@', page: 3 })
    expect(readListState(state, 'grace', 'cursor')).toEqual({ search: '', page: 3 })
  })

  it.each([null, undefined, 7, 'text', {}, { search: 7, page: 'two' }])('may be anything: %j', (state) => {
    expect(readListState(state, 'ada', null)).toEqual({ search: '', page: 1 })
    expect(readListState(state, 'ada', 'cursor')).toEqual({ search: '', page: null })
  })
})

describe('the address of the list of users', () => {
  it('is read as it was meant', () => {
    for (const state of [null, ...USER_STATES]) {
      for (const sort of USER_SORTS) {
        const address = { state, sort, after: 'cursor' }
        expect(readUserAddress(new URLSearchParams(writeUserAddress(address).toString()))).toEqual(address)
      }
    }
  })

  it('passes over what it cannot mean', () => {
    expect(readUserAddress(new URLSearchParams('state=gone&sort=colour&after='))).toEqual({
      state: null,
      sort: 'CREATED_AT_DESC',
      after: null,
    })
  })
})

describe('the kinds of events that are shown', () => {
  it('are all, unless the address names some', () => {
    expect(readKinds(new URLSearchParams(''))).toEqual(EVENT_KINDS)
    expect(readKinds(new URLSearchParams('show=nonsense'))).toEqual(EVENT_KINDS)
    expect(readKinds(new URLSearchParams('show=flagged,ended'))).toEqual(['ENDED', 'FLAGGED'])
    expect(writeKinds(['FLAGGED', 'ENDED']).get('show')).toBe('ended,flagged')
    expect(writeKinds([]).toString()).toBe('')
  })
})

describe('a count', () => {
  it('says when nobody counted further', () => {
    expect(countText({ value: 1, isExact: true }, texts.sessions)).toBe('1 session')
    expect(countText({ value: 10_000, isExact: true }, texts.sessions)).toBe('10,000 sessions')
    expect(countText({ value: 10_000, isExact: false }, texts.sessions)).toBe('10,000+ sessions')
    expect(countText(undefined, texts.sessions)).toBeNull()
  })
})

describe('endings over time', () => {
  const step = (
    endings: readonly { reason: 'SIGNED_OUT' | 'IDLE_TIMEOUT' | 'ANOMALY'; count: number }[],
  ) => ({
    startsAt: '2026-03-01T12:00:00.000Z',
    endsAt: '2026-03-01T13:00:00.000Z',
    active: 0,
    signIns: 2,
    ended: endings.reduce((total, { count }) => total + count, 0),
    endings: [...endings],
  })

  it('are told apart by the reasons that were most frequent', () => {
    const steps = [
      step([{ reason: 'SIGNED_OUT', count: 1 }]),
      step([
        { reason: 'IDLE_TIMEOUT', count: 5 },
        { reason: 'SIGNED_OUT', count: 2 },
      ]),
    ]
    expect(endingsOf({ steps }).reasons).toEqual(['IDLE_TIMEOUT', 'SIGNED_OUT'])
    expect(totalOf({ steps }, 'ended')).toBe(8)
    expect(totalOf({ steps }, 'signIns')).toBe(4)
  })

  it('put the rare ones together, and lose none', () => {
    const reasons = Object.keys(texts.sessions.reasonNames) as 'SIGNED_OUT'[]
    const endings = reasons.map((reason, index) => ({ reason, count: index + 1 }))
    const { reasons: shown, steps } = endingsOf({ steps: [step(endings)] })
    expect(shown).toHaveLength(7)
    expect(shown.at(-1)).toBe(OTHER)
    const counts = Object.values(steps[0]?.counts ?? {})
    expect(counts.reduce((total, count) => total + count, 0)).toBe(
      totalOf({ steps: [step(endings)] }, 'ended'),
    )
  })
})
