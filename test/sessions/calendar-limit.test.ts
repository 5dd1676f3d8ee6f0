import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CalendarLimit, nextCalendarLimit, WEEKDAYS } from '../../src/sessions/calendar-limit.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Zones with every kind of irregularity: half hours, changes at midnight, two changes in a month, a day that is missing. */
const ZONES = [
  'UTC',
  'Europe/Paris',
  'Europe/London',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Scoresbysund',
  'America/Boa_Vista',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kwajalein',
]

const limit: fc.Arbitrary<CalendarLimit> = fc.record({
  weekday: fc.constant(null),
  time: fc
    .integer({ min: 0, max: 1_439 })
    .map((minute) => new Date(minute * 60_000).toISOString().slice(11, 16)),
  timeZone: fc.constantFrom(...ZONES),
})
const weekly = fc
  .tuple(limit, fc.constantFrom(...WEEKDAYS))
  .map(([each, weekday]): CalendarLimit => ({ ...each, weekday }))
const moment = fc
  .integer({ min: Date.parse('1970-01-01T00:00:00Z'), max: Date.parse('2060-01-01T00:00:00Z') })
  .map((at) => new Date(at))

const formats = new Map<string, Intl.DateTimeFormat>()

/** What clocks in the zone show, written as a time in UTC: an account of the same that shares no code with the one under test. */
function shownAt(at: number, timeZone: string): number {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  formats.set(timeZone, format)
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** The time of the limit on the day that clocks show, or the day before if they show an earlier time. */
function lastShown(shown: number, time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  const midnight = Math.floor(shown / DAY) * DAY
  const today = midnight + (hours * 60 + minutes) * 60_000
  return today <= shown ? today : today - DAY
}

describe('the next moment of a calendar limit', () => {
  // where a table names an hour, the change of the clocks is as the tz database has it
  it.each([
    ['on an ordinary day', 'Europe/Paris', '00:00', '2026-06-10T12:00:00+02:00', '2026-06-11T00:00:00+02:00'],
    [
      'when it is just then: the next day',
      'Europe/Paris',
      '00:00',
      '2026-06-11T00:00:00+02:00',
      '2026-06-12T00:00:00+02:00',
    ],
    [
      'a millisecond before',
      'Europe/Paris',
      '00:00',
      '2026-06-10T23:59:59.999+02:00',
      '2026-06-11T00:00:00+02:00',
    ],
    [
      'over a day of 23 hours',
      'Europe/Paris',
      '00:00',
      '2026-03-29T00:00:00+01:00',
      '2026-03-30T00:00:00+02:00',
    ],
    [
      'over a day of 25 hours',
      'Europe/Paris',
      '00:00',
      '2026-10-25T00:00:00+02:00',
      '2026-10-26T00:00:00+01:00',
    ],
    [
      'at a time that is skipped: when the clocks change',
      'Europe/Paris',
      '02:30',
      '2026-03-28T12:00:00+01:00',
      '2026-03-29T03:00:00+02:00',
    ],
    [
      'at the very end of what is skipped',
      'Europe/Paris',
      '02:59',
      '2026-03-28T12:00:00+01:00',
      '2026-03-29T03:00:00+02:00',
    ],
    [
      'at a time that comes twice: the first',
      'Europe/Paris',
      '02:30',
      '2026-10-24T12:00:00+02:00',
      '2026-10-25T02:30:00+02:00',
    ],
    [
      'between both times: the next day',
      'Europe/Paris',
      '02:30',
      '2026-10-25T02:45:00+02:00',
      '2026-10-26T02:30:00+01:00',
    ],
    ['after both times', 'Europe/Paris', '02:30', '2026-10-25T02:30:00+01:00', '2026-10-26T02:30:00+01:00'],
    [
      'where midnight was skipped',
      'America/Sao_Paulo',
      '00:00',
      '2018-11-03T12:00:00-03:00',
      '2018-11-04T01:00:00-02:00',
    ],
    [
      'where midnight came twice',
      'America/Sao_Paulo',
      '00:00',
      '2019-02-16T23:30:00-02:00',
      '2019-02-17T00:00:00-03:00',
    ],
    [
      'where midnight is skipped',
      'Africa/Cairo',
      '00:00',
      '2026-04-23T12:00:00+02:00',
      '2026-04-24T01:00:00+03:00',
    ],
    [
      'where midnight is skipped',
      'Asia/Beirut',
      '00:00',
      '2026-03-28T12:00:00+02:00',
      '2026-03-29T01:00:00+03:00',
    ],
    [
      'where half an hour is skipped',
      'Australia/Lord_Howe',
      '02:15',
      '2026-10-03T12:00:00+10:30',
      '2026-10-04T02:30:00+11:00',
    ],
    [
      'where midnight came twice by a minute',
      'America/St_Johns',
      '00:00',
      '2010-11-06T12:00:00-02:30',
      '2010-11-07T00:00:00-02:30',
    ],
    [
      'between those two midnights',
      'America/St_Johns',
      '00:00',
      '2010-11-06T23:30:00-03:30',
      '2010-11-08T00:00:00-03:30',
    ],
    [
      'where a whole day was skipped',
      'Pacific/Apia',
      '12:00',
      '2011-12-29T13:00:00-10:00',
      '2011-12-31T00:00:00+14:00',
    ],
    ['after that day', 'Pacific/Apia', '12:00', '2011-12-31T00:00:00+14:00', '2011-12-31T12:00:00+14:00'],
  ])('%s (%s, %s)', (_case, timeZone, time, now, expected) => {
    const next = nextCalendarLimit({ weekday: null, time, timeZone }, new Date(now))
    expect(next.toISOString()).toBe(new Date(expected).toISOString())
  })

  it.each([
    ['monday', 'America/New_York', '04:00', '2026-06-10T12:00:00-04:00', '2026-06-15T04:00:00-04:00'],
    ['monday', 'America/New_York', '04:00', '2026-06-15T04:00:00-04:00', '2026-06-22T04:00:00-04:00'],
    ['sunday', 'America/New_York', '02:30', '2026-03-07T12:00:00-05:00', '2026-03-08T03:00:00-04:00'],
    ['friday', 'Pacific/Apia', '04:00', '2011-12-29T13:00:00-10:00', '2011-12-31T00:00:00+14:00'],
  ] as const)('on a %s (%s, %s)', (weekday, timeZone, time, now, expected) => {
    const next = nextCalendarLimit({ weekday, time, timeZone }, new Date(now))
    expect(next.toISOString()).toBe(new Date(expected).toISOString())
  })

  it('comes strictly after now, and within 49 hours for a daily limit and 8 days and an hour for a weekly one', () => {
    fc.assert(
      fc.property(moment, limit, weekly, (now, daily, onDay) => {
        const ahead = nextCalendarLimit(daily, now).getTime() - now.getTime()
        expect(ahead).toBeGreaterThan(0)
        expect(ahead).toBeLessThanOrEqual(49 * HOUR)
        const weekAhead = nextCalendarLimit(onDay, now).getTime() - now.getTime()
        expect(weekAhead).toBeGreaterThan(0)
        expect(weekAhead).toBeLessThanOrEqual(8 * DAY + HOUR)
      }),
    )
  })

  it('never goes back as time goes on, and stays the same until it is reached', () => {
    fc.assert(
      fc.property(
        moment,
        fc.oneof(limit, weekly),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (now, each, part) => {
          const next = nextCalendarLimit(each, now)
          const between = new Date(now.getTime() + Math.floor(part * (next.getTime() - 1 - now.getTime())))
          expect(nextCalendarLimit(each, between)).toEqual(next)
          expect(nextCalendarLimit(each, next) > next).toBe(true)
        },
      ),
    )
  })

  it('is when clocks first show the time, or one behind it: not a second before', () => {
    fc.assert(
      fc.property(moment, limit, (now, each) => {
        const next = nextCalendarLimit(each, now).getTime()
        const shown = shownAt(next, each.timeZone)
        const due = lastShown(shown, each.time)
        expect(shown).toBeGreaterThanOrEqual(due)
        expect(shownAt(next - 1_000, each.timeZone)).toBeLessThan(due)
      }),
    )
  })
})
