import { Fault } from '../kernel/fault.ts'
import * as ids from '../kernel/ids.ts'

/** Types that have ids. */
export type NodeName = 'Session' | 'User'

/** The opaque id that the API gives out. */
export const encodeGlobalId = ids.encodeGlobalId

/**
 * Takes an id of the API apart.
 * @throws Fault BAD_USER_INPUT if it is not one
 */
export function decodeGlobalId(globalId: string): { typename: string; id: string } {
  const decoded = ids.decodeGlobalId(globalId)
  if (!decoded) throw new Fault('BAD_USER_INPUT', 'id: this is not an id that this server gave out.')
  return decoded
}

/** The id behind an id of the API; null if it is malformed or of another type. */
export function localId(globalId: string, typename: NodeName): string | null {
  return ids.localId(globalId, typename)
}
