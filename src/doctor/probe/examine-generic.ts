import type { Clock } from '../../kernel/clock.ts'
import { doubtful, type Finding, met, unknown, unsafe, type Verdict } from '../finding.ts'
import type { Report } from '../report.ts'
import { attempt, find, type Subject } from './check.ts'
import { type Fetch, type ProbeAnswer, ProbeClient, ProbeFailure } from './client.ts'
import { isCleared, readSetCookie, type SetCookie } from './cookie.ts'
import { checkCookieFlags } from './cookie-flags.ts'
import { type Credential, presenting } from './graphql.ts'
import { refuseToSendInClear } from './in-clear.ts'
import { textAt } from './json.ts'
import { findJwts, type Jwt, judgeAlgorithm, judgeLifetime } from './jwt.ts'

/** How to sign in and out of a server that nobody has told us about. */
export interface GenericEndpoints {
  /** Says who is signed in; answers differently without a session. Null: that is not looked at. */
  readonly session: string | null
  readonly signIn: { readonly url: string; readonly body: string } | null
  readonly signOut: { readonly url: string; readonly method: string } | null
  /** What a browser or program of somebody who is signed in sends. */
  readonly credential: Credential
}

const SIGN_OUT: Subject = {
  id: 'sign-out-ends',
  clauses: ['ASVS 7.4.1', 'NIST 5.1 e'],
  title: 'The request after a sign-out is refused.',
}
const COOKIES: Subject = {
  id: 'cookies',
  clauses: ['ASVS 3.3.1', 'ASVS 3.3.4'],
  title: 'How session cookies are set.',
}
const TOKENS: Subject = {
  id: 'tokens',
  clauses: ['ASVS 9.1.2', 'ASVS 9.2.1'],
  title: 'How self-contained tokens are signed, and how long they last.',
}

/**
 * Examines how a server of any kind keeps sessions: its cookies, its JWTs, and whether signing out ends anything.
 * @throws ProbeFailure if nothing answers there
 */
export async function examineGeneric(parts: {
  url: URL
  fetch: Fetch
  clock: Clock
  endpoints: GenericEndpoints
  signal?: AbortSignal
}): Promise<Report> {
  const { url, fetch, clock, endpoints, signal } = parts
  if (endpoints.signIn || Object.keys(endpoints.credential).length > 0) refuseToSendInClear(url)
  const client = new ProbeClient({ base: url, fetch, clock, signal: signal ?? null })
  const started = endpoints.signIn ? await signIn(client, endpoints.signIn) : null
  const cookies = (started?.setCookies ?? [])
    .map(readSetCookie)
    .filter((each) => !isCleared(each, clock.now()))
  const credential = { ...credentialOf(cookies, started), ...endpoints.credential }
  const jwts = findJwts(
    [started?.text, ...cookies.map(({ value }) => value), credential.cookie, credential.bearer].join(' '),
  )
  return {
    target: url.origin,
    findings: [
      ...checkCookies(cookies, endpoints),
      ...checkTokens(jwts, started, clock.now()),
      await attempt(SIGN_OUT, () => judgeSignOut(client, endpoints, credential)),
    ],
  }
}

async function signIn(
  client: ProbeClient,
  { url, body }: { url: string; body: string },
): Promise<ProbeAnswer> {
  const json = /^\s*[{[]/.test(body)
  const answer = await client.ask(url, {
    method: 'POST',
    headers: { 'Content-Type': json ? 'application/json' : 'application/x-www-form-urlencoded' },
    // the end of the last line of a file is no part of a form's last field
    body: json ? body : body.trim(),
  })
  if (answer.status >= 400) throw new ProbeFailure(`Signing in was answered with status ${answer.status}.`)
  return answer
}

/** What a client would send from now on: the cookies, or else the token out of the body. */
function credentialOf(cookies: readonly SetCookie[], answer: ProbeAnswer | null): Credential {
  if (cookies.length > 0) return { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') }
  const named = ['access_token', 'accessToken', 'token', 'id_token', 'jwt']
    .map((name) => textAt(answer?.json, name))
    .find((text) => text !== null)
  const bearer = named ?? findJwts(answer?.text ?? '')[0]?.text
  return bearer === undefined ? {} : { bearer }
}

function checkCookies(cookies: readonly SetCookie[], { signIn }: GenericEndpoints): readonly Finding[] {
  if (cookies.length > 0) return checkCookieFlags(cookies)
  return [
    find(
      COOKIES,
      signIn
        ? unknown('signing in set none.')
        : unknown('that takes a sign-in.', 'Give --sign-in-url and --sign-in-body-file.'),
    ),
  ]
}

function checkTokens(jwts: readonly Jwt[], answer: ProbeAnswer | null, now: Date): readonly Finding[] {
  if (jwts.length === 0) return [find(TOKENS, unknown('there is no JWT in what was given or set.'))]
  return jwts.flatMap((jwt, index) => {
    const which = jwts.length === 1 ? '' : ` (${index + 1} of ${jwts.length})`
    const refreshes = isRefreshToken(jwt, answer)
    return [
      find(
        { id: 'token-lifetime', clauses: ['ASVS 9.2.1'], title: `Tokens expire, and soon${which}.` },
        judgeLifetime(jwt, { now, refreshes }),
      ),
      find(
        {
          id: 'token-algorithm',
          clauses: ['ASVS 9.1.1', 'ASVS 9.1.2'],
          title: `Tokens are signed so that others cannot write them${which}.`,
        },
        judgeAlgorithm(jwt),
      ),
    ]
  })
}

function isRefreshToken({ text, header, payload }: Jwt, answer: ProbeAnswer | null): boolean {
  const named = [textAt(answer?.json, 'refresh_token'), textAt(answer?.json, 'refreshToken')]
  const uses = [
    textAt(header, 'typ'),
    textAt(payload, 'typ'),
    textAt(payload, 'token_use'),
    textAt(payload, 'type'),
  ]
  return named.includes(text) || uses.some((use) => /refresh/i.test(use ?? ''))
}

async function judgeSignOut(
  client: ProbeClient,
  { session, signOut }: GenericEndpoints,
  credential: Credential,
): Promise<Verdict> {
  const missing = [
    ...(session === null ? ['--session-url'] : []),
    ...(signOut === null ? ['--sign-out-url'] : []),
    ...(Object.keys(credential).length === 0 ? ['a sign-in, a cookie or a token'] : []),
  ]
  if (session === null || signOut === null || missing.length > 0)
    return unknown(`that takes ${missing.join(' and ')}.`, 'curfew doctor --help explains them.')
  const whoAmI = (presented: Credential): Promise<ProbeAnswer> =>
    client.ask(session, { headers: { Accept: 'application/json', ...presenting(presented) } })
  const stranger = await whoAmI({})
  const person = await whoAmI(credential)
  if (isSame(person, stranger))
    return unknown(
      `${session} answers the same (${person.status}) with the session and without: the session may not be live, or the address not be the right one.`,
    )
  const answer = await client.ask(signOut.url, { method: signOut.method, headers: presenting(credential) })
  const after = await whoAmI(credential)
  if (isSame(after, stranger)) return met('the old credential is answered as that of a stranger.')
  const accepted = `with the old credential ${session} answers ${after.status}, and a stranger gets ${stranger.status}`
  if (answer.status >= 400)
    return unknown(`${accepted}; but signing out itself was answered with ${answer.status}.`)
  return isSame(after, person)
    ? unsafe(
        `${accepted}: signing out ended nothing but the cookie in one browser.`,
        'End the session on the server, and look it up at each request.',
      )
    : doubtful(
        `${accepted}; the answer has changed, and is not that of a stranger.`,
        'See what it still tells, and end the session on the server.',
      )
}

/** Bodies of errors hold times and ids; those of successes say who it is. */
function isSame(one: ProbeAnswer, other: ProbeAnswer): boolean {
  return one.status === other.status && (one.status >= 300 || one.text === other.text)
}
