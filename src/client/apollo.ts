import type { SessionClient } from './index.ts'

/** What is needed of an ApolloClient. */
export interface ClearableClient {
  clearStore(): Promise<unknown>
  resetStore(): Promise<unknown>
}

/** What Apollo's `HttpLink` is given to speak with the session. */
export function sessionLinkOptions({ url, fetch }: SessionClient): {
  uri: string
  fetch: typeof globalThis.fetch
} {
  return { uri: url, fetch }
}

/**
 * Empties the cache when somebody else is signed in, or nobody: what one person was shown is not for the next. The queries on the page are asked
 * again for the next person, and not for nobody.
 * @returns how to end that
 */
export function clearOnViewerChange(client: ClearableClient, session: SessionClient): () => void {
  return session.onViewerChange((viewer) => {
    // what was under way is refused, and says so to whoever asked for it
    const emptied = viewer ? client.resetStore() : client.clearStore()
    emptied.catch(() => {})
  })
}
