import '@mantine/charts/styles.layer.css'
import { AreaChart, BarChart } from '@mantine/charts'
import { useComputedColorScheme } from '@mantine/core'
import { useParts } from '../parts.ts'
import { GROUNDS } from './colors.ts'
import type { Row, Series } from './series.ts'

/** Room for half of the label at the highest line, and of that at the last moment (pixels). */
const MARGIN = { top: 10, right: 24 }

/** A drawing of figures over time. It says nothing to screen readers: they have the figures. */
export default function Drawing({
  kind,
  rows,
  series,
  marks,
  markOf,
}: {
  kind: 'area' | 'bars'
  rows: readonly Row[]
  series: readonly Series[]
  /** Which moments are written below it. */
  marks: readonly string[]
  /** How they are written there. */
  markOf: (moment: string) => string
}) {
  const { writing } = useParts()
  const scheme = useComputedColorScheme('light')
  const shared = {
    h: 240,
    // what did not occur is not in the tooltip
    data: rows.map(({ at, figures }) => ({ at, ...figures })),
    dataKey: 'at',
    series: series.map(({ key, name, color }) => ({ name: key, label: name, color })),
    valueFormatter: (value: number) => writing.number(value),
    // each below its own moment: where they have no room, some are left out evenly
    xAxisProps: {
      ticks: [...marks],
      tickFormatter: markOf,
      interval: 'equidistantPreserveStart' as const,
      minTickGap: 12,
    },
    // each beside its own line: unless all are shown, the outer ones are moved inwards
    yAxisProps: {
      width: 60,
      allowDecimals: false,
      interval: 0 as const,
      tickFormatter: (value: number) => writing.figure(value),
    },
    tooltipProps: { labelFormatter: (at: unknown) => rows.find((row) => row.at === at)?.name },
    gridAxis: 'x' as const,
    tickLine: 'none' as const,
  }
  return kind === 'area' ? (
    <AreaChart
      {...shared}
      withDots={false}
      curveType="monotone"
      areaProps={{ isAnimationActive: false }}
      areaChartProps={{ accessibilityLayer: false, margin: MARGIN }}
    />
  ) : (
    <BarChart
      {...shared}
      type="stacked"
      maxBarWidth={36}
      // a seam between one colour and the next
      barProps={{ isAnimationActive: false, stroke: GROUNDS[scheme === 'light' ? 0 : 1], strokeOpacity: 1 }}
      barChartProps={{ accessibilityLayer: false, margin: MARGIN }}
    />
  )
}
