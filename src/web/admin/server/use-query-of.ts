import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useIsAttended, useParts } from '../parts.ts'
import { isPassing } from './failures.ts'
import type { Document } from './requests.ts'

/** While the server cannot be reached it is asked again this often (milliseconds), as long as somebody looks. */
const TRY_AGAIN = 5_000

/**
 * Reads something of the server.
 * @param name what it is, for the store and for whoever brings it up to date
 * @param options.keepPrevious whether what was shown before stays until the next is there
 * @param options.interval how often it is read again while somebody uses the page (milliseconds)
 */
export function useQueryOf<Result, Variables extends object>(
  name: string,
  document: Document<Result, Variables>,
  variables: Variables,
  {
    enabled = true,
    keepPrevious = false,
    interval,
  }: { enabled?: boolean; keepPrevious?: boolean; interval?: number } = {},
) {
  const { requests } = useParts()
  const store = useQueryClient()
  const isAttended = useIsAttended()
  const queryKey = [name, variables] as const
  return useQuery({
    queryKey,
    enabled,
    queryFn: ({ signal }) =>
      requests.query(document, variables, {
        signal,
        inBackground: store.getQueryData(queryKey) !== undefined,
      }),
    ...(keepPrevious ? { placeholderData: keepPreviousData } : {}),
    refetchInterval: ({ state: { error } }) => {
      if (!isAttended) return false
      if (error) return isPassing(error) ? TRY_AGAIN : false
      return interval ?? false
    },
  })
}
