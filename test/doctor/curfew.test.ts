import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { sessions, users } from '../../src/database/tables.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { type Fetch, ProbeFailure } from '../../src/doctor/probe/client.ts'
import { type Examinee, examineServer, isCurfew } from '../../src/doctor/probe/examine-server.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase, openTestDatabase } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'

const examine = (url: string, examinee: Examinee, send: Fetch = fetch) =>
  examineServer({ url: new URL(url), fetch: send, clock: systemClock, examinee })

const ids = (findings: readonly Finding[]) => findings.map(({ id }) => id)

/** What takes an account to be looked at. */
const SESSION_CHECKS = [
  'cookie-secure',
  'cookie-http-only',
  'cookie-same-site',
  'cookie-host',
  'session-fixation',
  'session-limits',
  'session-token',
  'sign-in-replaces',
  'reverification-replaces',
  'proof-needed',
  'cross-site-socket',
  'sign-out-ends',
  'sign-out-clears',
  'socket-cut',
  'access-token-lifetime',
  'access-token-algorithm',
  'access-token-claims',
  'access-token-keys',
  'access-token-forgery',
  'token-sign-out',
  'refresh-token-reuse',
  'account-enumeration',
]

/** What can be looked at by anybody. */
const PAGE_CHECKS = [
  'introspection',
  'graphiql',
  'operation-limits',
  'credential-checks',
  'tls',
  'security-headers',
  'cache-headers',
  'cors',
  'cross-site-origin',
  'cross-site-fetch-metadata',
  'form-bodies',
  'get-mutation',
]

describeEachDatabase('doctor, at a running server', (open) => {
  const use = useApp(open, { environment: { NODE_ENV: 'production' } })

  it('finds nothing unsafe about a server as it comes', async () => {
    const email = anyEmail()
    await new Browser(use.app).signUp(email)
    const { findings } = await examine(use.app.url, { email, password: PASSWORD })
    const other = findings.filter(({ state }) => state !== 'met')
    // plain HTTP on this machine
    expect(other.map(({ id, state, detail }) => `${id} ${state}: ${detail}`)).toEqual([
      'tls operator: Plain HTTP, on this machine.',
    ])
    expect(ids(findings).toSorted()).toEqual([...PAGE_CHECKS, ...SESSION_CHECKS].toSorted())
  })

  it('leaves no session behind, and spares those that are not its own', async () => {
    const email = anyEmail()
    const laptop = new Browser(use.app)
    await laptop.signUp(email)
    const own = await laptop.currentSessionId()
    await examine(use.app.url, { email, password: PASSWORD })
    expect(await laptop.currentSessionId()).toBe(own)
    const { queries } = use.database.database
    const [user] = await queries.select().from(users).where(eq(users.email, email))
    const rows = await queries
      .select()
      .from(sessions)
      .where(eq(sessions.userId, user?.id ?? ''))
    expect(rows.length).toBeGreaterThan(5)
    expect(rows.filter(({ endedAt }) => endedAt === null)).toHaveLength(1)
  })

  it('makes an account of its own where it may, and deletes it', async () => {
    const { findings } = await examine(use.app.url, 'sign-up')
    expect(ids(findings).toSorted()).toEqual([...PAGE_CHECKS, ...SESSION_CHECKS, 'clean-up'].toSorted())
    expect(findings.find(({ id }) => id === 'clean-up')).toMatchObject({ state: 'met' })
    const rows = await use.database.database.queries.select().from(users)
    expect(rows.filter(({ email }) => email.endsWith('@curfew.invalid'))).toEqual([])
  })

  it('says without an account what it could not look at', async () => {
    const { findings } = await examine(use.app.url, null)
    expect(ids(findings).toSorted()).toEqual([...PAGE_CHECKS, 'sessions'].toSorted())
    expect(findings.find(({ id }) => id === 'sessions')).toMatchObject({
      state: 'unknown',
      fix: expect.stringContaining('--email'),
    })
  })

  it('says in one sentence that it was not let in, and tells no password', async () => {
    const password = randomUUID()
    const failure = await examine(use.app.url, { email: anyEmail(), password }).catch(
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(ProbeFailure)
    expect(String(failure)).toContain('InvalidCredentialsError')
    expect(String(failure)).not.toContain(password)
  })

  it('tells no secret of what it sees', async () => {
    const email = anyEmail()
    await new Browser(use.app).signUp(email)
    const report = JSON.stringify(await examine(use.app.url, { email, password: PASSWORD }))
    expect(report).not.toMatch(/cf[srv]_[\w-]{8}|eyJ|@example\.com/)
    expect(report).not.toContain(PASSWORD)
  })

  it.each([1, 5, 12, 20, 30, 45])(
    'leaves nothing behind when it is interrupted after %i requests',
    async (most) => {
      const interruption = new AbortController()
      let made = 0
      const counting: Fetch = (url, init) => {
        made += 1
        if (made === most) interruption.abort()
        return fetch(url, init)
      }
      const examination = examineServer({
        url: new URL(use.app.url),
        fetch: counting,
        clock: systemClock,
        examinee: 'sign-up',
        signal: interruption.signal,
      })
      const ended = await examination.then(
        ({ findings }) => findings.map(({ detail }) => detail).join(' '),
        (error: unknown) => String(error),
      )
      expect(ended).toContain('It was interrupted.')
      const { queries } = use.database.database
      const people = await queries.select().from(users)
      expect(people.filter(({ email }) => email.endsWith('@curfew.invalid'))).toEqual([])
      const rows = await queries.select().from(sessions)
      const emails = new Map(people.map(({ id, email }) => [id, email]))
      expect(rows.filter(({ endedAt, userId }) => endedAt === null && !emails.get(userId))).toEqual([])
    },
  )

  it('knows a Curfew from other servers', async () => {
    const parts = { fetch, clock: systemClock }
    expect(await isCurfew({ ...parts, url: new URL(use.app.url) })).toBe(true)
    const echo: Fetch = () => Promise.resolve(Response.json({ data: { hello: 'world' } }))
    expect(await isCurfew({ ...parts, url: new URL(use.app.url), fetch: echo })).toBe(false)
    const nobody = await isCurfew({ ...parts, url: new URL('http://localhost:64999') }).catch(
      (error: unknown) => error,
    )
    expect(String(nobody)).toBe('ProbeFailure: http://localhost:64999 does not answer (ECONNREFUSED).')
  })
})

it('names what a development server shows to others than this machine', async () => {
  await using database = await openTestDatabase('embedded')
  await using app = await startApp(database)
  // as if the name led there
  const elsewhere: Fetch = (url, init) => fetch(url.replace('http://auth.example.com', app.url), init)
  const { findings } = await examine('http://auth.example.com', null, elsewhere)
  const wrong = findings.filter(({ state }) => state === 'not-met')
  expect(wrong.map(({ id, severity }) => `${id} ${severity}`)).toEqual([
    'introspection doubtful',
    'graphiql doubtful',
    'tls unsafe',
  ])
})

it('sends no password where others can read it', async () => {
  let asked = 0
  const counting: Fetch = () => {
    asked += 1
    return Promise.resolve(Response.json({}))
  }
  const account = { email: 'ada@example.com', password: PASSWORD }
  const refusal = await examine('http://auth.example.com', account, counting).catch(String)
  expect(refusal).toContain('http://auth.example.com is not encrypted')
  expect(asked).toBe(0)
})

it('repeats nothing that a server says of what it was sent, and nothing that a terminal obeys', async () => {
  const parrot: Fetch = (_url, init) =>
    Promise.resolve(
      Response.json(
        {
          errors: [{ message: `bad: ${init.body}`, extensions: { code: `bad: ${init.body}` } }],
          data: { signIn: { __typename: `${init.body}` } },
        },
        { headers: { 'Cache-Control': 'public\u00a0\u009b31m' } },
      ),
    )
  const refusal = await examine(
    'http://localhost:1',
    { email: 'ada@example.com', password: PASSWORD },
    parrot,
  ).catch(String)
  expect(refusal).toBe('ProbeFailure: Signing in was answered with an error.')
  const { findings } = await examine('http://localhost:1', null, parrot)
  expect(findings.find(({ id }) => id === 'cache-headers')?.detail).toContain('public')
  for (const { detail } of findings) expect(detail).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})

it('asks for HSTS where there is TLS', async () => {
  await using database = await openTestDatabase('embedded')
  await using app = await startApp(database, { environment: { NODE_ENV: 'production' } })
  const behindTls =
    (policy: string | null): Fetch =>
    async (url, init) => {
      const response = await fetch(url.replace('https://auth.example.com', app.url), init)
      const headers = new Headers(response.headers)
      if (policy !== null) headers.set('Strict-Transport-Security', policy)
      return new Response(response.body, { status: response.status, headers })
    }
  for (const [policy, verdict] of [
    ['max-age=31536000; includeSubDomains', 'met'],
    ['max-age=300', 'not-met'],
    [null, 'not-met'],
  ] as const) {
    const { findings } = await examine('https://auth.example.com', null, behindTls(policy))
    expect(findings.filter(({ state }) => state === 'not-met').map(({ id }) => id)).toEqual(
      verdict === 'met' ? [] : ['tls'],
    )
    expect(findings.find(({ id }) => id === 'tls')).toMatchObject({ state: verdict })
  }
})

it('asks no more than so often, whatever the server answers', async () => {
  let asked = 0
  const liar: Fetch = () => {
    asked += 1
    return Promise.resolve(
      Response.json({ data: { signIn: { session: { id: 'x' } }, signUp: { session: { id: 'x' } } } }),
    )
  }
  await examine('http://localhost:1', 'sign-up', liar)
  expect(asked).toBeLessThanOrEqual(130)
})
