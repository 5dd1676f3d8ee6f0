/** One column of a table. */
export interface Column {
  readonly title: string
  /** Whether its texts may be cut short where the line is too long. */
  readonly shrinks?: boolean
}

const GAP = '  '
const NARROWEST_COLUMN = 8

/**
 * Lays rows out under aligned titles, in lines of at most `width` characters as far as columns may shrink.
 * @returns the line of titles, and one line for each row
 */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly string[] {
  const all = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, index) => Math.max(...all.map((row) => lengthOf(row[index] ?? ''))))
  for (let excess = total(widths) - width; excess > 0; excess--) {
    const widest = widestThatShrinks(columns, widths)
    if (widest === null) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return all.map((row) =>
    row
      .map((text, index) => padOrCut(text, widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1)
}

function widestThatShrinks(columns: readonly Column[], widths: readonly number[]): number | null {
  let widest: number | null = null
  for (const [index, { shrinks }] of columns.entries()) {
    const width = widths[index] ?? 0
    if (shrinks && width > NARROWEST_COLUMN && width > (widest === null ? 0 : (widths[widest] ?? 0)))
      widest = index
  }
  return widest
}

function padOrCut(text: string, width: number): string {
  const characters = [...text]
  if (characters.length <= width) return text + ' '.repeat(width - characters.length)
  return `${characters.slice(0, width - 1).join('')}…`
}

function lengthOf(text: string): number {
  return [...text].length
}
