import { QueryClient, type QueryKey } from '@tanstack/react-query'
import { isTemporary } from './failure.ts'

const LONGEST_DELAY = 10_000 // ms

/**
 * What was read from the server, brought up to date by events and not by the time that goes by. While the server cannot be
 * reached it is asked again and again, with some chance in it so that not all pages ask at once.
 */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // events bring it up to date; whoever comes back to the page finds out whether the server still answers
      staleTime: 60_000, // ms
      // a computer without a network may still have a server
      networkMode: 'always',
      // see `bringUpToDate`
      refetchOnReconnect: false,
      retry: (_count, error) => isTemporary(error),
      retryDelay: (count) => Math.min(LONGEST_DELAY, 500 * 2 ** count) * (0.75 + Math.random() / 2),
    },
  },
})

/** The queries that are being read though nobody asked, by their hashes. */
const unasked = new Set<string>()

/**
 * Whether what is read now is read of the page's own accord: brought up to date, or tried again after a failure. That does not
 * count as the person's use of their session, which else would never become idle in a tab that was left open.
 */
export function isUnasked(queryKey: QueryKey): boolean {
  const query = queries.getQueryCache().find({ queryKey, exact: true })
  return query !== undefined && (unasked.has(query.queryHash) || query.state.fetchFailureCount > 0)
}

/** Reads again what is shown of the sessions. Where nobody looks, it is read when somebody looks again. */
export async function bringUpToDate(): Promise<void> {
  const queryKey = ['sessions']
  const refetchType = document.visibilityState === 'visible' ? 'active' : 'none'
  await withoutBeingAsked(queryKey, () => queries.invalidateQueries({ queryKey, refetchType }))
}

/** Tries at once what waits for its next attempt. @param props.asked whether somebody wants that, or only the network is back */
export async function tryAgain(queryKey: QueryKey, { asked }: { asked: boolean }): Promise<void> {
  await queries.cancelQueries({ queryKey, exact: true }, { silent: true })
  const read = () => queries.refetchQueries({ queryKey, exact: true })
  await (asked ? read() : withoutBeingAsked(queryKey, read))
}

async function withoutBeingAsked(queryKey: QueryKey, read: () => Promise<void>): Promise<void> {
  const hashes = queries
    .getQueryCache()
    .findAll({ queryKey, type: 'active' })
    .map(({ queryHash }) => queryHash)
  for (const hash of hashes) unasked.add(hash)
  try {
    // if it is called off by the next one, it resolves with that
    await read()
  } finally {
    for (const hash of hashes) unasked.delete(hash)
  }
}
