/** Lists are never longer than this, whatever is asked for. */
export const LARGEST_PAGE = 100
const DEFAULT_PAGE = 20

/** What to list: `size` items after the item with this id, newest first. */
export interface PageRequest {
  readonly size: number
  readonly after: string | null
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
export function toPage<T>(rows: readonly T[], request: PageRequest): Page<T> {
  return { items: rows.slice(0, request.size), hasMore: rows.length > request.size }
}
