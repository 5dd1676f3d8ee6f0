import { useQuery } from '@tanstack/react-query'
import { SessionPlacesDocument, type SessionPlacesQuery } from '../generated/operations.ts'
import { isUnasked } from './query-client.ts'
import { ask } from './session.ts'

type Session = Extract<SessionPlacesQuery['node'], { __typename: 'Session' }>

/** Where a session was used from: asked for when somebody wants to know, since it makes a list of sessions a large one. */
export function usePlaces(id: string): Session['places'] {
  const queryKey = ['sessions', 'places', id]
  const { data } = useQuery({
    queryKey,
    queryFn: () => ask(SessionPlacesDocument, { id }, { background: isUnasked(queryKey) }),
  })
  return data?.node?.__typename === 'Session' ? data.node.places : []
}
