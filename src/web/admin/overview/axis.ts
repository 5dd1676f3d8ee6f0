import type { StatisticsPeriod } from '../generated/operations.ts'

/** How far a mark of the axis is from the next one: as people divide an hour, a day, a week and a month. */
const IS_MARKED: Readonly<Record<StatisticsPeriod, (moment: Date) => boolean>> = {
  HOUR: (moment) => moment.getMinutes() % 15 === 0,
  DAY: (moment) => moment.getMinutes() === 0 && moment.getHours() % 3 === 0,
  WEEK: (moment) => moment.getMinutes() === 0 && moment.getHours() === 0,
  // from Monday to Monday
  MONTH: (moment) => moment.getDay() === 1,
}

/** Which moments are written below a chart: round ones, in the person's own time. What has only begun is not whole, and not written. */
export function marksOf(period: StatisticsPeriod, moments: readonly string[]): readonly string[] {
  return moments.filter((at) => {
    const moment = new Date(at)
    return moment.getSeconds() === 0 && moment.getMilliseconds() === 0 && IS_MARKED[period](moment)
  })
}
