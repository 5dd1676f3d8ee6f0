import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openIncludedPlaceData, openPlaceData } from '../../src/devices/maxmind.ts'
import { type PlaceRecord, placeData } from './place-data.ts'

let folder: string
let files = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'places-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function written(bytes: Buffer): Promise<string> {
  const path = join(folder, `${++files}.mmdb`)
  await writeFile(path, bytes)
  return path
}

describe('the data of countries that comes along', () => {
  it.each([
    ['193.0.6.139', 'NL'],
    ['::ffff:193.0.6.139', 'NL'],
    ['2001:67c:2e8:22::c100:68b', 'NL'],
    ['200.3.14.10', 'UY'],
    ['8.8.8.8', 'US'],
  ])('%s is in %s', async (address, countryCode) => {
    const locate = await openIncludedPlaceData()
    expect(locate(address)).toEqual({ countryCode, city: null })
  })

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.1',
    '::ffff:192.168.0.1',
    '100.64.0.1',
    '203.0.113.7',
    '2001:db8::1',
    '::1',
    'fe80::1%eth0',
    'fd00::1',
    '',
    'localhost',
    '1.2.3',
  ])('%j is nowhere', async (address) => {
    expect((await openIncludedPlaceData())(address)).toBeNull()
  })

  it('says a country or nothing, whatever it is asked for', async () => {
    const locate = await openIncludedPlaceData()
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: 'binary' })), (address) => {
        expect(locate(address)?.countryCode ?? 'DE').toMatch(/^[A-Z]{2}$/)
      }),
    )
  })
})

describe("an operator's own data", () => {
  const NETWORK = '203.0.113.0/24'
  const ADDRESS = '203.0.113.77'

  const located = async (record: PlaceRecord) =>
    (await openPlaceData(await written(placeData({ [NETWORK]: record }))))(ADDRESS)

  // as MaxMind, DB-IP, IPinfo and ip-location-db write it
  it.each<[PlaceRecord, string, string | null]>([
    [{ country: { iso_code: 'DE' }, city: { names: { de: 'Köln', en: 'Cologne' } } }, 'DE', 'Cologne'],
    [{ country: { iso_code: 'DE' } }, 'DE', null],
    [{ country: 'DE', city: 'Cologne' }, 'DE', 'Cologne'],
    [{ country_code: 'de', city: 'Cologne' }, 'DE', 'Cologne'],
    [{ country_code: 'XK' }, 'XK', null],
    [{ country_code: 'DE', city: '\u202eenogoloC\u0007' }, 'DE', 'enogoloC'],
    [{ country_code: 'DE', city: ' ' }, 'DE', null],
  ])('of %j is read', async (record, countryCode, city) => {
    expect(await located(record)).toEqual({ countryCode, city })
  })

  it.each<[PlaceRecord]>([
    [{ city: 'Cologne' }],
    [{ country: { names: { en: 'Germany' } } }],
    [{ country_code: 'ZZ' }],
    [{ country_code: 'EU' }],
    [{ country_code: 'Germany' }],
    [{}],
    ['DE'],
  ])('that says %j names no country', async (record) => {
    expect(await located(record)).toBeNull()
  })

  it('knows nothing of other networks', async () => {
    const locate = await openPlaceData(await written(placeData({ [NETWORK]: { country_code: 'DE' } })))
    expect(locate('203.0.114.77')).toBeNull()
    expect(locate('2001:db8::1')).toBeNull()
  })

  it.each([
    ['is not there', async () => join(folder, 'missing.mmdb'), /^there is no such file$/],
    ['is a folder', async () => folder, /^it is a folder$/],
    ['is empty', () => written(Buffer.alloc(0)), /^it is not a file in MaxMind's format/],
    [
      'is something else',
      () => written(Buffer.from('country,code\n')),
      /^it is not a file in MaxMind's format/,
    ],
    [
      'is of autonomous systems',
      () => written(placeData({ [NETWORK]: { asn: '1' } }, { type: 'GeoLite2-ASN' })),
      /^it is of another kind \(GeoLite2-ASN\) and knows no countries$/,
    ],
  ])('is refused if it %s', async (_, path, said) => {
    await expect(openPlaceData(await path())).rejects.toThrow(said)
  })
})
