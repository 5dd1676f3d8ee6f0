import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { examineServer } from '../../src/doctor/probe/examine-server.ts'
import { at, textAt } from '../../src/doctor/probe/json.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { openTestDatabase, type TestDatabase } from '../kit/databases.ts'
import { type Answer, type Passing, type Spoiler, spoil } from './proxy.ts'

const COOKIE = '__Host-curfew'

/** Servers that are broken in one way each, and what is to be found of it. A spoiler is made anew for each run: some remember. */
const BROKEN: readonly (readonly [name: string, spoiler: () => Spoiler, findings: readonly string[]])[] = [
  ['sets the cookie without Secure', () => cookie('; Secure', ''), ['cookie-secure unsafe']],
  ['sets the cookie without HttpOnly', () => cookie('; HttpOnly', ''), ['cookie-http-only unsafe']],
  ['sets the cookie without SameSite', () => cookie('; SameSite=Lax', ''), ['cookie-same-site doubtful']],
  ['sets the cookie with SameSite=None', () => cookie('=Lax', '=None'), ['cookie-same-site doubtful']],
  [
    'sets the cookie with a Domain',
    () => cookie('; Path', '; Domain=example.com; Path'),
    ['cookie-host doubtful'],
  ],
  ['sets the cookie on a path', () => cookie('Path=/', 'Path=/graphql'), ['cookie-host doubtful']],
  ['drops security headers', () => header('x-content-type-options', null), ['security-headers doubtful']],
  ['drops the policy of pages', () => header('content-security-policy', null), ['security-headers doubtful']],
  ['lets answers be stored', () => header('cache-control', 'public, max-age=60'), ['cache-headers doubtful']],
  ['lets every page read', () => header('access-control-allow-origin', '*'), ['cors doubtful']],
  [
    'lets every page read as the person',
    () => headers({ 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' }),
    ['cors unsafe'],
  ],
  [
    'reflects the origin',
    () => ({
      onAnswer: ({ headers: own }, passing) => {
        own['access-control-allow-origin'] = passing.headers['origin'] ?? ''
        own['access-control-allow-credentials'] = 'true'
      },
    }),
    ['cors unsafe'],
  ],
  [
    'does not look where requests come from',
    () => ({
      onRequest: ({ headers: own }) => {
        delete own['origin']
        delete own['sec-fetch-site']
        return undefined
      },
    }),
    ['cross-site-fetch-metadata unsafe', 'cross-site-origin unsafe', 'cross-site-socket unsafe'],
  ],
  ['takes any body', () => ({ onRequest: takeForms }), ['form-bodies unsafe']],
  ['takes mutations by GET', () => ({ onRequest: takeGet }), ['get-mutation unsafe']],
  [
    'checks several passwords in one operation',
    () =>
      answering((passing) => /a: signIn[\s\S]*b: signIn/.test(passing.body), {
        a: { __typename: 'InvalidCredentialsError' },
        b: { __typename: 'InvalidCredentialsError' },
      }),
    ['credential-checks unsafe'],
  ],
  ['runs batches', runBatches, ['operation-limits doubtful']],
  [
    'adopts the cookie that came along',
    adoptCookies,
    ['session-fixation unsafe', 'session-token unsafe', 'sign-in-replaces unsafe'],
  ],
  ['keeps the old session at a re-verification', keepOldSessions, ['reverification-replaces unsafe']],
  [
    'ends sessions without a proof',
    () =>
      answering((passing) => passing.body.includes('RevokeSessionInput'), {
        revokeSession: { __typename: 'RevokeSessionSuccess' },
      }),
    ['proof-needed unsafe'],
  ],
  [
    'ends nothing at a sign-out',
    () =>
      answering((passing) => passing.body.includes('signOut {') && passing.method === 'POST', {
        signOut: { __typename: 'SignOutSuccess' },
      }),
    ['sign-out-clears doubtful', 'sign-out-ends unsafe', 'socket-cut unsafe', 'token-sign-out unsafe'],
  ],
  [
    'gives tokens without an end or a signature',
    unsignedTokens,
    ['access-token-algorithm unsafe', 'access-token-forgery unsafe', 'access-token-lifetime unsafe'],
  ],
  [
    'believes any token',
    () => {
      let genuine = ''
      return {
        onRequest: ({ headers: own }) => {
          const bearer = own['authorization']
          if (bearer === undefined || genuine === '') return
          own['authorization'] = genuine
        },
        onAnswer: ({ body }) => {
          const token = /"accessToken":"([^"]+)"/.exec(body)?.[1]
          if (token !== undefined) genuine = `Bearer ${token}`
        },
      }
    },
    ['access-token-forgery unsafe'],
  ],
  ['rotates for whoever asks, whatever they present', replayTokens, ['refresh-token-reuse unsafe']],
  ['does not rotate', keepRefreshToken, ['refresh-token-reuse unsafe']],
  [
    'refuses a token that is used again, and leaves the session',
    refuseReplays,
    ['refresh-token-reuse unsafe'],
  ],
  [
    'tells who has an account',
    () => ({
      onAnswer: (answer, { body }) => {
        if (body.includes('@curfew.invalid'))
          answer.body = answer.body.replace('is not right', 'is not known')
      },
    }),
    ['account-enumeration unsafe'],
  ],
]

describe('doctor, at a broken server', () => {
  const use: { database?: TestDatabase; app?: TestApp; email: string } = { email: anyEmail() }
  beforeAll(async () => {
    use.database = await openTestDatabase('embedded')
    use.app = await startApp(use.database, { environment: { NODE_ENV: 'production' } })
    await new Browser(use.app).signUp(use.email)
  })
  afterAll(async () => {
    await use.app?.[Symbol.asyncDispose]()
    await use.database?.[Symbol.asyncDispose]()
  })

  const examine = async (spoiler: Spoiler) => {
    if (!use.app) throw new Error('there is no server')
    // each is a run of its own, an hour after the one before: attempts are counted
    use.app.clock.advance(3_600_000)
    await using proxy = await spoil(use.app.url, spoiler)
    const { findings } = await examineServer({
      url: new URL(proxy.url),
      fetch,
      clock: systemClock,
      examinee: { email: use.email, password: PASSWORD },
    })
    return findings.filter(({ state }) => state === 'not-met')
  }

  it('finds nothing behind a proxy that only passes on', async () => {
    expect(await examine({})).toEqual([])
  })

  it.each(BROKEN)('that %s', async (_, spoiler, expected) => {
    const wrong = await examine(spoiler())
    expect(wrong.map(({ id, severity }) => `${id} ${severity}`).toSorted()).toEqual(expected)
    for (const { fix } of wrong) expect(fix).not.toBeNull()
  })
})

function cookie(from: string, to: string): Spoiler {
  return {
    onAnswer: ({ headers: own }) => {
      const set = own['set-cookie']
      if (Array.isArray(set)) own['set-cookie'] = set.map((each) => each.replace(from, to))
    },
  }
}

function header(name: string, value: string | null): Spoiler {
  return {
    onAnswer: ({ headers: own }) => {
      if (value === null) delete own[name]
      else own[name] = value
    },
  }
}

function headers(added: Record<string, string>): Spoiler {
  return { onAnswer: ({ headers: own }) => void Object.assign(own, added) }
}

function answering(matches: (passing: Passing) => boolean, data: object): Spoiler {
  return { onRequest: (passing) => (matches(passing) ? json({ data }) : undefined) }
}

function json(body: unknown): Answer {
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    },
    body: JSON.stringify(body),
  }
}

function takeForms({ headers: own, body }: Passing): undefined {
  if (own['content-type'] === 'text/plain' && body.startsWith('{')) own['content-type'] = 'application/json'
}

function takeGet(passing: Passing): undefined {
  const query = new URL(passing.path, 'http://localhost').searchParams.get('query')
  if (query === null) return
  Object.assign(passing, { method: 'POST', path: '/graphql', body: JSON.stringify({ query }) })
  passing.headers['content-type'] = 'application/json'
}

function runBatches(): Spoiler {
  return {
    onRequest: ({ body }) =>
      body.startsWith('[') ? json([{ data: { a: 1 } }, { data: { a: 1 } }]) : undefined,
  }
}

/** What a client presents, as the server knows it. */
function aliases(): { set: (alias: string, real: string) => void; apply: (passing: Passing) => void } {
  const known = new Map<string, string>()
  return {
    set: (alias, real) => void known.set(alias, real),
    apply: (passing) => {
      for (let real = known.get(cookieOf(passing)); real !== undefined; real = known.get(real))
        passing.headers['cookie'] = real
    },
  }
}

/** The cookie of a sign-in is the one that came along: what it stood for before is forgotten. */
function adoptCookies(): Spoiler {
  const known = aliases()
  const presented = new Map<Passing, string>()
  return {
    onRequest: (passing) => {
      presented.set(passing, cookieOf(passing))
      known.apply(passing)
      return undefined
    },
    onAnswer: ({ headers: own }, passing) => {
      const mine = presented.get(passing) ?? ''
      const [set = ''] = own['set-cookie'] ?? []
      const [real = ''] = String(set).split(';')
      if (!passing.body.includes('SignInInput') || mine === '' || real === `${COOKIE}=`) return
      known.set(mine, real)
      own['set-cookie'] = [String(set).replace(real, mine)]
    },
  }
}

function cookieOf({ headers: own }: Passing): string {
  return String(own['cookie'] ?? '')
}

function keepOldSessions(): Spoiler {
  const known = aliases()
  return {
    onRequest: (passing) => {
      known.apply(passing)
      return undefined
    },
    onAnswer: ({ headers: own }, { body, headers: sent }) => {
      const [set = ''] = own['set-cookie'] ?? []
      const [real = ''] = String(set).split(';')
      if (body.includes('ReverifyInput') && real !== '') known.set(String(sent['cookie'] ?? ''), real)
    },
  }
}

function unsignedTokens(): Spoiler {
  const known = new Map<string, string>()
  return {
    onRequest: ({ headers: own }) => {
      const token = /^Bearer (.*)$/.exec(own.authorization ?? '')?.[1] ?? ''
      // the text alone decides: whoever knows the payload can write it
      const real = known.get(token.split('.')[1] ?? '')
      if (real !== undefined) own.authorization = `Bearer ${real}`
    },
    onAnswer: (answer) => {
      answer.body = answer.body.replace(/"accessToken":"([^"]+)"/, (_all, token: string) => {
        const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
          exp?: number
        }
        delete payload.exp
        const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
        const body = encode(payload)
        known.set(body, token)
        return `"accessToken":"${encode({ alg: 'none', typ: 'at+jwt' })}.${body}."`
      })
    },
  }
}

/** Any old token of a session is as good as its newest. */
function replayTokens(): Spoiler {
  const successors = new Map<string, string>()
  return {
    onRequest: (passing) => {
      const presented = presentedToken(passing)
      if (presented === null) return undefined
      let newest = presented
      for (let next = successors.get(newest); next !== undefined; next = successors.get(newest)) newest = next
      passing.body = passing.body.replace(presented, newest)
      return undefined
    },
    onAnswer: ({ body }, passing) => {
      const given = textAt(JSON.parse(body), 'data.refreshSession.tokens.refreshToken')
      const presented = presentedToken(passing)
      if (given !== null && presented !== null) successors.set(presented, given)
    },
  }
}

/** The token that a client holds stays the same. */
function keepRefreshToken(): Spoiler {
  const { onRequest, onAnswer } = replayTokens()
  return {
    onRequest: (passing) => onRequest?.(passing),
    onAnswer: (answer, passing) => {
      onAnswer?.(answer, passing)
      const given = textAt(JSON.parse(answer.body), 'data.refreshSession.tokens.refreshToken')
      if (given !== null) answer.body = answer.body.replace(given, presentedToken(passing) ?? given)
    },
  }
}

function refuseReplays(): Spoiler {
  const used = new Set<string>()
  return {
    onRequest: (passing) => {
      const presented = presentedToken(passing)
      if (presented === null) return undefined
      if (used.has(presented)) return json({ data: { refreshSession: { __typename: 'InvalidTokenError' } } })
      used.add(presented)
      return undefined
    },
  }
}

function presentedToken({ body }: Passing): string | null {
  if (!body.includes('refreshSession')) return null
  const token = at(JSON.parse(body), 'variables.input.refreshToken')
  return typeof token === 'string' ? token : null
}
