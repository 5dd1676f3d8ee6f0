import { Temporal } from 'temporal-polyfill'

/** The days of the week, as ISO 8601 counts them. */
export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** A moment of every day, or of one day of every week, at which all sessions end. */
export interface CalendarLimit {
  /** Null: every day. */
  readonly weekday: Weekday | null
  /** What clocks in the zone show then: `HH:MM`. */
  readonly time: string
  /** An IANA name. */
  readonly timeZone: string
}

/**
 * The first such moment after now. A time that the clocks skip that day stands for the moment at which they do, and one that
 * they show twice for the first.
 */
export function nextCalendarLimit({ weekday, time, timeZone }: CalendarLimit, now: Date): Date {
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone)
  for (let date = today.toPlainDate(); ; date = date.add({ days: 1 })) {
    if (weekday !== null && WEEKDAYS[date.dayOfWeek - 1] !== weekday) continue
    const moment = momentOf(date.toPlainDateTime(time), timeZone)
    if (moment > now.getTime()) return new Date(moment)
  }
}

/** When clocks in the zone first show this time, or a later one if they skip it. */
function momentOf(shown: Temporal.PlainDateTime, timeZone: string): number {
  const found = shown.toZonedDateTime(timeZone, { disambiguation: 'earlier' })
  if (found.toPlainDateTime().equals(shown)) return found.epochMilliseconds
  // skipped: what was found lies as long before the change as the clocks jump
  return (found.getTimeZoneTransition('next') ?? found).epochMilliseconds
}
