import { SegmentedControl, Skeleton, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { after } from '../../shared/clock.ts'
import { PageTitle } from '../frame/page-title.tsx'
import { StatisticsDocument, type StatisticsPeriod } from '../generated/operations.ts'
import { Failing, Outdated } from '../lists/failing.tsx'
import { useParts } from '../parts.ts'
import { codeOf } from '../server/requests.ts'
import { useQueryOf } from '../server/use-query-of.ts'
import { sessionsLink } from '../sessions/session-filter.ts'
import { texts } from '../texts.ts'
import { Charts } from './charts.tsx'
import styles from './overview.module.css'
import { type Statistics, totalOf } from './series.ts'

const PERIODS = ['HOUR', 'DAY', 'WEEK', 'MONTH'] as const satisfies readonly StatisticsPeriod[]

/** How often the figures are read again while somebody looks (milliseconds), and at most when something happens. */
const [INTERVAL, SHORTEST] = [60_000, 5_000]

/** How many sessions there are, begin and end. */
export function OverviewPage() {
  const { feed, writing } = useParts()
  const [parameters, setParameters] = useSearchParams()
  const wanted = parameters.get('period')?.toUpperCase()
  const period = PERIODS.find((each) => each === wanted) ?? 'DAY'
  const [timeZone, setTimeZone] = useState(() => writing.timeZone)
  const { data, error, refetch, isPlaceholderData } = useQueryOf(
    'statistics',
    StatisticsDocument,
    { period, timeZone },
    { keepPrevious: true, interval: INTERVAL },
  )
  const isUnknownZone = codeOf(error) === 'BAD_USER_INPUT'
  // a browser may know a zone that the server has not heard of: whole hours of another one are better than none
  useEffect(() => {
    if (isUnknownZone) setTimeZone('UTC')
  }, [isUnknownZone])
  const pending = useRef<(() => void) | null>(null)
  useEffect(() => {
    const endListening = feed.want(() => {
      pending.current ??= after(SHORTEST, () => {
        pending.current = null
        void refetch()
      })
    })
    return () => {
      endListening()
      pending.current?.()
      pending.current = null
    }
  }, [feed, refetch])
  const statistics = data?.sessionStatistics
  const isFailing = error !== null && !isUnknownZone
  return (
    <>
      <PageTitle
        aside={
          <SegmentedControl
            aria-label={texts.overview.period}
            value={period}
            data={PERIODS.map((value) => ({ value, label: texts.overview.periods[value] }))}
            onChange={(value) =>
              setParameters(value === 'DAY' ? {} : { period: value.toLowerCase() }, {
                preventScrollReset: true,
              })
            }
          />
        }
      >
        {texts.overview.title}
      </PageTitle>
      {isFailing && statistics && <Outdated error={error} onRetry={() => void refetch()} />}
      {statistics ? (
        <>
          <Totals statistics={statistics} period={period} />
          <Charts statistics={statistics} period={period} isOld={isPlaceholderData} />
          <Text size="sm" c="dimmed" mt="md">
            {texts.overview.asOf(writing.clock(statistics.countedAt))}
          </Text>
        </>
      ) : isFailing ? (
        <Failing error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </>
  )
}

function Totals({ statistics, period }: { statistics: Statistics; period: StatisticsPeriod }) {
  const { writing } = useParts()
  const { startsAt = statistics.countedAt } = statistics.steps[0] ?? {}
  const since = texts.overview.since(writing.step(startsAt, period !== 'MONTH'))
  const figures = [
    {
      name: texts.overview.activeSessions,
      value: statistics.activeSessions,
      to: sessionsLink({ state: 'ACTIVE' }),
    },
    { name: texts.overview.signIns, value: totalOf(statistics, 'signIns'), detail: since },
    { name: texts.overview.endings, value: totalOf(statistics, 'ended'), detail: since },
    { name: texts.overview.flagged, value: statistics.flaggedSessions, to: sessionsLink({ flagged: true }) },
    {
      name: texts.overview.users,
      value: statistics.users,
      to: '/users',
      detail: texts.overview.disabled(statistics.disabledUsers),
    },
  ]
  return (
    <section aria-label={texts.overview.totals}>
      <ul className={styles['totals']}>
        {figures.map(({ name, value, detail, to }) => (
          <li key={name} className={styles['total']}>
            {to ? (
              <Link to={to} className={styles['name']}>
                {name}
              </Link>
            ) : (
              <span className={styles['name']}>{name}</span>
            )}
            <span className={styles['value']}>{writing.number(value)}</span>
            {detail && <span className={styles['detail']}>{detail}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}

const PLACES = ['a', 'b', 'c', 'd', 'e']

function Loading() {
  return (
    <div role="status" aria-label={texts.frame.loading}>
      <div className={styles['totals']}>
        {PLACES.map((place) => (
          <Skeleton key={place} height={104} radius="lg" />
        ))}
      </div>
      <Skeleton height={320} radius="lg" mt="md" />
    </div>
  )
}
