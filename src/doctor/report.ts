import { type Finding, rankOf } from './finding.ts'

/** What was looked at, and what came of it. */
export interface Report {
  /** The configuration, or the address of a server. Holds no credential. */
  readonly target: string
  readonly findings: readonly Finding[]
}

/** How many findings there are of each kind. */
export interface Summary {
  readonly unsafe: number
  readonly doubtful: number
  readonly operator: number
  readonly unknown: number
  readonly met: number
}

/** Where a report is printed. */
export interface Page {
  readonly columns: number
  readonly colors: { readonly [Name in 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan']: Paint }
}
type Paint = (text: string) => string

/** Counts the findings of each kind. */
export function summarize({ findings }: Report): Summary {
  const count = (matches: (finding: Finding) => boolean): number => findings.filter(matches).length
  return {
    unsafe: count(({ severity }) => severity === 'unsafe'),
    doubtful: count(({ severity }) => severity === 'doubtful'),
    operator: count(({ state }) => state === 'operator'),
    unknown: count(({ state }) => state === 'unknown'),
    met: count(({ state }) => state === 'met'),
  }
}

/** The report for programs: plain data, in the order of the text. */
export function reportAsJson(report: Report): object {
  return {
    target: report.target,
    summary: summarize(report),
    findings: inOrder(report.findings).map(({ id, clauses, title, state, severity, detail, fix }) => ({
      id,
      clauses,
      title,
      state,
      severity,
      detail,
      fix,
    })),
  }
}

/** One kind of finding, as a section of the text. */
interface Section {
  readonly title: string
  readonly sign: string
  readonly paint: (colors: Page['colors']) => Paint
  readonly holds: (finding: Finding) => boolean
}

const SECTIONS: readonly Section[] = [
  {
    title: 'Unsafe',
    sign: '✗',
    paint: ({ red }) => red,
    holds: ({ severity }) => severity === 'unsafe',
  },
  {
    title: 'Doubtful',
    sign: '!',
    paint: ({ yellow }) => yellow,
    holds: ({ severity }) => severity === 'doubtful',
  },
  {
    title: 'Yours to decide',
    sign: '?',
    paint: ({ cyan }) => cyan,
    holds: ({ state }) => state === 'operator',
  },
  {
    title: 'Not looked at',
    sign: '–',
    paint: ({ dim }) => dim,
    holds: ({ state }) => state === 'unknown',
  },
  { title: 'Met', sign: '✓', paint: ({ green }) => green, holds: ({ state }) => state === 'met' },
]

/** Clauses stand in a column of their own where there is room for it beside a sentence. */
const CLAUSE_WIDTH = 12
const ROOMY = 80
const INDENT = 4

/** The report for people: the sum of it first, then what is wrong, then the rest; each with its clause, its figures and what to do. */
export function reportAsText(report: Report, page: Page): readonly string[] {
  const findings = inOrder(report.findings)
  return [
    ...summaryLines(report, page),
    ...SECTIONS.flatMap((section) => {
      const held = findings.filter(section.holds)
      if (held.length === 0) return []
      const title = `${section.title} (${held.length})`
      return [
        '',
        page.colors.bold(section.paint(page.colors)(title)),
        ...held.flatMap((each) => findingLines(each, section, page)),
      ]
    }),
  ]
}

function summaryLines(report: Report, { columns, colors }: Page): readonly string[] {
  const { unsafe, doubtful, operator, unknown, met } = summarize(report)
  const judged =
    unsafe > 0 ? `${unsafe} unsafe` : doubtful > 0 ? 'nothing unsafe' : 'nothing unsafe or doubtful'
  const paint = unsafe > 0 ? colors.red : doubtful > 0 ? colors.yellow : colors.green
  const parts = [
    judged,
    ...(doubtful > 0 ? [`${doubtful} doubtful`] : []),
    ...(operator > 0 ? [`${operator} yours to decide`] : []),
    ...(unknown > 0 ? [`${unknown} not looked at`] : []),
    `${met} met`,
  ]
  const [first = '', ...more] = wrap(`${report.target}: ${parts.join(', ')}.`, columns)
  return [first, ...more].map((line) => colors.bold(paint(line)))
}

/** Beside its clauses where there is room for both; below them where there is not. */
function findingLines(finding: Finding, { sign, paint }: Section, { columns, colors }: Page): string[] {
  const { clauses, title, detail, fix, state } = finding
  const color = paint(colors)
  const roomy = columns >= ROOMY && clauses.every((clause) => clause.length < CLAUSE_WIDTH)
  const width = columns - INDENT - (roomy ? CLAUSE_WIDTH : 0)
  const lines = [
    ...wrap(title, width),
    ...wrap(detail, width).map((line) => (state === 'not-met' ? line : colors.dim(line))),
    ...(fix === null ? [] : wrap(`→ ${fix}`, width).map(color)),
  ]
  const named = roomy ? clauses : wrap(clauses.join(', '), width)
  const rows = roomy
    ? Array.from({ length: Math.max(named.length, lines.length) }, (_, index) =>
        lines[index] === undefined
          ? colors.bold(named[index] ?? '')
          : `${colors.bold((named[index] ?? '').padEnd(CLAUSE_WIDTH))}${lines[index]}`,
      )
    : [...named.map((line) => colors.bold(line)), ...lines]
  return rows.map((row, index) => `  ${index === 0 ? color(sign) : ' '} ${row}`)
}

/** What is worst comes first; within that, clauses by their numbers. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((one, other) => rankOf(one) - rankOf(other))
}

/** Breaks a text into lines of at most `width` characters, at spaces as far as there are any. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && [...line].length + 1 + [...word].length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
    // an address that is longer than the line is broken anywhere
    while ([...line].length > width) {
      lines.push([...line].slice(0, width).join(''))
      line = [...line].slice(width).join('')
    }
  }
  return [...lines, line]
}
