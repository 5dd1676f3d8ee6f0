import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase, openTestDatabase, type TestDatabase } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'

describe('GraphQL over HTTP, by the audits of graphql-http', () => {
  let database: TestDatabase
  let app: TestApp
  beforeAll(async () => {
    database = await openTestDatabase('embedded')
    app = await startApp(database)
  })
  afterAll(async () => {
    await app[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  for (const audit of serverAudits({ url: () => `${app.url}/graphql` })) {
    it(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn()
      const body = 'response' in result ? await result.response.clone().text() : ''
      expect(result.status, `${'reason' in result ? result.reason : ''} ${body}`).toBe('ok')
    })
  }
})

describeEachDatabase('the HTTP server', (open) => {
  const use = useApp(open)
  const get = (path: string, init?: RequestInit) => fetch(`${use.app.url}${path}`, init)
  const viewer = (init: RequestInit = {}) =>
    get('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"query":"{ viewer { id } }"}',
      ...init,
    })

  it('does nothing whose answer could not be read', async () => {
    const email = anyEmail()
    const body = JSON.stringify({
      query: `mutation { signUp(input: { email: "${email}", password: "${PASSWORD}" }) { __typename } }`,
    })
    const ask = (Accept: string) => viewer({ headers: { 'Content-Type': 'application/json', Accept }, body })
    for (const Accept of [
      'image/png',
      'text/html',
      'application/json; charset=latin1',
      'application/jsonp',
    ]) {
      const response = await ask(Accept)
      expect(response.status, Accept).toBe(406)
      expect(response.headers.getSetCookie()).toEqual([])
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    }
    // so the address is still free
    expect(await (await ask('image/png, Application/JSON;q=0.5;charset=UTF-8')).json()).toEqual({
      data: { signUp: { __typename: 'SignUpSuccess' } },
    })
    for (const Accept of [
      '',
      '*/*',
      'application/*',
      'text/event-stream',
      'application/graphql-response+json',
    ])
      expect((await ask(Accept)).status, Accept).toBe(200)
  })

  it('says that it is healthy and ready', async () => {
    for (const path of ['/healthz', '/readyz', '/readyz?verbose=1']) {
      const response = await get(path)
      expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }])
      expect((await get(path, { method: 'HEAD' })).status).toBe(200)
    }
  })

  it('sends security headers with everything, and lets nothing of the API be stored', async () => {
    for (const response of [
      await get('/'),
      await get('/healthz'),
      await get('/nothing'),
      await viewer(),
      await viewer({ headers: { 'Content-Type': 'text/plain' } }),
      await viewer({ body: 'not JSON' }),
    ]) {
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('referrer-policy')).toBe('no-referrer')
      expect(response.headers.get('x-frame-options')).toBe('DENY')
      const policy = response.headers.get('content-security-policy')
      expect(policy).toMatch(/(object|default)-src 'none';.* base-uri 'none'; frame-ancestors 'none'/)
      expect(response.headers.get('x-powered-by')).toBeNull()
      if (response.url.endsWith('/graphql')) expect(response.headers.get('cache-control')).toBe('no-store')
    }
  })

  it.each(['/nothing', '/graphql/', '/graphqlx', '/GRAPHQL', '/.env', '/healthz/x', '//graphql'])(
    'has nothing at %s',
    async (path) => {
      expect((await get(path)).status).toBe(404)
    },
  )

  it('only reads where there is something to read', async () => {
    for (const path of ['/', '/healthz', '/readyz']) {
      expect((await get(path, { method: 'POST' })).status).toBe(404)
    }
  })
})

describeEachDatabase('a node whose database is gone', (open) => {
  it('is healthy and not ready, and tells clients that, or no more than a reference', async () => {
    const database = await open()
    await using app = await startApp(database)
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200)
    await database[Symbol.asyncDispose]()
    const ready = await fetch(`${app.url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'the database cannot be reached' }])
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200)
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }',
        variables: { input: { email: 'secret-person@example.com', password: 'secret horse battery' } },
      }),
    })
    const { errors } = (await response.json()) as {
      errors: { message: string; extensions: { code: string; reference?: string } }[]
    }
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject(
      database.postgres
        ? {
            message: expect.stringMatching(/^The database cannot be reached/),
            extensions: { code: 'SERVER_BUSY' },
          }
        : {
            message: expect.stringMatching(/^Something went wrong on our side/),
            extensions: { code: 'INTERNAL_SERVER_ERROR' },
          },
    )
    const { code: _, reference, ...more } = errors[0]?.extensions ?? {}
    expect(more).toEqual({})
    // an outage is in the log once, and not for each request
    if (reference) expect(app.logs.filter((line) => line.includes(reference))).toHaveLength(1)
    expect(app.logs.join()).not.toMatch(/secret-person|secret horse/)
  })
})
