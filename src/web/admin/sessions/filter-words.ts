import { texts } from '../texts.ts'
import type { Writing } from '../writing.ts'
import { NO_FILTER, partsOf, type SessionFilter, TIMES, type TimeField } from './session-filter.ts'

/** One thing that a filter says, in words, and the filter without it. */
export interface FilterWord {
  readonly key: string
  readonly text: string
  /** What takes it away. */
  readonly without: Partial<SessionFilter>
}

const TIME_NAMES: Record<TimeField, string> = {
  created: texts.sessions.created,
  lastActive: texts.sessions.lastActive,
  ended: texts.sessions.ended,
}

/**
 * What a filter says, in words: for whoever is about to end all that fits.
 * @param userEmail of the user whom it names, if that is known
 */
export function wordsOf(
  filter: SessionFilter,
  writing: Writing,
  userEmail: string | null = null,
): readonly FilterWord[] {
  return partsOf(filter).flatMap((part): FilterWord[] => {
    if (part === 'reasons') {
      return filter.reasons.map((reason) => ({
        key: reason,
        text: texts.sessions.reasonNames[reason],
        without: { reasons: filter.reasons.filter((each) => each !== reason) },
      }))
    }
    return [
      { key: part, text: textOf(filter, part, { writing, userEmail }), without: { [part]: NO_FILTER[part] } },
    ]
  })
}

function textOf(
  filter: SessionFilter,
  part: Exclude<keyof SessionFilter, 'state' | 'reasons'>,
  { writing, userEmail }: { writing: Writing; userEmail: string | null },
): string {
  const named = (name: string, value: string) => `${name}: ${value}`
  const { sessions } = texts
  switch (part) {
    case 'deviceKind':
      return named(sessions.deviceKind, filter.deviceKind ? sessions.kinds[filter.deviceKind] : '')
    case 'browser':
      return named(sessions.browser, filter.browser ?? '')
    case 'system':
      return named(sessions.system, filter.system ?? '')
    case 'country':
      return named(sessions.country, writing.country(filter.country ?? ''))
    case 'network':
      return named(sessions.network, filter.network ?? '')
    case 'transport':
      return filter.transport ? sessions.transports[filter.transport] : ''
    case 'flagged':
      return sessions.onlyFlagged
    case 'user':
      return userEmail === null ? sessions.userFilter : sessions.userFilterOf(userEmail)
    default: {
      const time = TIMES.find((field) => part.startsWith(field)) ?? 'created'
      const bound = part.endsWith('After') ? sessions.from : sessions.before
      return `${TIME_NAMES[time]} ${bound} ${writing.short(filter[part] ?? '')}`
    }
  }
}
