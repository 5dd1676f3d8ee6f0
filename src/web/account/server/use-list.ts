import { type QueryKey, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { after } from '../../shared/clock.ts'
import { type Failure, failed } from './failure.ts'
import { isUnasked, tryAgain } from './query-client.ts'

/** Whoever waits for a list longer than this goes on without it (milliseconds). */
const PATIENCE = 3_000

/** A page of a list, as the API gives it. */
export interface Page {
  readonly edges: readonly { readonly node: unknown }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

/** A list that is read page by page, and where it stands. */
export interface List<Answer> {
  /** `failing`: the server cannot be reached, and there is nothing yet to show; it is asked again by itself. */
  readonly state: 'loading' | 'failing' | 'loaded'
  readonly pages: readonly Answer[]
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  /** Why there is nothing; null if there is something, or soon will be. */
  readonly failure: Failure | null
  loadMore(): void
  /** Asks at once, whatever is waited for. */
  retry(): void
  /** Reads all pages again that were read. Resolves when they are there, or when that takes too long to be waited for. */
  refresh(): Promise<void>
}

/**
 * @param props.read reads the page behind a cursor; in the background if nobody asked for that
 * @param props.pageOf takes the page out of the answer; null if it is not the viewer's any more
 */
export function useList<Answer>({
  queryKey,
  read,
  pageOf,
}: {
  queryKey: QueryKey
  read: (after: string | null, options: { background: boolean }) => Promise<Answer>
  pageOf: (answer: Answer) => Page | null
}): List<Answer> {
  const queries = useQueryClient()
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => read(pageParam, { background: isUnasked(queryKey) }),
    initialPageParam: null as string | null,
    getNextPageParam: (answer) => {
      const info = pageOf(answer)?.pageInfo
      return info?.hasNextPage ? info.endCursor : null
    },
  })
  const [failedBefore, setFailedBefore] = useState(false)
  const { data, failureCount } = query
  useEffect(() => {
    if (data) setFailedBefore(false)
    else if (failureCount > 0) setFailedBefore(true)
  }, [data, failureCount])
  const isFailing = data === undefined && (failedBefore || failureCount > 0 || query.isError)
  useEffect(() => {
    if (!isFailing) return
    const now = () => void tryAgain(queryKey, { asked: false })
    window.addEventListener('online', now)
    return () => window.removeEventListener('online', now)
  })
  return {
    state: data ? 'loaded' : isFailing ? 'failing' : 'loading',
    pages: data?.pages ?? [],
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    failure: isFailing ? failed(query.failureReason ?? query.error) : null,
    loadMore: () => void query.fetchNextPage(),
    retry: () => void tryAgain(queryKey, { asked: true }),
    refresh: async () => {
      const read = queries.invalidateQueries({ queryKey, exact: true })
      // without a network it is tried again for ever
      await Promise.race([read, new Promise<void>((resolve) => after(PATIENCE, resolve))])
    },
  }
}
