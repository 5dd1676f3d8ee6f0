import type { SessionEndReason } from '../../../protocol/sessions.ts'
import type { StatisticsQuery } from '../generated/operations.ts'

/** What was counted. */
export type Statistics = StatisticsQuery['sessionStatistics']

/** A line of figures over time. */
export interface Series {
  readonly key: string
  readonly name: string
  readonly color: string
}

/** The figures of one moment, or of the step that began then. */
export interface Row {
  readonly at: string
  /** What the moment or the step is called where there is room for it. */
  readonly name: string
  /** By the keys of the series. */
  readonly figures: Readonly<Record<string, number>>
}

/** How many reasons a chart tells apart; the rest are one. */
const MOST_REASONS = 6

/** What stands for all the reasons that are not told apart. */
export const OTHER = 'OTHER'

/** How many ended in a step, by reason. */
export interface EndingsStep {
  readonly startsAt: string
  readonly endsAt: string
  /** Only of those that occurred. */
  readonly counts: Readonly<Partial<Record<SessionEndReason | typeof OTHER, number>>>
}

/** The endings of a period, by the reasons that were most frequent in it. */
export function endingsOf({ steps }: Pick<Statistics, 'steps'>): {
  readonly reasons: readonly (SessionEndReason | typeof OTHER)[]
  readonly steps: readonly EndingsStep[]
} {
  const totals = new Map<SessionEndReason, number>()
  for (const { endings } of steps) {
    for (const { reason, count } of endings) totals.set(reason, (totals.get(reason) ?? 0) + count)
  }
  const byFrequency = [...totals].sort(([, one], [, other]) => other - one).map(([reason]) => reason)
  const named = byFrequency.slice(0, byFrequency.length > MOST_REASONS + 1 ? MOST_REASONS : undefined)
  const hasOthers = named.length < byFrequency.length
  return {
    reasons: hasOthers ? [...named, OTHER] : named,
    steps: steps.map(({ startsAt, endsAt, endings }) => {
      const counts: Partial<Record<SessionEndReason | typeof OTHER, number>> = {}
      for (const { reason, count } of endings) {
        const name = named.includes(reason) ? reason : OTHER
        counts[name] = (counts[name] ?? 0) + count
      }
      return { startsAt, endsAt, counts }
    }),
  }
}

/** The sum over all steps. */
export function totalOf({ steps }: Pick<Statistics, 'steps'>, what: 'signIns' | 'ended'): number {
  return steps.reduce((total, step) => total + step[what], 0)
}
