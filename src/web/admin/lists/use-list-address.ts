import { useCallback, useEffect, useRef } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { useParts } from '../parts.ts'
import { type ListState, readListState, writeListState } from './list-state.ts'

/** Where a list stands: what the address says, and what the history remembers beside it. */
export type ListPlace<Address> = Address & ListState

/**
 * The address of a list, and how to go on from it.
 * @param codec how the address is read and written
 */
export function useListAddress<Address extends { readonly after: string | null }>(codec: {
  read(parameters: URLSearchParams): Address
  write(address: Address): URLSearchParams
}): {
  readonly place: ListPlace<Address>
  /** Another list: from its first page. @param options.isTyping whether each letter would be a step back */
  change(
    change: Partial<ListPlace<Address>> | ((place: ListPlace<Address>) => Partial<ListPlace<Address>>),
    options?: { isTyping?: boolean },
  ): void
  /** Another page of the same list. */
  turn(after: string | null): void
} {
  const { viewer } = useParts()
  const location = useLocation()
  const navigate = useNavigate()
  const address = codec.read(new URLSearchParams(location.search))
  const place = { ...address, ...readListState(location.state, viewer.id, address.after) }
  // whoever changes two things in one breath means both, though the page has not been drawn with the first one yet
  const latest = useRef(place)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was decided here holds until the address is another one
  useEffect(() => {
    latest.current = place
  }, [location])
  const go = useCallback(
    (next: ListPlace<Address>, replace: boolean) => {
      latest.current = next
      const state = writeListState(viewer.id, next)
      void navigate({ search: codec.write(next).toString() }, { state, replace, preventScrollReset: true })
    },
    [codec, navigate, viewer.id],
  )
  return {
    place,
    change: (change, { isTyping = false } = {}) => {
      const changed = typeof change === 'function' ? change(latest.current) : change
      go({ ...latest.current, ...changed, after: null, page: 1 }, isTyping)
    },
    turn: (after) => {
      const { page } = latest.current
      go({ ...latest.current, after, page: after === null ? 1 : page === null ? null : page + 1 }, false)
    },
  }
}
