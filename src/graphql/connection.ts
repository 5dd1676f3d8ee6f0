import { Fault } from '../kernel/fault.ts'
import { decodeId, encodeId } from '../kernel/ids.ts'
import { type Count, type Page, type PageRequest, pageSize } from '../kernel/page.ts'

/**
 * Which page is asked for.
 * @throws Fault BAD_USER_INPUT if there can be no such page
 */
export function readPage({
  first,
  after,
}: {
  first?: number | null | undefined
  after?: string | null | undefined
}): PageRequest {
  if (first != null && first < 0) throw new Fault('BAD_USER_INPUT', 'first: give 0 or more.')
  const afterId = after == null ? null : decodeId(after)
  if (after != null && !afterId)
    throw new Fault('BAD_USER_INPUT', 'after: this is not the endCursor of a page.')
  return { size: pageSize(first), after: afterId }
}

/**
 * The API's form of a page.
 * @param count how many there are of all pages together; counted if it is asked for
 * @param cursorOf where a page ends whose last item this is; by default its id
 */
export function toConnection<Item extends { readonly id: string }>(
  page: Page<Item>,
  { after }: PageRequest<unknown>,
  count: () => Promise<Count> | Count,
  cursorOf: (item: Item) => string = ({ id }) => encodeId(id),
) {
  const edges = page.items.map((node) => ({ node, cursor: cursorOf(node) }))
  return {
    edges,
    count,
    pageInfo: {
      hasNextPage: page.hasMore,
      hasPreviousPage: after !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** What a list weighs: itself, and each of its items as often as there can be; what stands beside the items is never for nothing. */
export function weightOfList({ first }: { first?: number | null | undefined }) {
  return { field: 25, multiplier: Math.max(1, pageSize(first)) }
}
