const MINUTE = 60_000 // ms
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How moments, countries and numbers are written in one language. */
export interface Writing {
  /** "3 hours ago", "in 6 days". */
  relative(moment: string | number, now: number): string
  /** To the second, with the zone: what a person compares with a log. */
  exact(moment: string | number): string
  /** "14:03". */
  time(moment: string | number): string
  /** "Today", "Yesterday", "Friday, 20 November". */
  day(moment: string | number, now: number): string
  /** "Iceland"; the code itself if it is no country's. */
  country(code: string): string
  /** "1,024". */
  number(value: number): string
}

/**
 * Writes in the language of the texts, with the habits of the person's region where their browser speaks the same language:
 * "20 November" to somebody in London, "November 20" in Boston.
 * @param language of the page's texts, as in `en`
 * @param preferred the browser's languages
 * @param justNow what to write for less than a minute; `Intl` has no more than "now"
 */
export function writingIn(language: string, preferred: readonly string[], justNow?: string): Writing {
  const locale = preferred.find((each) => each.split('-')[0] === language) ?? language
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' })
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
  const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
  const dayOfAnotherYear = new Intl.DateTimeFormat(locale, { dateStyle: 'long' })
  const countries = new Intl.DisplayNames(locale, { type: 'region' })
  const number = new Intl.NumberFormat(locale)
  return {
    relative: (moment, now) => {
      const distant = new Date(moment).getTime() - now
      if (Math.abs(distant) < MINUTE) return justNow ?? relative.format(0, 'second')
      const { amount, unit } = distance(distant)
      return relative.format(amount, unit)
    },
    exact: (moment) => exact.format(new Date(moment)),
    time: (moment) => time.format(new Date(moment)),
    day: (moment, now) => {
      const days = daysBetween(moment, now)
      if (days === 0 || days === -1) return capitalised(relative.format(days, 'day'), locale)
      const sameYear = new Date(moment).getFullYear() === new Date(now).getFullYear()
      return (sameYear ? day : dayOfAnotherYear).format(new Date(moment))
    },
    country: (code) => (/^[A-Z]{2}$/.test(code) ? (countries.of(code) ?? code) : code),
    number: (value) => number.format(value),
  }
}

/** The largest unit that the distance has at least one of. */
function distance(milliseconds: number): { amount: number; unit: Intl.RelativeTimeFormatUnit } {
  const size = Math.abs(milliseconds)
  if (size < HOUR) return { amount: Math.trunc(milliseconds / MINUTE), unit: 'minute' }
  if (size < DAY) return { amount: Math.trunc(milliseconds / HOUR), unit: 'hour' }
  if (size < 60 * DAY) return { amount: Math.trunc(milliseconds / DAY), unit: 'day' }
  return { amount: Math.trunc(milliseconds / (30 * DAY)), unit: 'month' }
}

/** In days as the person's calendar has them, which are not all 24 hours long. */
function daysBetween(moment: string | number, now: number): number {
  const midnight = (time: string | number) => {
    const date = new Date(time)
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  }
  return (midnight(moment) - midnight(now)) / DAY
}

function capitalised(text: string, locale: string): string {
  return text.slice(0, 1).toLocaleUpperCase(locale) + text.slice(1)
}
