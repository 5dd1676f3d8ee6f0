import type { Random } from './random.ts'
import { COUNTRIES, type Country, DEVICES, FIRST_NAMES, LAST_NAMES, type SeedDevice } from './world.ts'

/** Where a person signs in from. */
export interface Place {
  readonly network: string
  readonly countryCode: string
  readonly city: string
  /** How far its clocks are ahead of UTC (hours). */
  readonly ahead: number
}

/** Somebody who signs in. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly createdAt: number
  readonly disabledAt: number | null
  readonly devices: readonly SeedDevice[]
  /** Home first. */
  readonly places: readonly Place[]
}

const DAY = 86_400_000
/** The oldest account is so old. */
const OLDEST = 400 * DAY

/**
 * Makes up people: each with a few devices and places of their own. Most accounts are older than what is kept as history.
 * @param mark stands in each address, so that the people of two seeds have different ones
 */
export function inventPeople(
  random: Random,
  { count, now, mark }: { count: number; now: number; mark: string },
): readonly Person[] {
  const people: Person[] = []
  for (let n = 0; n < count; n++) {
    // the oldest first, as their ids are
    const createdAt = Math.floor(now - OLDEST + ((n + random.number()) / count) * (OLDEST - DAY))
    const home = random.weighed(COUNTRIES)
    const places = [inventPlace(random, home), inventPlace(random, home)]
    if (random.chance(0.12)) places.push(inventPlace(random, random.weighed(COUNTRIES)))
    const first = random.pick(FIRST_NAMES)
    const last = random.pick(LAST_NAMES)
    const domain = random.pick(['example.com', 'example.com', 'example.org', 'example.net'])
    people.push({
      id: random.id(createdAt),
      email: `${first}.${last}.${mark}${n + 1}@${domain}`,
      createdAt,
      disabledAt: random.chance(0.006) ? Math.floor(now - random.number() * 60 * DAY) : null,
      devices: Array.from({ length: 1 + random.below(4) }, () => random.weighed(DEVICES)),
      places,
    })
  }
  return people.map((person) =>
    person.disabledAt !== null && person.disabledAt < person.createdAt
      ? { ...person, disabledAt: null }
      : person,
  )
}

/**
 * A place in a country, on a network that is nobody's: of the addresses for documentation (RFC 3849), or of those that providers use inside
 * of their own networks (RFC 6598), each country with a share of its own.
 */
function inventPlace(random: Random, country: Country): Place {
  const share = COUNTRIES.indexOf(country)
  const inside = random.below(700)
  const high = share * 800 + inside
  const network = random.chance(0.3)
    ? `2001:db8:${(0x1000 + share * 0x800 + inside).toString(16)}::/48`
    : `100.${64 + (high >> 8)}.${high & 0xff}.0/24`
  return { network, countryCode: country.code, city: random.pick(country.cities), ahead: country.ahead }
}
