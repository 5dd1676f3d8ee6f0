import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STATISTICS_PERIODS, type StatisticsPeriod, stepsOf } from '../../src/sessions/statistics-steps.ts'

const HOUR = 3_600_000 // ms

/** What clocks in the zone show when each step begins, and at its end. */
function shown(period: StatisticsPeriod, now: string, timeZone: string): readonly string[] {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  const steps = stepsOf(period, new Date(now), timeZone)
  return [...steps.map(({ from }) => from), steps.at(-1)?.to ?? 0].map((time) => clock.format(time))
}

describe('the steps of statistics', () => {
  it.each([
    ['HOUR', '2026-11-21 13:00:00', '2026-11-21 14:00:00', 13],
    ['DAY', '2026-11-20 14:00:00', '2026-11-21 14:00:00', 25],
    ['WEEK', '2026-11-14 12:00:00', '2026-11-21 12:00:00', 29],
    ['MONTH', '2026-10-22 00:00:00', '2026-11-21 00:00:00', 31],
  ] as const)('of %s begin with whole ones, and end now', (period, first, last, amount) => {
    const bounds = shown(period, '2026-11-21T13:03:07Z', 'Europe/Berlin')
    expect([bounds[0], bounds.at(-2), bounds.at(-1)]).toEqual([first, last, '2026-11-21 14:03:07'])
    expect(bounds.length - 1).toBe(amount)
  })

  it('are those of clocks that are half an hour off, too', () => {
    const bounds = shown('DAY', '2026-11-21T13:03:07Z', 'Asia/Kolkata')
    expect(bounds.slice(-3)).toEqual(['2026-11-21 17:00:00', '2026-11-21 18:00:00', '2026-11-21 18:33:07'])
  })

  it('have none that is empty, where now is whole itself', () => {
    expect(stepsOf('DAY', new Date('2026-11-21T13:00:00Z'), 'UTC').length).toBe(24)
  })

  it('are as long as the day is on which clocks change', () => {
    const days = stepsOf('MONTH', new Date('2026-11-05T12:00:00Z'), 'Europe/Berlin')
    const lengths = days.map(({ from, to }) => (to - from) / HOUR)
    expect(new Set(lengths)).toEqual(new Set([24, 25, 13]))
    // an hour that is shown twice is two
    const hours = stepsOf('DAY', new Date('2026-10-25T12:30:00Z'), 'Europe/Berlin')
    expect(new Set(hours.slice(0, -1).map(({ from, to }) => (to - from) / HOUR))).toEqual(new Set([1]))
    expect(
      shown('DAY', '2026-10-25T12:30:00Z', 'Europe/Berlin').filter((time) => /02:00/.test(time)).length,
    ).toBe(2)
  })

  it('follow each other without a gap, in every zone and at any time', () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
    const now = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(fc.constantFrom(...STATISTICS_PERIODS), now, zone, (period, at, timeZone) => {
        const steps = stepsOf(period, at, timeZone)
        expect(steps.at(-1)?.to).toBe(at.getTime())
        for (const [index, { from, to }] of steps.entries()) {
          expect(from).toBeLessThan(to)
          if (index > 0) expect(from).toBe(steps[index - 1]?.to)
        }
      }),
    )
  })
})
