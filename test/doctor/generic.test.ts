import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { examineGeneric, type GenericEndpoints } from '../../src/doctor/probe/examine-generic.ts'
import { systemClock } from '../../src/kernel/clock.ts'

/** How a small server keeps its sessions. */
interface Habits {
  /** What stands behind the value of the session cookie; null: it sets none. */
  readonly flags: string | null
  /** Whether signing out ends the session on the server. */
  readonly ends: boolean
  /** The claims of the JWT that it gives out; null: it gives out none. */
  readonly jwt?: object | null
  readonly alg?: string
  readonly secret?: string
  /** Where the token stands in its answer. */
  readonly field?: string
}

const GOOD: Habits = { flags: '; Path=/; Secure; HttpOnly; SameSite=Lax', ends: true }
const now = () => Math.floor(systemClock.now().getTime() / 1_000)

interface Shop extends AsyncDisposable {
  readonly url: URL
}

/** Signs in at /login, out at /logout, and says at /me who it is. */
async function openShop(habits: Habits): Promise<Shop> {
  const live = new Set<string>()
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const cookie = /__Host-sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
    const bearer = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1]
    const known = [cookie, bearer].find((each) => each !== undefined && live.has(each))
    if (request.url === '/login' && (await text(request)).includes('hunter2')) {
      const id = randomUUID()
      const token = habits.jwt ? sign(habits) : null
      for (const each of [id, token]) if (each) live.add(each)
      if (habits.flags !== null) response.setHeader('Set-Cookie', `__Host-sid=${id}${habits.flags}`)
      response.end(JSON.stringify({ ok: true, ...(token ? { [habits.field ?? 'token']: token } : {}) }))
    } else if (request.url === '/logout') {
      if (habits.ends && known) live.delete(known)
      if (habits.flags !== null) response.setHeader('Set-Cookie', '__Host-sid=; Max-Age=0; Path=/; Secure')
      response.end()
    } else if (request.url === '/me' && known) {
      response.end(JSON.stringify({ name: 'Ada' }))
    } else {
      response.writeHead(401).end()
    }
  }
  const server = createServer((request, response) => void handle(request, response))
  server.listen(0, 'localhost')
  await once(server, 'listening')
  // a listening TCP server has an address and a port
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://localhost:${port}`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function sign({ jwt, alg = 'HS256', secret = randomUUID() }: Habits): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const body = `${encode({ alg, typ: 'JWT' })}.${encode({ sub: 'ada', ...jwt })}`
  return `${body}.${alg === 'none' ? '' : createHmac('sha256', secret).update(body).digest('base64url')}`
}

const ENDPOINTS: GenericEndpoints = {
  session: '/me',
  signIn: { url: '/login', body: '{"name":"ada","password":"hunter2"}' },
  signOut: { url: '/logout', method: 'POST' },
  credential: {},
}

async function examine(habits: Habits, endpoints: Partial<GenericEndpoints> = {}) {
  await using shop = await openShop(habits)
  const { findings } = await examineGeneric({
    url: shop.url,
    fetch,
    clock: systemClock,
    endpoints: { ...ENDPOINTS, ...endpoints },
  })
  return findings
}

const verdicts = (findings: Awaited<ReturnType<typeof examine>>) =>
  findings.map(({ id, state, severity }) => `${id} ${severity ?? state}`)

const TOKENLESS = [
  'cookie-secure met',
  'cookie-http-only met',
  'cookie-same-site met',
  'cookie-host met',
  'tokens unknown',
]
const BEARER = { flags: null, ends: true } as const

describe('doctor, at a server that is no Curfew', () => {
  it('finds nothing wrong where nothing is', async () => {
    expect(verdicts(await examine(GOOD))).toEqual([...TOKENLESS, 'sign-out-ends met'])
  })

  it('takes a form as well, and a cookie or a token that somebody has', async () => {
    const form = { url: '/login', body: 'name=ada&password=hunter2\n' }
    expect(verdicts(await examine(GOOD, { signIn: form }))).toEqual([...TOKENLESS, 'sign-out-ends met'])
    await using shop = await openShop({ ...GOOD, ends: false })
    const login = await fetch(new URL('/login', shop.url), { method: 'POST', body: 'hunter2' })
    const [cookie = ''] = login.headers.getSetCookie()[0]?.split(';') ?? []
    const { findings } = await examineGeneric({
      url: shop.url,
      fetch,
      clock: systemClock,
      endpoints: { ...ENDPOINTS, signIn: null, credential: { cookie } },
    })
    expect(verdicts(findings)).toEqual(['cookies unknown', 'tokens unknown', 'sign-out-ends unsafe'])
    expect(JSON.stringify(findings)).not.toContain(cookie.split('=')[1])
  })

  it('finds a cookie without flags', async () => {
    expect(verdicts(await examine({ ...GOOD, flags: '' }))).toEqual([
      'cookie-secure unsafe',
      'cookie-http-only unsafe',
      'cookie-same-site doubtful',
      'cookie-host doubtful',
      'tokens unknown',
      'sign-out-ends met',
    ])
  })

  it('finds a sign-out that ends nothing', async () => {
    const findings = await examine({ ...GOOD, ends: false })
    expect(verdicts(findings)).toEqual([...TOKENLESS, 'sign-out-ends unsafe'])
  })

  it.each([
    ['without an end', { jwt: {} }, 'unsafe', 'doubtful'],
    ['for a month', { jwt: { iat: now(), exp: now() + 30 * 86_400 } }, 'unsafe', 'doubtful'],
    ['for a month from now, without iat', { jwt: { exp: now() + 30 * 86_400 } }, 'unsafe', 'doubtful'],
    ['for two hours', { jwt: { iat: now(), exp: now() + 7_200 } }, 'doubtful', 'doubtful'],
    ['for ten minutes', { jwt: { iat: now(), exp: now() + 600 } }, 'met', 'doubtful'],
    ['without a signature', { jwt: { iat: now(), exp: now() + 600 }, alg: 'none' }, 'met', 'unsafe'],
    [
      'under a secret out of a tutorial',
      { jwt: { iat: now(), exp: now() + 600 }, secret: 'secret' },
      'met',
      'unsafe',
    ],
    [
      'that refreshes, for a month',
      { jwt: { iat: now(), exp: now() + 30 * 86_400 }, field: 'refresh_token' },
      'met',
      'doubtful',
    ],
  ] as const)('judges a JWT %s', async (_, habits, lifetime, algorithm) => {
    const findings = await examine({ ...BEARER, ...habits })
    expect(verdicts(findings)).toEqual([
      'cookies unknown',
      `token-lifetime ${lifetime}`,
      `token-algorithm ${algorithm}`,
      'sign-out-ends met',
    ])
    expect(JSON.stringify(findings)).not.toContain('eyJ')
  })

  it('says what it was not given, and what it cannot tell', async () => {
    const bare = await examine(GOOD, { signIn: null, session: null })
    expect(verdicts(bare)).toEqual(['cookies unknown', 'tokens unknown', 'sign-out-ends unknown'])
    expect(bare.at(-1)?.detail).toContain('--session-url')
    const wrong = await examine(GOOD, { session: '/nothing' })
    expect(wrong.at(-1)).toMatchObject({ state: 'unknown' })
    const refused = await examine(GOOD, { signIn: { url: '/login', body: 'wrong' } }).catch(String)
    expect(refused).toBe('ProbeFailure: Signing in was answered with status 401.')
  })
})
