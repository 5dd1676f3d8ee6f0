import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { events, sessions } from '../../src/database/tables.ts'
import { localId } from '../../src/graphql/global-ids.ts'
import { placeData } from '../devices/place-data.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase, openTestDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { TokenClient } from '../kit/token-client.ts'
import { type Use, useApp } from '../kit/use-app.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const PLACES = `query { currentSession { id network location { countryCode city }
  places { network location { countryCode city } firstSeenAt lastSeenAt } } }`
const SIGN_UP = `mutation ($email: String!) { signUp(input: { email: $email, password: "${PASSWORD}" }) { __typename } }`

interface Place {
  readonly network: string | null
  readonly location: { readonly countryCode: string; readonly city: string | null } | null
}

interface Placed extends Place {
  readonly id: string
  readonly places: readonly (Place & { readonly firstSeenAt: string; readonly lastSeenAt: string })[]
}

/** Somebody who signs up from there, as the headers say. */
async function personFrom(use: Use, headers: Record<string, string>): Promise<Browser> {
  const browser = new Browser(use.app)
  const { data } = await browser.send({ query: SIGN_UP, variables: { email: anyEmail() } }, headers)
  expect(data).toMatchObject({ signUp: { __typename: 'SignUpSuccess' } })
  return browser
}

/** What the server says of the session, asked from there. */
async function seenFrom(browser: Browser, headers: Record<string, string>): Promise<Placed> {
  const { data } = await browser.send<{ currentSession: Placed }>({ query: PLACES }, headers)
  return data.currentSession
}

const from = (address: string) => ({ 'X-Forwarded-For': address })
const networksOf = ({ places }: Placed) => places.map(({ network }) => network)

describeEachDatabase('behind a proxy that is trusted', (open) => {
  const use = useApp(open, {
    environment: {
      CURFEW_TRUSTED_PROXIES: '127.0.0.1,::1',
      COUNTRY_HEADER: 'CF-IPCountry',
      CITY_HEADER: 'CF-IPCity',
      SESSION_CACHE: 'memory',
    },
    clock: new FrozenClock(),
  })

  it('a session shows the country that it was started in', async () => {
    const person = await personFrom(use, from('193.0.6.139'))
    expect(await seenFrom(person, from('193.0.6.139'))).toMatchObject({
      network: '193.0.6.0/24',
      location: { countryCode: 'NL', city: null },
      places: [{ network: '193.0.6.0/24', location: { countryCode: 'NL', city: null } }],
    })
  })

  it('it tells country and city better than the data', async () => {
    const told = { ...from('193.0.6.139'), 'CF-IPCountry': 'DE', 'CF-IPCity': 'K%C3%B6ln' }
    const person = await personFrom(use, told)
    expect(await seenFrom(person, told)).toMatchObject({ location: { countryCode: 'DE', city: 'Köln' } })
  })

  it.each([
    ['XX', 'that it does not know'],
    ['DE, US', 'that a client began, and it went on with'],
    ['<b>', 'that makes no sense'],
  ])('of a country %s, %s, nothing is believed', async (country) => {
    const told = { ...from('193.0.6.139'), 'CF-IPCountry': country, 'CF-IPCity': 'Cologne' }
    const person = await personFrom(use, told)
    expect(await seenFrom(person, told)).toMatchObject({ location: { countryCode: 'NL', city: null } })
  })

  it('a session keeps where it was seen: a new place at once, one that it was at before as often as its activity', async () => {
    const started = use.app.clock.now().toISOString()
    const person = await personFrom(use, from('193.0.6.139'))
    use.app.clock.advance(MINUTE)
    const moved = use.app.clock.now().toISOString()
    const abroad = await seenFrom(person, from('8.8.8.8'))
    expect(abroad).toMatchObject({
      // where it was started stays
      network: '193.0.6.0/24',
      location: { countryCode: 'NL' },
      places: [
        { network: '8.8.8.0/24', location: { countryCode: 'US' }, firstSeenAt: moved, lastSeenAt: moved },
        { network: '193.0.6.0/24', firstSeenAt: started, lastSeenAt: started },
      ],
    })
    use.app.clock.advance(MINUTE)
    expect((await seenFrom(person, from('193.0.6.7'))).places).toEqual(abroad.places)
    use.app.clock.advance(HOUR)
    expect(await seenFrom(person, from('193.0.6.7'))).toMatchObject({
      places: [
        { network: '193.0.6.0/24', firstSeenAt: started, lastSeenAt: use.app.clock.now().toISOString() },
        { network: '8.8.8.0/24', firstSeenAt: moved, lastSeenAt: moved },
      ],
    })
  })

  it('of those the latest twenty are kept, and then one more a minute', async () => {
    const person = await personFrom(use, from('20.0.0.1'))
    for (let count = 1; count < 20; count++) await seenFrom(person, from(`20.0.${count}.1`))
    const networks = Array.from({ length: 20 }, (_, index) => `20.0.${19 - index}.0/24`)
    expect(networksOf(await seenFrom(person, from('20.0.20.1')))).toEqual(networks)
    use.app.clock.advance(MINUTE)
    expect(networksOf(await seenFrom(person, from('20.0.21.1')))).toEqual([
      '20.0.21.0/24',
      ...networks.slice(0, -1),
    ])
  })

  it('requests that come together from many places leave each of them', async () => {
    const person = await personFrom(use, from('20.1.0.1'))
    const addresses = Array.from({ length: 10 }, (_, index) => `20.1.${index}.1`)
    await Promise.all(addresses.map((address) => seenFrom(person, from(address))))
    const seen = networksOf(await seenFrom(person, from('20.1.0.1')))
    expect(seen.toSorted()).toEqual(addresses.map((address) => address.replace(/1$/, '0/24')))
  })

  it('what is open, and what a program does for itself, is seen too', async () => {
    const person = await personFrom(use, from('20.2.0.1'))
    const abort = new AbortController()
    const stream = await fetch(`${use.app.url}/graphql`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'text/event-stream',
        Cookie: person.cookie ?? '',
        ...from('20.2.1.1'),
      },
      body: JSON.stringify({ query: 'subscription { sessionRevoked { reason } }' }),
      signal: abort.signal,
    })
    expect(stream.status).toBe(200)
    // the answer may begin before the subscription has been looked at
    await expect
      .poll(async () => networksOf(await seenFrom(person, from('20.2.0.1'))), { timeout: 10_000 })
      .toEqual(['20.2.1.0/24', '20.2.0.0/24'])
    abort.abort()
  })

  it.each([true, false])(
    'a refresh is seen where it comes from (in the background: %s)',
    async (background) => {
      let address = '20.3.0.1'
      const client = new TokenClient(use.app, {
        fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...from(address) } }),
      })
      await client.signUp(anyEmail())
      const { sessions } = use.app.server.house.accounts
      const look = async () => sessions.view(localId(client.sessionId, 'Session') ?? '')
      const before = await look()
      for (address of ['20.3.1.1', '20.3.1.1', '20.3.2.1', '20.3.1.1'])
        expect(await client.refresh({ background })).toBe('RefreshSessionSuccess')
      const after = await look()
      expect(after?.places.map(({ network }) => network)).toEqual([
        '20.3.2.0/24',
        '20.3.1.0/24',
        '20.3.0.0/24',
      ])
      expect(after?.lastActiveAt).toEqual(before?.lastActiveAt)
      use.app.clock.advance(2 * HOUR)
      await client.refresh({ background })
      // only what the person does is activity, and moves what is known already
      expect((await look())?.places[0]?.network).toBe(background ? '20.3.2.0/24' : '20.3.1.0/24')
    },
  )
})

describeEachDatabase('behind nobody who is trusted', (open) => {
  const use = useApp(open, {
    environment: { CURFEW_TRUSTED_PROXIES: '10.9.8.7', COUNTRY_HEADER: 'CF-IPCountry' },
  })

  it('whoever says where they are is not believed', async () => {
    const told = { ...from('193.0.6.139'), 'CF-IPCountry': 'DE' }
    const person = await personFrom(use, told)
    const seen = await seenFrom(person, { ...from('8.8.8.8'), 'CF-IPCountry': 'US' })
    expect(seen.network).toMatch(/^(127\.0\.0\.0\/24|0:0:0::\/48)$/)
    expect(seen).toMatchObject({ location: null, places: [{ location: null }] })
  })
})

describe.each([
  ['RECORD_NETWORK', { network: null, location: { countryCode: 'NL', city: null } }],
  ['RECORD_PLACE', { network: '193.0.6.0/24', location: null }],
  ['both', null],
])('with %s off', (setting, place) => {
  const use = useApp(() => openTestDatabase('embedded'), {
    environment: {
      CURFEW_TRUSTED_PROXIES: '127.0.0.1,::1',
      ...(setting !== 'RECORD_PLACE' ? { RECORD_NETWORK: 'off' } : {}),
      ...(setting !== 'RECORD_NETWORK' ? { RECORD_PLACE: 'off' } : {}),
    },
  })

  it('neither the database nor the log has it', async () => {
    const person = await personFrom(use, from('193.0.6.139'))
    await seenFrom(person, from('193.0.6.140'))
    await new Browser(use.app).send(
      { query: `mutation { refreshSession(input: { refreshToken: "x" }) { __typename } }` },
      from('193.0.6.139'),
    )
    expect(await seenFrom(person, from('193.0.6.139'))).toMatchObject({
      network: place?.network ?? null,
      location: place?.location ?? null,
      places: place ? [place] : [],
    })
    const client = new TokenClient(use.app, {
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...init?.headers, ...from('193.0.6.139') } }),
    })
    await client.signUp(anyEmail())
    expect(await client.refresh()).toBe('RefreshSessionSuccess')
    const { queries } = use.database.database
    const rows = await queries.select().from(sessions)
    expect(rows.map(({ refreshCountry }) => refreshCountry).filter(Boolean)).toEqual(
      setting === 'RECORD_NETWORK' ? ['NL'] : [],
    )
    const told = (await queries.select().from(events)).map((event) => ({ ...event, id: String(event.id) }))
    expect(JSON.stringify(told)).not.toMatch(/193\.0\.6|(?<![\w-])NL(?![\w-])/)
    const written = JSON.stringify([rows, use.app.logs])
    expect(written.includes('193.0.6')).toBe(setting === 'RECORD_PLACE')
    // as a word of its own: ids and keys may happen to hold these letters
    expect(/(?<![\w-])NL(?![\w-])/.test(written)).toBe(setting === 'RECORD_NETWORK')
  })
})

describe('where no networks are kept', () => {
  const use = useApp(() => openTestDatabase('embedded'), { environment: { RECORD_NETWORK: 'off' } })

  it('the log tells of a proxy that is not trusted, and not where it is: it may be a client', async () => {
    await new Browser(use.app).send({ query: '{ __typename }' }, from('193.0.6.139'))
    const written = JSON.stringify(use.app.logs)
    expect(written).toContain('CURFEW_TRUSTED_PROXIES')
    expect(written).not.toMatch(/127\.0\.0\.0\/24|0:0:0::\/48/)
  })
})

describe("an operator's own data", () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'places-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is what places are looked up in', async () => {
    const path = join(folder, 'cities.mmdb')
    await writeFile(path, placeData({ '127.0.0.0/8': { country: { iso_code: 'DE' }, city: 'Cologne' } }))
    await using database = await openTestDatabase('embedded')
    await using app = await startApp(database, {
      environment: { PLACE_DATABASE: path, CURFEW_TRUSTED_PROXIES: '127.0.0.1,::1' },
    })
    const person = await personFrom({ app, database }, from('127.0.0.9'))
    expect(await seenFrom(person, from('127.0.0.9'))).toMatchObject({
      location: { countryCode: 'DE', city: 'Cologne' },
    })
  })

  it('can be no data at all', async () => {
    await using database = await openTestDatabase('embedded')
    await using app = await startApp(database, {
      environment: { PLACE_DATABASE: 'none', CURFEW_TRUSTED_PROXIES: '127.0.0.1,::1' },
    })
    const person = await personFrom({ app, database }, from('193.0.6.139'))
    expect(await seenFrom(person, from('193.0.6.139'))).toMatchObject({
      network: '193.0.6.0/24',
      location: null,
    })
  })

  it('that cannot be used is said at the start, with the setting that names it', async () => {
    await using database = await openTestDatabase('embedded')
    const path = join(folder, 'missing.mmdb')
    await expect(startApp(database, { environment: { PLACE_DATABASE: path } })).rejects.toThrow(
      `PLACE_DATABASE: "${path}" cannot be used: there is no such file; give a file of countries or cities, or none.`,
    )
  })
})
