import { Fault } from '../kernel/fault.ts'
import { type SessionFilter as Filter, readCountry, readNetwork } from '../sessions/filter.ts'
import { builder } from './builder.ts'
import { DeviceKind, SessionEndReason, SessionState, SessionTransport } from './enums.ts'
import { localId } from './global-ids.ts'

export const SessionFilter = builder.inputType('SessionFilter', {
  description: 'Which sessions. All that is given has to fit.',
  fields: (t) => ({
    sessionId: t.id({ description: 'Only this one, and the one that continues it now. Null for all.' }),
    userId: t.id({ description: 'Only those of this user. Null for those of everyone.' }),
    search: t.string({
      description: 'Only those of users whose e-mail address begins so, in any spelling. Null for all.',
    }),
    state: t.field({ type: SessionState, description: 'Only those in this state. Null for all.' }),
    endReasons: t.field({
      type: [SessionEndReason],
      description:
        'Only those that ended for one of these reasons, of which there has to be one. Null for all.',
    }),
    createdAfter: t.field({ type: 'DateTime', description: 'Only those that began then or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Only those that began earlier.' }),
    lastActiveAfter: t.field({ type: 'DateTime', description: 'Only those last used then or later.' }),
    lastActiveBefore: t.field({ type: 'DateTime', description: 'Only those last used earlier.' }),
    endedAfter: t.field({ type: 'DateTime', description: 'Only those that ended then or later.' }),
    endedBefore: t.field({ type: 'DateTime', description: 'Only those that ended earlier.' }),
    network: t.string({
      description: 'Only those of this network, as `Session.network` shows it, or of that of this address.',
    }),
    countryCode: t.string({ description: 'Only those of this country, as `Location.countryCode` shows it.' }),
    deviceKind: t.field({ type: DeviceKind, description: 'Only those on this sort of device.' }),
    browser: t.string({ description: 'Only those in this browser or app, as `Device.browser` shows it.' }),
    system: t.string({ description: 'Only those on this system, as `Device.system` shows it.' }),
    transport: t.field({ type: SessionTransport, description: 'Only those that are carried so.' }),
    flagged: t.boolean({
      description: 'Only those in which something was noticed (true), or nothing (false). Null for all.',
    }),
  }),
})

/** The filter as the rooms know it; null if it is for the sessions of nobody. */
export function readFilter(
  { sessionId, userId, network, countryCode, ...rest }: typeof SessionFilter.$inferInput,
  name: string,
): Filter | null {
  const whose = userId == null ? null : localId(userId, 'User')
  if (userId != null && whose === null) return null
  const which = sessionId == null ? null : localId(sessionId, 'Session')
  if (sessionId != null && which === null) return null
  const where = network == null ? null : readNetwork(network)
  if (network != null && where === null) {
    throw new Fault(
      'BAD_USER_INPUT',
      `${name}.network: give a network as sessions show it, like 203.0.113.0/24 or 2001:db8:1::/48, or an address.`,
    )
  }
  const country = countryCode == null ? null : readCountry(countryCode)
  if (countryCode != null && country === null)
    throw new Fault('BAD_USER_INPUT', `${name}.countryCode: give the two letters of a country, like DE.`)
  if (rest.endReasons?.length === 0)
    throw new Fault(
      'BAD_USER_INPUT',
      `${name}.endReasons: give at least one reason, or leave it out for all.`,
    )
  return { ...rest, sessionId: which, userId: whose, network: where, countryCode: country }
}
