import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTypedMoment, writeTypedMoment } from '../../../src/web/admin/sessions/moment-draft.ts'

const typed = (value: string, isHalfTyped = false) => readTypedMoment({ value, isHalfTyped })

describe('a date that somebody types', () => {
  it('takes the filter away only when the field is really empty', () => {
    expect(typed('')).toEqual({ moment: null, problem: null })
    expect(typed('', true)).toEqual({ problem: 'HALF_TYPED' })
    expect(typed('soon')).toEqual({ problem: 'HALF_TYPED' })
  })

  it.each([
    '0002-03-01T12:00',
    '0020-03-01T12:00',
    '0202-03-01T12:00',
    '2200-01-01T00:00',
    '20266-03-01T12:00',
  ])('leaves the filter as it was at %s, on the way to a year', (value) => {
    expect(typed(value).problem).not.toBeNull()
  })

  it('is a moment in the person’s own time', () => {
    expect(typed('2026-03-01T12:30')).toEqual({
      moment: new Date(2026, 2, 1, 12, 30).toISOString(),
      problem: null,
    })
  })

  it('is shown again as it was typed', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-02'), max: new Date('2199-12-30'), noInvalidDate: true }),
        (date) => {
          date.setMilliseconds(0)
          const shown = writeTypedMoment(date.toISOString())
          // an hour that the clocks show twice is shown once
          const again = Date.parse(typed(shown).moment ?? '')
          expect(Math.abs(again - date.getTime())).toBeLessThanOrEqual(3_600_000)
          expect(writeTypedMoment(new Date(again).toISOString())).toBe(shown)
        },
      ),
    )
    expect(writeTypedMoment(null)).toBe('')
  })
})
