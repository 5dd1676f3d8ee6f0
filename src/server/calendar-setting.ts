import { canonicalTimeZone } from '../kernel/time-zone.ts'
import { type CalendarLimit, WEEKDAYS } from '../sessions/calendar-limit.ts'

const FORM = /^(\w+) at ((?:[01]\d|2[0-3]):[0-5]\d) in (\S+)$/

/**
 * Reads a calendar limit as people write it: `daily at 00:00 in Europe/Paris`, `monday at 04:00 in America/New_York`.
 * @returns what is wrong with it, if something is
 */
export function readCalendarLimit(text: string): CalendarLimit | string {
  const [, day = '', time = '', zone = ''] = FORM.exec(text.trim()) ?? []
  const weekday = WEEKDAYS.find((each) => each === day.toLowerCase())
  if (!weekday && day.toLowerCase() !== 'daily')
    return `"${text}" is not possible; write a day, a time and a time zone, such as daily at 00:00 in Europe/Paris, or monday at 04:30 in UTC`
  const timeZone = canonicalTimeZone(zone)
  if (timeZone === null)
    return `there is no time zone "${zone}"; give an IANA name, such as Europe/Paris, America/New_York or UTC`
  return { weekday: weekday ?? null, time, timeZone }
}
