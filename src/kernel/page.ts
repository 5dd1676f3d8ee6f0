/** Lists are never longer than this, whatever is asked for. */
export const LARGEST_PAGE = 100
const DEFAULT_PAGE = 20

/** What to list: `size` items behind a position in the list's order, by default the id of the last item of the page before. */
export interface PageRequest<Position = string> {
  readonly size: number
  readonly after: Position | null
}

/** One page of a list, and whether there is more behind it. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly hasMore: boolean
}

/** How many items a page has for a given `first`: clamped to 0..100, 20 if not given. */
export function pageSize(first: number | null | undefined): number {
  return Math.min(Math.max(first ?? DEFAULT_PAGE, 0), LARGEST_PAGE)
}

/** Makes a page of rows that were read with one more than the page's size. */
export function toPage<T>(rows: readonly T[], request: PageRequest<unknown>): Page<T> {
  return { items: rows.slice(0, request.size), hasMore: rows.length > request.size }
}

/** How many there are of something is counted up to here: beyond, nobody needs it exactly, and counting would take ever longer. */
export const LARGEST_COUNT = 10_000

/** How many there are, at least. */
export interface Count {
  readonly value: number
  /** Whether there are no more than that. */
  readonly isExact: boolean
}

/** Makes a count of what was counted up to one more than {@link LARGEST_COUNT}. */
export function toCount(counted: number): Count {
  return { value: Math.min(counted, LARGEST_COUNT), isExact: counted <= LARGEST_COUNT }
}
