import { describe, expect, it } from 'vitest'
import { SESSION_END_REASONS } from '../../../src/protocol/sessions.ts'
import { marksOf } from '../../../src/web/admin/overview/axis.ts'
import { COLORS, GROUNDS } from '../../../src/web/admin/overview/colors.ts'
import { makeWriting } from '../../../src/web/admin/writing.ts'

/** Moments so many minutes from each other, in the time of whoever looks, and one that is not whole. */
function moments(start: Date, minutes: number, amount: number): readonly string[] {
  const whole = Array.from({ length: amount }, (_, index) => {
    const moment = new Date(start)
    moment.setMinutes(start.getMinutes() + index * minutes)
    return moment.toISOString()
  })
  return [...whole, new Date(start.getTime() + amount * minutes * 60_000 + 187_000).toISOString()]
}

describe('what is written below a chart', () => {
  it.each([
    ['HOUR', 5, 13, ['13:00', '13:15', '13:30', '13:45', '14:00']],
    ['DAY', 60, 24, ['15:00', '18:00', '21:00', '00:00', '03:00', '06:00', '09:00', '12:00']],
  ] as const)('are round times of an %s', (period, step, amount, expected) => {
    const marks = marksOf(period, moments(new Date(2026, 10, 20, 13), step, amount))
    expect(marks.map((at) => new Date(at).toTimeString().slice(0, 5))).toEqual(expected)
  })

  it('are the days of a week, and the Mondays of a month', () => {
    const week = marksOf('WEEK', moments(new Date(2026, 10, 14, 12), 6 * 60, 28))
    expect(week.map((at) => new Date(at).getDate())).toEqual([15, 16, 17, 18, 19, 20, 21])
    const month = marksOf('MONTH', moments(new Date(2026, 10, 1), 24 * 60, 30))
    expect(month.map((at) => new Date(at).getDate())).toEqual([2, 9, 16, 23, 30])
  })
})

describe('what is written beside a chart', () => {
  it('is short where it would be long', () => {
    const { figure } = makeWriting()
    expect([0, 999, 99_999, 100_000, 1_250_000].map(figure)).toEqual(['0', '999', '99,999', '100K', '1.3M'])
  })
})

describe('the colours of the charts', () => {
  it.each(Object.entries(COLORS))('are seen in the light and in the dark: %s', (_name, pair) => {
    for (const look of [0, 1] as const) expect(contrast(pair[look], GROUNDS[look])).toBeGreaterThanOrEqual(3)
  })

  it('tell each reason from every other', () => {
    for (const look of [0, 1] as const)
      expect(new Set(SESSION_END_REASONS.map((reason) => COLORS[reason][look])).size).toBe(
        SESSION_END_REASONS.length,
      )
  })
})

/** By WCAG 2.2: 1 to 21. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(color.slice(start, start + 2), 16) / 255
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
