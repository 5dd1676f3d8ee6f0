import { Fault } from '../kernel/fault.ts'
import { canonicalTimeZone } from '../kernel/time-zone.ts'
import type {
  Endings as EndingsEntity,
  Statistics,
  StatisticsStep as StatisticsStepEntity,
} from '../sessions/statistics.ts'
import { NEEDS } from './administering.ts'
import { builder } from './builder.ts'
import { SessionEndReason, StatisticsPeriod } from './enums.ts'
import { requireAdministrator } from './viewer.ts'

const Endings = builder.objectRef<EndingsEntity>('Endings').implement({
  description: 'How many sessions ended for a reason.',
  fields: (t) => ({
    reason: t.field({ type: SessionEndReason, description: 'Why.', resolve: ({ reason }) => reason }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
})

const StatisticsStep = builder.objectRef<StatisticsStepEntity>('StatisticsStep').implement({
  description: 'What happened in one step of a period.',
  fields: (t) => ({
    startsAt: t.expose('startsAt', { type: 'DateTime', description: 'When the step began.' }),
    endsAt: t.expose('endsAt', {
      type: 'DateTime',
      description: 'When it was over, and the next one began.',
    }),
    signIns: t.exposeInt('signIns', { description: 'How many sessions began by signing in or up.' }),
    active: t.exposeInt('active', {
      description:
        'How many sessions went on when it was over. Reckoned back from now by what is kept as history, so too low for what lies further back than that.',
    }),
    ended: t.exposeInt('ended', { description: 'How many sessions ended, for any reason.' }),
    endings: t.field({
      type: [Endings],
      description: 'The same for each reason that occurred, the most frequent first.',
      resolve: ({ endings }) => [...endings],
    }),
  }),
})

const SessionStatistics = builder.objectRef<Statistics>('SessionStatistics').implement({
  description: "Everyone's sessions in numbers.",
  fields: (t) => ({
    period: t.field({
      type: StatisticsPeriod,
      description: 'How far back.',
      resolve: ({ period }) => period,
    }),
    countedAt: t.expose('countedAt', {
      type: 'DateTime',
      description: 'When it was counted: now, or a few seconds ago.',
    }),
    activeSessions: t.exposeInt('activeSessions', { description: 'How many sessions go on.' }),
    flaggedSessions: t.exposeInt('flaggedSessions', {
      description: 'In how many sessions something was noticed, ended ones included.',
    }),
    users: t.exposeInt('users', { description: 'How many users there are, disabled ones included.' }),
    disabledUsers: t.exposeInt('disabledUsers', { description: 'How many of them are disabled.' }),
    steps: t.field({
      type: [StatisticsStep],
      description:
        'The steps of the period, the oldest first: each begins where clocks in the time zone show a whole one, and the last one has only begun, and ends when it was counted.',
      complexity: { field: 1, multiplier: 31 },
      resolve: ({ steps }) => [...steps],
    }),
  }),
})

function readTimeZone(name: string): string {
  const timeZone = canonicalTimeZone(name)
  if (timeZone !== null) return timeZone
  throw new Fault(
    'BAD_USER_INPUT',
    'timeZone: there is no such zone; give an IANA name, such as Europe/Paris.',
  )
}

builder.queryField('sessionStatistics', (t) =>
  t.field({
    type: SessionStatistics,
    description: `Everyone's sessions in numbers, for charts. Counted anew every few seconds at most. ${NEEDS}`,
    args: {
      period: t.arg({
        type: StatisticsPeriod,
        required: true,
        defaultValue: 'DAY',
        description: 'How far back, from now.',
      }),
      timeZone: t.arg.string({
        required: true,
        defaultValue: 'UTC',
        description: 'Whose hours and days: an IANA name, as in `Europe/Paris`.',
      }),
    },
    complexity: { field: 25 },
    resolve: (_root, { period, timeZone }, context) => {
      requireAdministrator(context)
      return context.services.accounts.statistics.read(period, readTimeZone(timeZone))
    },
  }),
)
