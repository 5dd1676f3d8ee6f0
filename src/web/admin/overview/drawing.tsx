import '@mantine/charts/styles.layer.css'
import { AreaChart, BarChart } from '@mantine/charts'
import { useParts } from '../parts.ts'
import type { Row, Series } from './series.ts'

/** A drawing of figures over time. It says nothing to screen readers: they have the figures. */
export default function Drawing({
  kind,
  rows,
  series,
}: {
  kind: 'area' | 'bars'
  rows: readonly Row[]
  series: readonly Series[]
}) {
  const { writing } = useParts()
  const shared = {
    h: 240,
    data: rows.map((row) => ({ ...row })),
    dataKey: 'step',
    series: series.map(({ key, name, color }) => ({ name: key, label: name, color })),
    valueFormatter: (value: number) => writing.number(value),
    xAxisProps: { minTickGap: 40 },
    yAxisProps: { width: 52, allowDecimals: false },
    gridAxis: 'x' as const,
    tickLine: 'none' as const,
  }
  return kind === 'area' ? (
    <AreaChart
      {...shared}
      withDots={false}
      curveType="monotone"
      areaProps={{ isAnimationActive: false }}
      areaChartProps={{ accessibilityLayer: false }}
    />
  ) : (
    <BarChart
      {...shared}
      type="stacked"
      maxBarWidth={36}
      barProps={{ isAnimationActive: false }}
      barChartProps={{ accessibilityLayer: false }}
    />
  )
}
