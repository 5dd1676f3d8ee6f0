/** What of a list the browser's history remembers, and the address does not say. */
export interface ListState {
  /** What an e-mail address is to begin with: in no address, no log of a proxy and no shared link. */
  readonly search: string
  /** Which page this is, from 1; null if that is not known, because the list was entered by a link to the middle of it. */
  readonly page: number | null
}

/** Reads what the history has, which may be of another version of this page, and nobody else's business. */
export function readListState(state: unknown, viewerId: string, after: string | null): ListState {
  const { viewer, search, page } = (typeof state === 'object' && state !== null ? state : {}) as Record<
    string,
    unknown
  >
  const isOwn = viewer === viewerId
  return {
    search: isOwn && typeof search === 'string' ? search : '',
    page: after === null ? 1 : typeof page === 'number' && page > 1 ? page : null,
  }
}

/** What the history is to remember. */
export function writeListState(viewerId: string, { search, page }: ListState): unknown {
  return { viewer: viewerId, search, page }
}
