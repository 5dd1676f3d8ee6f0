import { cleanName } from './name.ts'

/** Where a network is, as coarse as it is of use to a person. */
export interface Location {
  /** ISO 3166-1 alpha-2. */
  readonly countryCode: string
  /** In English; null if unknown. */
  readonly city: string | null
}

/** Where a request came from, as far as that may be kept. */
export interface Place {
  /** Truncated; null if unknown. */
  readonly network: string | null
  readonly location: Location | null
}

/** Tells where an address is; null if unknown. */
export type Locate = (address: string) => Location | null

export const NOWHERE: Place = { network: null, location: null }

/** Whether the place says anything. */
export function isSomewhere({ network, location }: Place): boolean {
  return network !== null || location !== null
}

/** What ISO 3166-1 leaves for everybody's own use, but for Kosovo's, and what stands for regions in some data. */
const NO_COUNTRY = /^(AA|Q[M-Z]|X[A-JL-Z]|ZZ|EU|AP)$/

/** The location that data or a proxy tells of; null if there is no such country. */
export function toLocation(country: unknown, city?: unknown): Location | null {
  const countryCode = typeof country === 'string' ? country.trim().toUpperCase() : ''
  if (!/^[A-Z]{2}$/.test(countryCode) || NO_COUNTRY.test(countryCode)) return null
  return { countryCode, city: typeof city === 'string' ? cleanName(city) : null }
}

/** The text of a header's value that is not ASCII alone: proxies write UTF-8, which arrives byte by byte, or percent encoding. */
export function headerText(value: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'))
    return decodeURIComponent(text)
  } catch {
    return value
  }
}
