import { type Writing as SharedWriting, writingIn } from '../shared/dates.ts'
import type { StatisticsPeriod } from './generated/operations.ts'
import { LANGUAGE, texts } from './texts.ts'

/** How this page writes moments, countries and numbers. */
export interface Writing extends SharedWriting {
  /** Where the person is, as far as their clocks go: an IANA name. */
  readonly timeZone: string
  /** "20 Nov 2026, 14:03". */
  short(moment: string | number): string
  /** "14:03:27". */
  clock(moment: string | number): string
  /** "20 Nov, 14:00", or "20 Nov" where the time says nothing. */
  step(moment: string | number, hasTime: boolean): string
  /** "1,024", but "1.2M": there is little room beside a chart. */
  figure(value: number): string
  /** As short as it can be written below a chart: "14:00", "Fri 20", "20 Nov". */
  mark(moment: string | number, period: StatisticsPeriod): string
}

/** In the language of the texts, with the habits of the person's region. */
export function makeWriting(): Writing {
  const shared = writingIn(LANGUAGE, navigator.languages)
  const locale = navigator.languages.find((each) => each.split('-')[0] === LANGUAGE) ?? LANGUAGE
  const short = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const hour = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })
  const dayOfWeek = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric' })
  return {
    ...shared,
    timeZone: hour.resolvedOptions().timeZone,
    short: (moment) => short.format(new Date(moment)),
    clock: (moment) => clock.format(new Date(moment)),
    step: (moment, hasTime) => (hasTime ? hour : day).format(new Date(moment)),
    figure: (value) => (Math.abs(value) < 100_000 ? shared.number(value) : compact.format(value)),
    mark: (moment, period) => {
      if (period === 'WEEK') return dayOfWeek.format(new Date(moment))
      return period === 'MONTH' ? day.format(new Date(moment)) : shared.time(moment)
    },
  }
}

/** Where something is, as people say it; null if that is not known. */
export function placeText(
  writing: Writing,
  location: { readonly countryCode: string; readonly city: string | null } | null,
): string | null {
  if (!location) return null
  const country = writing.country(location.countryCode)
  return location.city ? `${location.city}, ${country}` : country
}

/** Whose something is: the address, which deleted accounts have none of. */
export function whose({ email }: { readonly email: string }): string {
  return email === '' ? texts.sessions.deleted : email
}
