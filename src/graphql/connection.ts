import { Fault } from '../kernel/fault.ts'
import { decodeId, encodeId } from '../kernel/ids.ts'
import { type Page, type PageRequest, pageSize } from '../kernel/page.ts'

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

/** The API's form of a page. */
export function toConnection<Item extends { readonly id: string }>(page: Page<Item>, { after }: PageRequest) {
  const edges = page.items.map((node) => ({ node, cursor: encodeId(node.id) }))
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasMore,
      hasPreviousPage: after !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}
