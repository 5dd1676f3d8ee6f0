import { isIP } from 'node:net'
import { fileURLToPath } from 'node:url'
import { open, type Reader, type Response } from 'maxmind'
import { type Locate, type Location, toLocation } from './place.ts'
import { specialNetworks } from './special-networks.ts'

/** Networks whose country was looked up lately (entries). */
const MOST_CACHED = 10_000

/** Data that tells nothing of places, by what it calls itself. */
const OTHER_DATA = /asn|isp|anonymous|domain|connection/i

/** Place data that cannot be used; the message says why, and is for the operator. */
export class UnusablePlaceData extends Error {
  override readonly name = 'UnusablePlaceData'
}

/**
 * Opens the data that comes with the package: countries alone. It has some that are none of anybody's, as 192.168.0.0/16, so of such
 * networks it is not asked.
 */
export async function openIncludedPlaceData(): Promise<Locate> {
  const file = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'
  const locate = await openPlaceData(fileURLToPath(import.meta.resolve(file)))
  const isSpecial = specialNetworks()
  return (address) => {
    const bare = bareAddress(address)
    return isIP(bare) === 0 || isSpecial(bare) ? null : locate(bare)
  }
}

/**
 * Reads place data in MaxMind's format into memory; nobody is ever asked over a network.
 * @throws UnusablePlaceData
 */
export async function openPlaceData(path: string): Promise<Locate> {
  const reader = await read(path)
  const { databaseType } = reader.metadata
  if (OTHER_DATA.test(databaseType) && !/country|city/i.test(databaseType))
    throw new UnusablePlaceData(`it is of another kind (${databaseType}) and knows no countries`)
  return (address) => {
    const bare = bareAddress(address)
    return isIP(bare) === 0 ? null : locationOf(reader.get(bare))
  }
}

async function read(path: string): Promise<Reader<Response>> {
  try {
    return await open<Response>(path, { cache: { max: MOST_CACHED } })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT') throw new UnusablePlaceData('there is no such file')
    if (code === 'EACCES') throw new UnusablePlaceData('it may not be read')
    if (code === 'EISDIR') throw new UnusablePlaceData('it is a folder')
    throw new UnusablePlaceData("it is not a file in MaxMind's format (.mmdb)")
  }
}

/** An IPv4 address in IPv6 form is one: the data has it once. */
function bareAddress(address: string): string {
  return address.replace(/%.*$/s, '').replace(/^::ffff:(?=\d+\.)/i, '')
}

/** Each maker writes its records in its own way: the country as a code by itself, or in what there is to say about it. */
function locationOf(record: unknown): Location | null {
  const { country_code: code, country, city } = fieldsOf(record)
  return toLocation(
    code ?? (typeof country === 'string' ? country : fieldsOf(country)['iso_code']),
    typeof city === 'string' ? city : fieldsOf(fieldsOf(city)['names'])['en'],
  )
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
