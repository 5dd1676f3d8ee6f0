import { QueryClient } from '@tanstack/react-query'
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
      // who does not look is not brought up to date: what is asked for would count as their activity
      refetchOnReconnect: () => document.visibilityState === 'visible',
      retry: (_count, error) => isTemporary(error),
      retryDelay: (count) => Math.min(LONGEST_DELAY, 500 * 2 ** count) * (0.75 + Math.random() / 2),
    },
  },
})
