import type { SessionShownFragment } from '../generated/operations.ts'
import { texts } from '../texts.ts'
import { writing } from '../writing.ts'

/** "Reykjavík, Iceland"; null if unknown. */
export function placeOf({ location }: Pick<SessionShownFragment, 'location'>): string | null {
  return location && texts.devices.place(location.city, writing.country(location.countryCode))
}

/** What tells one session from another of the same browser: "Iceland · 203.0.113.0/24". */
export function whereabouts(session: Pick<SessionShownFragment, 'location' | 'network'>): string {
  const parts = [placeOf(session), session.network].filter((part) => part !== null)
  return parts.length > 0 ? parts.join(' · ') : texts.devices.unknownPlace
}
