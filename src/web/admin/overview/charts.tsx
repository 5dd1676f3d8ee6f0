import { Button, Skeleton, Text, Title, useComputedColorScheme, VisuallyHidden } from '@mantine/core'
import { IconChartBar, IconTable } from '@tabler/icons-react'
import { lazy, type ReactNode, Suspense, useId, useState } from 'react'
import type { StatisticsPeriod } from '../generated/operations.ts'
import lists from '../lists/lists.module.css'
import { useParts } from '../parts.ts'
import { texts } from '../texts.ts'
import { marksOf } from './axis.ts'
import { COLORS } from './colors.ts'
import styles from './overview.module.css'
import { endingsOf, OTHER, type Row, type Series, type Statistics, totalOf } from './series.ts'

// the library of charts is the largest part of the page, and one page of many needs it
const Drawing = lazy(() => import('./drawing.tsx'))

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
  const scheme = useComputedColorScheme('light')
  const colorOf = (series: keyof typeof COLORS) => COLORS[series][scheme === 'light' ? 0 : 1]
  const { countedAt } = statistics
  const name = (at: string) => writing.step(at, period !== 'MONTH')
  const nameOfStep = ({ startsAt, endsAt }: { startsAt: string; endsAt: string }) =>
    endsAt === countedAt ? texts.overview.soFar(name(startsAt)) : name(startsAt)
  const active = statistics.steps.map(({ endsAt, active }) => ({
    at: endsAt,
    name: endsAt === countedAt ? texts.overview.now(writing.time(endsAt)) : writing.step(endsAt, true),
    figures: { active },
  }))
  const signIns = statistics.steps.map((step) => ({
    at: step.startsAt,
    name: nameOfStep(step),
    figures: { signIns: step.signIns },
  }))
  const { reasons, steps } = endingsOf(statistics)
  const endings = steps.map((step) => ({ at: step.startsAt, name: nameOfStep(step), figures: step.counts }))
  return (
    <div className={styles['charts']} data-old={isOld || undefined}>
      <Chart
        title={texts.overview.activeChart}
        time={texts.overview.at}
        kind="area"
        period={period}
        rows={active}
        series={[{ key: 'active', name: texts.overview.activeSessions, color: colorOf('active') }]}
        nothing={active.every(({ figures }) => figures.active === 0) ? texts.overview.noActive : null}
      />
      <Chart
        title={texts.overview.signInChart}
        time={texts.overview.time}
        kind="bars"
        period={period}
        rows={signIns}
        series={[{ key: 'signIns', name: texts.overview.signIns, color: colorOf('signIns') }]}
        nothing={totalOf(statistics, 'signIns') === 0 ? texts.overview.noSignIns : null}
      />
      <Chart
        title={texts.overview.endingChart}
        time={texts.overview.time}
        kind="bars"
        isWide
        period={period}
        rows={endings}
        series={reasons.map((reason) => ({
          key: reason,
          name: reason === OTHER ? texts.overview.otherReasons : texts.sessions.reasonNames[reason],
          color: colorOf(reason),
        }))}
        nothing={reasons.length === 0 ? texts.overview.noEndings : null}
      />
    </div>
  )
}

function Chart({
  title,
  time,
  kind,
  period,
  rows,
  series,
  isWide = false,
  nothing = null,
}: {
  title: string
  /** What the column of times is called. */
  time: string
  kind: 'area' | 'bars'
  period: StatisticsPeriod
  rows: readonly Row[]
  series: readonly Series[]
  isWide?: boolean
  /** What to say instead, if there is nothing to draw. */
  nothing?: string | null
}) {
  const { writing } = useParts()
  const heading = useId()
  const [isTable, setTable] = useState(false)
  const figures = <Figures title={title} time={time} rows={rows} series={series} />
  const marks = marksOf(
    period,
    rows.map(({ at }) => at),
  )
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
              <Drawing
                kind={kind}
                rows={rows}
                series={series}
                marks={marks}
                markOf={(at) => writing.mark(at, period)}
              />
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
          <span style={{ background: color }} />
          {name}
        </li>
      ))}
    </ul>
  )
}

function Figures({
  title,
  time,
  rows,
  series,
}: {
  title: string
  time: string
  rows: readonly Row[]
  series: readonly Series[]
}): ReactNode {
  const { writing } = useParts()
  return (
    <table className={`${lists['plain']}`} aria-label={texts.overview.tableOf(title)}>
      <thead>
        <tr>
          <th scope="col">{time}</th>
          {series.map(({ key, name }) => (
            <th key={key} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ at, name, figures }) => (
          <tr key={at}>
            <th scope="row">{name}</th>
            {series.map(({ key }) => (
              <td key={key}>{writing.number(figures[key] ?? 0)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
