import { Fault } from '../kernel/fault.ts'
import { type SessionFilter as Filter, readNetwork } from '../sessions/filter.ts'
import { builder } from './builder.ts'
import { DeviceKind, SessionState, SessionTransport } from './enums.ts'
import { localId } from './global-ids.ts'

export const SessionFilter = builder.inputType('SessionFilter', {
  description: 'Which sessions. All that is given has to fit.',
  fields: (t) => ({
    userId: t.id({ description: 'Only those of this user. Null for those of everyone.' }),
    state: t.field({ type: SessionState, description: 'Only those in this state. Null for all.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Only those that began then or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Only those that began earlier.' }),
    lastActiveAfter: t.field({ type: 'DateTime', description: 'Only those last used then or later.' }),
    lastActiveBefore: t.field({ type: 'DateTime', description: 'Only those last used earlier.' }),
    network: t.string({
      description: 'Only those of this network, as `Session.network` shows it, or of that of this address.',
    }),
    deviceKind: t.field({ type: DeviceKind, description: 'Only those on this sort of device.' }),
    transport: t.field({ type: SessionTransport, description: 'Only those that are carried so.' }),
  }),
})

/** The filter as the rooms know it; null if it is for the sessions of nobody. */
export function readFilter(
  { userId, network, ...rest }: typeof SessionFilter.$inferInput,
  name: string,
): Filter | null {
  const whose = userId == null ? null : localId(userId, 'User')
  if (userId != null && whose === null) return null
  const where = network == null ? null : readNetwork(network)
  if (network != null && where === null) {
    throw new Fault(
      'BAD_USER_INPUT',
      `${name}.network: give a network as sessions show it, like 203.0.113.0/24 or 2001:db8:1::/48, or an address.`,
    )
  }
  return { ...rest, userId: whose, network: where }
}
