import { Temporal } from 'temporal-polyfill'

/** How far back statistics go. */
export const STATISTICS_PERIODS = ['HOUR', 'DAY', 'WEEK', 'MONTH'] as const
export type StatisticsPeriod = (typeof STATISTICS_PERIODS)[number]

/** How many whole steps each period has, before the one that has only begun. */
const WHOLE_STEPS: Readonly<Record<StatisticsPeriod, number>> = { HOUR: 12, DAY: 24, WEEK: 28, MONTH: 30 }

/** A time from one moment to the next, which is not part of it (milliseconds since 1970). */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * The steps of a period, the oldest first: as many whole ones as it has, each from where clocks in the zone show a whole one, and then
 * the one that has only begun. People read "14:00", and compare one day with another: steps that begin when somebody happens to ask
 * are good for neither. A day on which the clocks change is as long as it is.
 */
export function stepsOf(period: StatisticsPeriod, now: Date, timeZone: string): readonly Range[] {
  const here = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone)
  const starts = Array.from({ length: WHOLE_STEPS[period] + 1 }, (_, index) => startOf(period, here, index))
  const bounds = [...new Set([now.getTime(), ...starts])].sort((one, other) => one - other)
  return bounds.slice(0, -1).map((from, index) => ({ from, to: bounds[index + 1] ?? from }))
}

/** When the step began that lies so many before the present one. */
function startOf(period: StatisticsPeriod, here: Temporal.ZonedDateTime, back: number): number {
  const floor = { roundingMode: 'floor' } as const
  switch (period) {
    case 'HOUR':
      return here
        .round({ ...floor, smallestUnit: 'minute', roundingIncrement: 5 })
        .subtract({ minutes: 5 * back }).epochMilliseconds
    case 'DAY':
      return here.round({ ...floor, smallestUnit: 'hour' }).subtract({ hours: back }).epochMilliseconds
    case 'WEEK':
      // by what clocks show: six in the morning stays six in the morning
      return here
        .toPlainDateTime()
        .round({ ...floor, smallestUnit: 'hour', roundingIncrement: 6 })
        .subtract({ hours: 6 * back })
        .toZonedDateTime(here.timeZoneId).epochMilliseconds
    case 'MONTH':
      return here.toPlainDate().subtract({ days: back }).toZonedDateTime(here.timeZoneId).epochMilliseconds
  }
}
