import { getIntrospectionQuery } from 'graphql'
import { describe, expect, it } from 'vitest'
import { startApp, TEST_SECRET, type TestApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { expectNoChange, useApp } from '../kit/use-app.ts'

const MUTATION = 'mutation { signOut { __typename } }'

async function post(app: TestApp, body: BodyInit, headers: Record<string, string> = {}) {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  })
  const text = await response.text()
  const { data = null, errors = [] } = text.startsWith('{')
    ? (JSON.parse(text) as { data?: unknown; errors?: { message: string; extensions?: { code?: string } }[] })
    : {}
  return { status: response.status, data, codes: errors.map(({ extensions }) => extensions?.code), errors }
}

const ask = (app: TestApp, query: string, variables: Record<string, unknown> = {}) =>
  post(app, JSON.stringify({ query, variables }))

describeEachDatabase('the API', (open) => {
  const use = useApp(open)

  it.each([
    'text/plain',
    'text/plain; charset=utf-8; x=application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/graphql',
    '',
  ])('takes no body of type %j, which a page can send without asking', async (type) => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const cookie = browser.cookie ?? ''
    const { status, codes } = await post(use.app, JSON.stringify({ query: MUTATION }), {
      'Content-Type': type,
      Cookie: cookie,
    })
    expect([status, codes]).toEqual([415, ['BAD_USER_INPUT']])
    expect(await browser.currentSessionId()).not.toBeNull()
  })

  it('runs no mutation by GET', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const response = await fetch(`${use.app.url}/graphql?query=${encodeURIComponent(MUTATION)}`, {
      headers: { Cookie: browser.cookie ?? '' },
    })
    expect(response.status).toBe(405)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await browser.currentSessionId()).not.toBeNull()
  })

  it('takes no body that is too large, whether it says so or comes in pieces', async () => {
    const large = JSON.stringify({ query: '{ viewer { id } }', variables: { x: 'x'.repeat(100_000) } })
    expect((await post(use.app, large)).status).toBe(413)
    const pieces = new ReadableStream({
      start(controller) {
        for (let at = 0; at < large.length; at += 10_000) {
          controller.enqueue(new TextEncoder().encode(large.slice(at, at + 10_000)))
        }
        controller.close()
      },
    })
    expect((await post(use.app, pieces)).status).toBe(413)
  })

  it('runs no batch', async () => {
    const { status, data } = await post(
      use.app,
      JSON.stringify([{ query: '{ __typename }' }, { query: MUTATION }]),
    )
    expect([status, data]).toEqual([400, null])
  })

  describe('takes no document that asks for too much', () => {
    const nested = (depth: number): string =>
      depth === 0 ? 'id' : `user { sessions(first: 1) { edges { node { ${nested(depth - 1)} } } } }`
    it.each([
      [
        'of more than 15 aliases',
        `{ ${Array.from({ length: 16 }, (_, i) => `a${i}: __typename`).join(' ')} }`,
      ],
      [
        'of aliases in fragments',
        `{ ...F } fragment F on Query { ${Array.from({ length: 16 }, (_, i) => `a${i}: __typename`).join(' ')} }`,
      ],
      ['of more than 20 directives', `{ __typename ${'@include(if: true) '.repeat(21)} }`],
      ['that is too deep', `{ currentSession { ${nested(4)} } }`],
      ['that is too broad', `{ currentSession { ${'id '.repeat(250)} } }`],
      [
        'that costs too much',
        '{ viewer { sessions(first: 100) { edges { node { user { sessions(first: 100) { edges { node { id } } } } } } } } }',
      ],
      ['of too many tokens', `{ ${'__typename '.repeat(2_001)} }`],
    ])('%s', async (_name, query) => {
      const { data, codes } = await ask(use.app, query)
      expect(Object.values(data ?? { viewer: null })).toEqual([null])
      expect(codes).toContain('OPERATION_TOO_COMPLEX')
    })

    it('that doubles with every fragment', async () => {
      const fragments = Array.from(
        { length: 60 },
        (_, i) => `fragment F${i} on Session { replaces { id } ...F${i + 1} ...F${i + 1} }`,
      )
      const { codes } = await ask(
        use.app,
        `{ currentSession { ...F0 } } ${fragments.join(' ')} fragment F60 on Session { id }`,
      )
      expect(codes).toEqual(['OPERATION_TOO_COMPLEX'])
    })

    it('but everything that a page of 100 sessions can show', async () => {
      const browser = new Browser(use.app)
      await browser.signUp(anyEmail())
      const { errors } = await browser.send({
        query: `{ viewer { id email roles createdAt disabledAt sessions(first: 100) { edges { cursor node {
          id state isCurrent createdAt lastActiveAt verifiedAt idleExpiresAt expiresAt endedAt endReason network factors
          device { label kind browser system } replaces { id } } } pageInfo { hasNextPage endCursor } } } }`,
      })
      expect(errors).toBeUndefined()
    })
  })

  describe('checks one credential in an operation', () => {
    const email = anyEmail()
    const input = `input: { email: "${email}", password: "${PASSWORD}" }`
    it.each([
      ['two aliases', `mutation { a: signUp(${input}) { __typename } b: signIn(${input}) { __typename } }`],
      [
        'a field and a fragment',
        `mutation { a: signUp(${input}) { __typename } ...F } fragment F on Mutation { b: signIn(${input}) { __typename } }`,
      ],
      [
        'two fragments',
        `mutation { ...F ...G } fragment F on Mutation { a: signUp(${input}) { __typename } } fragment G on Mutation { b: signIn(${input}) { __typename } }`,
      ],
      [
        'a fragment in a fragment',
        `mutation { ...F } fragment F on Mutation { a: signUp(${input}) { __typename } ...G } fragment G on Mutation { b: signIn(${input}) { __typename } }`,
      ],
      [
        'an inline fragment',
        `mutation { ... { a: signUp(${input}) { __typename } } ... on Mutation { b: signIn(${input}) { __typename } } }`,
      ],
      [
        'one that is left out',
        `mutation { a: signUp(${input}) { __typename } b: signIn(${input}) @include(if: false) { __typename } }`,
      ],
    ])('and runs neither of %s', async (_name, query) => {
      await expectNoChange(use, async () => {
        const { data, codes } = await ask(use.app, query)
        expect([data, codes]).toEqual([null, ['ONE_CREDENTIAL_CHECK_PER_OPERATION']])
      })
    })

    it('and takes a document of two operations, of which one is run', async () => {
      const query = `mutation A { a: signUp(${input}) { __typename } } mutation B { b: signIn(${input}) { __typename } }`
      const { data } = await post(use.app, JSON.stringify({ query, operationName: 'A' }))
      expect(data).toEqual({ a: { __typename: 'SignUpSuccess' } })
    })
  })

  it('repeats no password in what it says of variables that it cannot read', async () => {
    const secret = 'a secret; Expected, found'
    for (const input of [
      { email: 'ada@example.com', password: secret, emal: 'x' },
      { email: 1, password: secret },
      { password: secret },
      { email: 'ada@example.com', password: [secret] },
      { email: 'ada@example.com', password: secret, transport: secret },
      [secret],
      secret,
    ]) {
      const { errors, codes } = await ask(
        use.app,
        'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }',
        { input },
      )
      expect(new Set(codes)).toEqual(new Set(['BAD_USER_INPUT']))
      expect(JSON.stringify(errors)).not.toContain('secret')
      expect(errors[0]?.message).toMatch(/^Variable "\$input" has an invalid value/)
    }
  })

  it('answers while many sign in at once', async () => {
    let over = false
    const all = Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        ask(use.app, 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }', {
          input: { email: `nobody-${index}@example.com`, password: PASSWORD },
        }),
      ),
    ).finally(() => {
      over = true
    })
    expect((await fetch(`${use.app.url}/healthz`)).status).toBe(200)
    expect(over).toBe(false)
    for (const { data, codes } of await all) {
      expect(codes).toEqual([])
      expect(JSON.stringify(data)).toMatch(/InvalidCredentialsError|TooManyAttemptsError/)
    }
  })
})

describeEachDatabase('in production the schema', (open) => {
  const production = {
    environment: { NODE_ENV: 'production', HOST: '127.0.0.1', CURFEW_SECRET: TEST_SECRET },
  }
  const use = useApp(open, production)

  it('cannot be read', async () => {
    for (const query of [
      getIntrospectionQuery(),
      '{ __schema { queryType { name } } }',
      '{ __type(name: "User") { name } }',
      '{ ...F } fragment F on Query { s: __schema { types { name } } }',
    ]) {
      const { data, errors } = await ask(use.app, query)
      expect(data).toBeNull()
      expect(errors.length).toBeGreaterThan(0)
      expect(errors[0]?.message).toMatch(/introspection/i)
    }
    expect((await ask(use.app, '{ __typename }')).data).toEqual({ __typename: 'Query' })
  })

  it('is not suggested bit by bit', async () => {
    for (const query of [
      '{ viewr { id } }',
      '{ viewer { emai } }',
      '{ node(idd: "x") { id } }',
      'mutation { signIn(input: { emal: "x" }) { __typename } }',
      '{ viewer { sessions(state: ACTVE) { edges { cursor } } } }',
      '{ node(id: "x") { ... on Sesion { id } } }',
    ]) {
      const { errors } = await ask(use.app, query)
      expect(errors.length).toBeGreaterThan(0)
      expect(JSON.stringify(errors)).not.toMatch(/did you mean/i)
    }
    const { errors } = await ask(
      use.app,
      'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }',
      {
        input: { emal: 'x', email: 'x', password: 'x' },
      },
    )
    expect(JSON.stringify(errors)).not.toMatch(/did you mean/i)
  })

  it('can be read where the operator allows it', async () => {
    await using app = await startApp(use.database, {
      environment: { ...production.environment, GRAPHQL_INTROSPECTION: 'on' },
    })
    expect((await ask(app, '{ __schema { queryType { name } } }')).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    })
  })

  it('comes with no GraphiQL, which is there in development', async () => {
    const page = (app: TestApp) =>
      fetch(`${app.url}/graphql`, {
        headers: { Accept: 'text/html', 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Site': 'none' },
      })
    const refused = await page(use.app)
    expect(refused.headers.get('content-type') ?? '').not.toMatch(/html/)
    await using development = await startApp(use.database, { environment: { NODE_ENV: 'development' } })
    const served = await page(development)
    expect([served.status, served.headers.get('content-type')]).toEqual([200, expect.stringMatching(/html/)])
    expect(await served.text()).toMatch(/GraphiQL/i)
  })
})
