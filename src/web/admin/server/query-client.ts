import { QueryClient } from '@tanstack/react-query'
import { isPassing } from './failures.ts'

const LONGEST_DELAY = 10_000 // ms

/**
 * What one administrator has read of the server: each has a store of their own, which goes with them.
 * @param isAttended whether somebody uses the page: nothing is read by itself while nobody does
 */
export function makeQueryClient(isAttended: () => boolean): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000, // ms
        gcTime: 300_000, // ms
        // a computer without a network may still have a server
        networkMode: 'always',
        refetchOnReconnect: isAttended,
        // the page decides itself when somebody uses it
        refetchOnWindowFocus: false,
        retry: (count, error) => count < 2 && isPassing(error),
        retryDelay: (count) => Math.min(LONGEST_DELAY, 500 * 2 ** count) * (0.75 + Math.random() / 2),
      },
      mutations: { networkMode: 'always' },
    },
  })
}
