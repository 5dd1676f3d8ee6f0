import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessions } from '../../src/database/tables.ts'
import { localId } from '../../src/graphql/global-ids.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { databaseKinds, openTestDatabase, type TestDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { TokenClient } from '../kit/token-client.ts'

const HOUR = 60 * 60_000 // ms
const READ = '{ currentSession { id lastActiveAt idleExpiresAt places { lastSeenAt } } }'
const BACKGROUND = { 'Curfew-Background': '?1' }

interface Read {
  readonly id: string
  readonly lastActiveAt: string
  readonly idleExpiresAt: string
  readonly places: readonly { readonly lastSeenAt: string }[]
}

const settings = databaseKinds().flatMap((kind) =>
  ['none', 'memory'].map((cache) => ({ kind, cache, title: `${kind}, cache: ${cache}` })),
)

describe.each(settings)('a request that no person is behind ($title)', ({ kind, cache }) => {
  const clock = new FrozenClock()
  let database: TestDatabase
  let app: TestApp
  beforeAll(async () => {
    database = await openTestDatabase(kind)
    app = await startApp(database, { clock, environment: { SESSION_CACHE: cache } })
  })
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]()
    await database?.[Symbol.asyncDispose]()
  })

  async function signedUp(): Promise<(headers?: Record<string, string>) => Promise<Read>> {
    const browser = new Browser(app)
    await browser.signUp(anyEmail())
    return async (headers = {}) =>
      (await browser.send<{ currentSession: Read }>({ query: READ }, headers)).data.currentSession
  }

  it('is answered, and the session counts as idle all the same', async () => {
    const read = await signedUp()
    const before = await read()
    clock.advance(2 * HOUR)
    expect(await read(BACKGROUND)).toEqual(before)
    clock.advance(2 * HOUR)
    expect(await read(BACKGROUND)).toEqual(before)
    // what it left behind, in the database and in the cache, is what the next request finds
    const touched = await read()
    expect(Date.parse(touched.lastActiveAt) - Date.parse(before.lastActiveAt)).toBe(4 * HOUR)
    expect(Date.parse(touched.idleExpiresAt) - Date.parse(before.idleExpiresAt)).toBe(4 * HOUR)
    expect(touched.places).not.toEqual(before.places)
  })

  it('does not keep a session from its idle limit', async () => {
    const read = await signedUp()
    for (let day = 0; day < 6; day++) {
      clock.advance(24 * HOUR)
      expect(await read(BACKGROUND)).not.toBeNull()
    }
    clock.advance(24 * HOUR)
    expect(await read(BACKGROUND)).toBeNull()
  })

  it.each(['?0', '1', 'true', '?1, ?1', ''])('says so by a boolean, and not by "%s"', async (value) => {
    const read = await signedUp()
    const before = await read()
    clock.advance(2 * HOUR)
    expect((await read({ 'Curfew-Background': value })).lastActiveAt).not.toBe(before.lastActiveAt)
  })

  it('may be a refresh, whose input does not say so', async () => {
    const client = new TokenClient(app)
    await client.signUp(anyEmail())
    const { queries } = database.database
    const kept = async () =>
      (
        await queries
          .select()
          .from(sessions)
          .where(eq(sessions.id, localId(client.sessionId, 'Session') ?? ''))
      )[0]
    const before = await kept()
    clock.advance(2 * HOUR)
    const refresh = (headers: Record<string, string>) =>
      client.send<{ refreshSession: { tokens: { refreshToken: string } } }>(
        `mutation ($refreshToken: String!) { refreshSession(input: { refreshToken: $refreshToken }) {
          ... on RefreshSessionSuccess { tokens { refreshToken } } } }`,
        { refreshToken: client.held.refreshToken },
        headers,
      )
    const { data } = await refresh(BACKGROUND)
    expect(data.refreshSession.tokens.refreshToken).toBeDefined()
    expect((await kept())?.lastActiveAt).toEqual(before?.lastActiveAt)
    await refresh({})
    expect((await kept())?.lastActiveAt).not.toEqual(before?.lastActiveAt)
  })
})

describe('a page of another origin', () => {
  it('may say so too', async () => {
    await using database = await openTestDatabase('embedded')
    const origin = 'https://app.example'
    await using app = await startApp(database, { environment: { CURFEW_ORIGINS: origin } })
    const answer = await fetch(`${app.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type,curfew-background',
      },
    })
    expect(answer.headers.get('Access-Control-Allow-Headers')?.toLowerCase()).toContain('curfew-background')
  })
})
