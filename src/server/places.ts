import type { IncomingHttpHeaders } from 'node:http'
import { openIncludedPlaceData, openPlaceData, UnusablePlaceData } from '../devices/maxmind.ts'
import { headerText, type Locate, type Location, NOWHERE, type Place, toLocation } from '../devices/place.ts'
import type { Config } from './config.ts'
import { StartupError } from './data-folder.ts'

/** What a request tells of where it came from. */
export interface Origin {
  /** In full; null if the connection is gone already. */
  readonly address: string | null
  readonly network: string | null
  readonly headers: IncomingHttpHeaders
  /** Whether a trusted proxy has sent it on: only then do its headers tell of places. */
  readonly fromProxy: boolean
}

/** Says where a request came from, as far as the settings let that be kept. */
export type PlaceReader = (origin: Origin) => Place

/**
 * Opens the data that places are looked up in, if the settings want any.
 * @throws StartupError if it cannot be used
 */
export async function openPlaces({ places }: Pick<Config, 'places'>): Promise<PlaceReader> {
  const locate = await openLocate(places)
  const locationOf = ({ address, headers, fromProxy }: Origin): Location | null =>
    (fromProxy ? toldBy(headers, places) : null) ?? (address === null ? null : locate(address))
  return (origin) => {
    const network = places.recordNetwork ? origin.network : null
    const location = places.recordPlace ? locationOf(origin) : null
    return network === null && location === null ? NOWHERE : { network, location }
  }
}

async function openLocate({ recordPlace, database }: Config['places']): Promise<Locate> {
  if (!recordPlace || database === null) return () => null
  if (database === 'included') return openIncludedPlaceData()
  try {
    return await openPlaceData(database)
  } catch (error) {
    if (!(error instanceof UnusablePlaceData)) throw error
    throw new StartupError(
      `PLACE_DATABASE: "${database}" cannot be used: ${error.message}; give a file of countries or cities, or none.`,
    )
  }
}

function toldBy(
  headers: IncomingHttpHeaders,
  { countryHeader, cityHeader }: Config['places'],
): Location | null {
  const country = countryHeader === null ? undefined : headers[countryHeader]
  const city = cityHeader === null ? undefined : headers[cityHeader]
  return toLocation(country, typeof city === 'string' ? headerText(city) : null)
}
