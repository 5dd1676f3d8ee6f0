import { Button, Skeleton, Text, Title, VisuallyHidden } from '@mantine/core'
import { IconChartBar, IconTable } from '@tabler/icons-react'
import { lazy, type ReactNode, Suspense, useId, useState } from 'react'
import type { StatisticsPeriod } from '../generated/operations.ts'
import lists from '../lists/lists.module.css'
import { useParts } from '../parts.ts'
import { texts } from '../texts.ts'
import styles from './overview.module.css'
import { endingsOf, OTHER, type Row, type Series, type Statistics, totalOf } from './series.ts'

// the library of charts is the largest part of the page, and one page of many needs it
const Drawing = lazy(() => import('./drawing.tsx'))

const COLORS: Readonly<Record<string, string>> = {
  SIGNED_OUT: 'midnight.5',
  SIGNED_OUT_EVERYWHERE: 'indigo.3',
  REVOKED_BY_USER: 'cyan.6',
  REVOKED_BY_ADMINISTRATOR: 'red.7',
  REPLACED: 'teal.5',
  PASSWORD_UPDATED: 'grape.5',
  ACCOUNT_DISABLED: 'orange.7',
  ACCOUNT_DELETED: 'pink.6',
  IDLE_TIMEOUT: 'gray.5',
  ABSOLUTE_TIMEOUT: 'gray.7',
  SESSION_LIMIT: 'yellow.6',
  REFRESH_TOKEN_REUSED: 'red.5',
  ANOMALY: 'orange.5',
  [OTHER]: 'gray.3',
}

/** What happened over time, drawn, and as figures for whoever sees no drawing or wants to know exactly. */
export function Charts({
  statistics,
  period,
  isOld,
}: {
  statistics: Statistics
  period: StatisticsPeriod
  isOld: boolean
}) {
  const { writing } = useParts()
  const name = (moment: string) => writing.step(moment, period !== 'MONTH')
  const rows = statistics.steps.map(({ startsAt, active, signIns }) => ({
    step: name(startsAt),
    active,
    signIns,
  }))
  const { reasons, steps } = endingsOf(statistics)
  const endings = steps.map(({ startsAt, counts }) => ({
    step: name(startsAt),
    ...Object.fromEntries(reasons.map((reason) => [reason, counts[reason] ?? 0])),
  }))
  return (
    <div className={styles['charts']} data-old={isOld || undefined}>
      <Chart
        title={texts.overview.activeChart}
        kind="area"
        rows={rows}
        series={[{ key: 'active', name: texts.overview.activeSessions, color: 'midnight.5' }]}
      />
      <Chart
        title={texts.overview.signInChart}
        kind="bars"
        rows={rows}
        series={[{ key: 'signIns', name: texts.overview.signIns, color: 'teal.6' }]}
        nothing={totalOf(statistics, 'signIns') === 0 ? texts.overview.noSignIns : null}
      />
      <Chart
        title={texts.overview.endingChart}
        kind="bars"
        isWide
        rows={endings}
        series={reasons.map((reason) => ({
          key: reason,
          name: reason === OTHER ? texts.overview.otherReasons : texts.sessions.reasonNames[reason],
          color: COLORS[reason] ?? 'gray.5',
        }))}
        nothing={reasons.length === 0 ? texts.overview.noEndings : null}
      />
    </div>
  )
}

function Chart({
  title,
  kind,
  rows,
  series,
  isWide = false,
  nothing = null,
}: {
  title: string
  kind: 'area' | 'bars'
  rows: readonly Row[]
  series: readonly Series[]
  isWide?: boolean
  /** What to say instead, if there is nothing to draw. */
  nothing?: string | null
}) {
  const heading = useId()
  const [isTable, setTable] = useState(false)
  const figures = <Figures title={title} rows={rows} series={series} />
  return (
    <section aria-labelledby={heading} className={styles['chart']} data-wide={isWide || undefined}>
      <div className={styles['head']}>
        <Title order={2} size="h5" id={heading}>
          {title}
        </Title>
        {!nothing && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            aria-describedby={heading}
            leftSection={
              isTable ? <IconChartBar size={16} aria-hidden /> : <IconTable size={16} aria-hidden />
            }
            onClick={() => setTable(!isTable)}
          >
            {isTable ? texts.overview.chart : texts.overview.table}
          </Button>
        )}
      </div>
      {nothing ? (
        <Text c="dimmed" py="xl" ta="center">
          {nothing}
        </Text>
      ) : isTable ? (
        <section
          className={styles['figures']}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
          tabIndex={0}
          aria-label={texts.overview.tableOf(title)}
        >
          {figures}
        </section>
      ) : (
        <>
          <div aria-hidden className={styles['drawing']}>
            {series.length > 1 && <Legend series={series} />}
            <Suspense fallback={<Skeleton height={240} />}>
              <Drawing kind={kind} rows={rows} series={series} />
            </Suspense>
          </div>
          <VisuallyHidden>{figures}</VisuallyHidden>
        </>
      )}
    </section>
  )
}

function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul className={styles['legend']}>
      {series.map(({ key, name, color }) => (
        <li key={key}>
          <span style={{ background: `var(--mantine-color-${color.replace('.', '-')})` }} />
          {name}
        </li>
      ))}
    </ul>
  )
}

function Figures({
  title,
  rows,
  series,
}: {
  title: string
  rows: readonly Row[]
  series: readonly Series[]
}): ReactNode {
  const { writing } = useParts()
  return (
    <table className={`${lists['plain']}`} aria-label={texts.overview.tableOf(title)}>
      <thead>
        <tr>
          <th scope="col">{texts.overview.time}</th>
          {series.map(({ key, name }) => (
            <th key={key} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row['step']}>
            <th scope="row">{row['step']}</th>
            {series.map(({ key }) => (
              <td key={key}>{writing.number(Number(row[key] ?? 0))}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
