import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SESSION_END_REASONS, SESSION_TRANSPORTS } from '../../../src/protocol/sessions.ts'
import {
  DEVICE_KINDS,
  fitsOnlyEnded,
  NEWEST_FIRST,
  NO_FILTER,
  partsOf,
  readSessionAddress,
  SESSION_STATES,
  type SessionAddress,
  sessionsLink,
  TIMES,
  writeSessionAddress,
} from '../../../src/web/admin/sessions/session-filter.ts'

const read = (text: string) => readSessionAddress(new URLSearchParams(text))
const either = <T extends string>(values: readonly T[]) =>
  fc.option(fc.constantFrom(...values), { nil: null })
const anyText = fc.option(
  fc.string({ minLength: 1 }).filter((text) => text.trim() === text),
  { nil: null },
)
const anyMoment = fc.option(
  fc
    .date({ min: new Date('2000-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  { nil: null },
)

const anyAddress: fc.Arbitrary<SessionAddress> = fc.record({
  filter: fc.record({
    state: either(SESSION_STATES),
    reasons: fc.subarray([...SESSION_END_REASONS]),
    createdAfter: anyMoment,
    createdBefore: anyMoment,
    lastActiveAfter: anyMoment,
    lastActiveBefore: anyMoment,
    endedAfter: anyMoment,
    endedBefore: anyMoment,
    deviceKind: either(DEVICE_KINDS),
    browser: anyText,
    system: anyText,
    country: fc.option(fc.stringMatching(/^[A-Z]{2}$/), { nil: null }),
    network: anyText,
    transport: either(SESSION_TRANSPORTS),
    flagged: fc.boolean(),
    user: anyText,
  }),
  order: fc.record({ by: fc.constantFrom(...TIMES), descending: fc.boolean() }),
  after: anyText,
})

describe('the address of the list of sessions', () => {
  it('says everything that the filter says, and is read as it was meant', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        expect(read(writeSessionAddress(address).toString())).toEqual(address)
      }),
    )
  })

  it('is empty where nothing is said', () => {
    expect(writeSessionAddress({ filter: NO_FILTER, order: NEWEST_FIRST, after: null }).toString()).toBe('')
    expect(read('')).toEqual({ filter: NO_FILTER, order: NEWEST_FIRST, after: null })
    expect(sessionsLink({})).toBe('/sessions')
    expect(sessionsLink({ network: '203.0.113.0/24' })).toBe('/sessions?network=203.0.113.0%2F24')
  })

  it('passes over what it cannot mean, whatever it is', () => {
    expect(
      read(
        'state=gone&reason=BOREDOM&device=TOASTER&country=1234&transport=PIGEON&sort=colour&flagged=perhaps',
      ),
    ).toEqual({ filter: NO_FILTER, order: NEWEST_FIRST, after: null })
    fc.assert(
      fc.property(fc.string(), (text) => {
        const address = read(text)
        expect(read(writeSessionAddress(address).toString())).toEqual(address)
      }),
    )
  })

  it.each(['2026-03-01', '2026-03-01T12:00', 'yesterday', '2026-13-01T12:00:00Z', '1'])(
    'takes %s for no moment: it says another one elsewhere, or none',
    (text) => {
      expect(read(`created-from=${text}`).filter.createdAfter).toBeNull()
    },
  )

  it('understands moments of every zone', () => {
    expect(read('ended-before=2026-03-01T12:00:00%2B01:00').filter.endedBefore).toBe(
      '2026-03-01T11:00:00.000Z',
    )
  })

  it('knows which filters leave nothing that goes on', () => {
    expect(fitsOnlyEnded(NO_FILTER)).toBe(false)
    expect(fitsOnlyEnded({ ...NO_FILTER, state: 'ACTIVE', network: '203.0.113.0/24' })).toBe(false)
    expect(fitsOnlyEnded({ ...NO_FILTER, state: 'ENDED' })).toBe(true)
    expect(fitsOnlyEnded({ ...NO_FILTER, reasons: ['IDLE_TIMEOUT'] })).toBe(true)
    expect(fitsOnlyEnded({ ...NO_FILTER, endedAfter: '2026-03-01T11:00:00.000Z' })).toBe(true)
  })

  it('counts what a filter says but for the state', () => {
    expect(partsOf({ ...NO_FILTER, state: 'ACTIVE' })).toEqual([])
    expect(partsOf({ ...NO_FILTER, flagged: true, reasons: ['ANOMALY'], browser: 'Firefox' })).toEqual([
      'reasons',
      'browser',
      'flagged',
    ])
  })
})
