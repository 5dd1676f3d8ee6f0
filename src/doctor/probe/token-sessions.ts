import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto'
import { JWKS_PATH } from '../../protocol/access-tokens.ts'
import { type Finding, met, unknown, unsafe, type Verdict, worstOf } from '../finding.ts'
import { type Account, attempt, find, inTurn, type Probe, type Subject } from './check.ts'
import { sessionOf } from './graphql.ts'
import { at, nameAt, textAt } from './json.ts'
import { type Jwt, judgeAlgorithm, judgeLifetime, readJwt, writeMac, writeUnsigned } from './jwt.ts'
import { refresh, type Started, signIn, signOut, type Tokens } from './sign-in.ts'

const LIFETIME: Subject = {
  id: 'access-token-lifetime',
  clauses: ['ASVS 9.2.1'],
  title: 'Access tokens expire, and soon.',
}
const ALGORITHM: Subject = {
  id: 'access-token-algorithm',
  clauses: ['ASVS 9.1.2'],
  title: 'Access tokens are signed with an algorithm that others cannot sign with.',
}
const CLAIMS: Subject = {
  id: 'access-token-claims',
  clauses: ['ASVS 9.2.2', 'ASVS 9.2.4'],
  title: 'Access tokens say what they are, of whom, and for whom.',
}
const SIGNATURE: Subject = {
  id: 'access-token-keys',
  clauses: ['ASVS 9.1.1', 'ASVS 9.1.3'],
  title: 'Access tokens are signed by a key that the server publishes.',
}
const FORGERY: Subject = {
  id: 'access-token-forgery',
  clauses: ['ASVS 9.1.1', 'ASVS 9.1.2'],
  title: 'Forged access tokens are refused.',
}
const REUSE: Subject = {
  id: 'refresh-token-reuse',
  clauses: ['ASVS 10.4.5'],
  title: 'A refresh token that is used again ends its session.',
}
const SIGN_OUT: Subject = {
  id: 'token-sign-out',
  clauses: ['ASVS 7.4.1', 'NIST 5.1 e'],
  title: 'After a sign-out neither token is worth anything.',
}

type WithTokens = Started & { readonly tokens: Tokens }

/** Looks at access and refresh tokens, if the server gives any out. */
export async function checkTokenSessions(probe: Probe, account: Account): Promise<readonly Finding[]> {
  const started = await signInForTokens(probe, account)
  if ('refusal' in started)
    return [find(LIFETIME, unknown(`transport TOKEN was answered with ${started.refusal}.`))]
  const jwt = readJwt(started.tokens.accessToken)
  if (!jwt) return [find(LIFETIME, unknown('the access token is no JWT.'))]
  const now = probe.clock.now()
  return inTurn([
    () => attempt(LIFETIME, () => Promise.resolve(judgeLifetime(jwt, { now, refreshes: false }))),
    () => attempt(ALGORITHM, () => Promise.resolve(judgeAlgorithm(jwt))),
    () => attempt(CLAIMS, () => Promise.resolve(judgeClaims(jwt))),
    () => checkForgeries(probe, started, jwt),
    () => attempt(SIGN_OUT, () => judgeSignOut(probe, started)),
    () => attempt(REUSE, () => judgeReuse(probe, account)),
  ])
}

async function signInForTokens(probe: Probe, account: Account): Promise<WithTokens | { refusal: string }> {
  const started = await signIn(probe, account, { transport: 'TOKEN' })
  if ('refusal' in started) return started
  const { tokens } = started
  return tokens ? { ...started, tokens } : { refusal: 'a session without tokens' }
}

function judgeClaims({ header, payload }: Jwt): Verdict {
  const missing = ['iss', 'aud', 'sub', 'iat', 'jti'].filter((name) => at(payload, name) === undefined)
  const typ = nameAt(header, 'typ') ?? 'none'
  if (missing.length > 0 || typ !== 'at+jwt')
    return unknown(
      `the typ is ${typ}${missing.length > 0 ? `, without ${missing.join(', ')}` : ''}: a service cannot tell it from another token.`,
    )
  return met(`the typ is ${typ}, with iss, aud, sub, iat and jti.`)
}

async function checkForgeries(probe: Probe, started: WithTokens, jwt: Jwt): Promise<readonly Finding[]> {
  // that there are none is a finding of its own
  const keys = await publishedKeys(probe, jwt).catch(() => [])
  return inTurn([
    () => attempt(SIGNATURE, () => Promise.resolve(judgeSignature(jwt, keys))),
    () => attempt(FORGERY, () => judgeForgeries(probe, started, jwt, keys)),
  ])
}

/** The key set's keys that the token's header names. */
async function publishedKeys({ client }: Probe, { header }: Jwt): Promise<readonly KeyObject[]> {
  const { json } = await client.ask(JWKS_PATH)
  const keys = at(json, 'keys')
  const kid = textAt(header, 'kid')
  return Array.isArray(keys)
    ? keys
        .filter((key: unknown) => kid !== null && at(key, 'kid') === kid)
        .flatMap((key) => readKey(key) ?? [])
    : []
}

function readKey(key: JsonWebKey): KeyObject | null {
  try {
    return createPublicKey({ key, format: 'jwk' })
  } catch {
    return null
  }
}

function judgeSignature({ text, header }: Jwt, keys: readonly KeyObject[]): Verdict {
  const [key] = keys
  if (!key) return unknown(`${JWKS_PATH} does not publish the key that the token names.`)
  return isSignedBy(text, textAt(header, 'alg'), key)
    ? met(`${nameAt(header, 'alg')}, under a key of ${JWKS_PATH}.`)
    : unsafe('the signature is not that of the published key.', `Publish at ${JWKS_PATH} the keys that sign.`)
}

function isSignedBy(text: string, alg: string | null, key: KeyObject): boolean {
  const end = text.lastIndexOf('.')
  const signature = Buffer.from(text.slice(end + 1), 'base64url')
  const digest = alg === 'EdDSA' ? null : 'sha256'
  try {
    return verify(digest, Buffer.from(text.slice(0, end)), { key, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    // a key of another kind than the algorithm's
    return false
  }
}

/** What every verifier has met: no signature, another payload under the signature, and a MAC under the public key. */
async function judgeForgeries(
  { client }: Probe,
  { tokens, sessionId }: WithTokens,
  { header, payload }: Jwt,
  keys: readonly KeyObject[],
): Promise<Verdict> {
  if ((await sessionOf(client, { bearer: tokens.accessToken })) !== sessionId)
    return unknown(
      'the genuine access token is not known, so that there is nothing to tell forged ones from.',
    )
  const [, , signature = ''] = tokens.accessToken.split('.')
  const fields = { ...asObject(payload) }
  const later = { ...fields, exp: Number(fields['exp'] ?? 0) + 60 }
  const [key] = keys
  const forged = {
    'alg none': writeUnsigned({ ...asObject(header), alg: 'none' }, fields),
    'another payload': `${writeUnsigned(asObject(header), later)}${signature}`,
    'no signature': writeUnsigned(asObject(header), fields),
    ...(key
      ? {
          'a MAC under the public key': writeMac(
            asObject(header),
            fields,
            key.export({ type: 'spki', format: 'pem' }).toString(),
          ),
        }
      : {}),
  }
  const taken: string[] = []
  for (const [name, token] of Object.entries(forged))
    if ((await sessionOf(client, { bearer: token })) !== null) taken.push(name)
  return taken.length === 0
    ? met(`${Object.keys(forged).join(', ')}: refused.`)
    : unsafe(
        `${taken.join(', ')}: accepted; anybody can be anybody.`,
        'Verify each token, by an algorithm of a list, under keys of your own.',
      )
}

async function judgeSignOut(probe: Probe, { credential, tokens }: WithTokens): Promise<Verdict> {
  await signOut(probe, credential)
  const verdicts: Verdict[] = []
  if ((await sessionOf(probe.client, credential)) !== null)
    verdicts.push(
      unsafe(
        'the access token is signed in still.',
        'Look the session of a token up at each request, or make tokens last for minutes and follow the revocations.',
      ),
    )
  else probe.started.delete(credential)
  if (!('refusal' in (await refresh(probe, tokens.refreshToken))))
    verdicts.push(
      unsafe(
        'the refresh token gave new tokens: the session came back.',
        'End the refresh tokens with their session.',
      ),
    )
  return worstOf(verdicts) ?? met('both are refused by the next request.')
}

/**
 * Rotates twice and presents the first token. It is older than the one that may be asked for again, so that no rule for retries
 * covers it, however little time has passed (RFC 9700 §4.14.2).
 */
async function judgeReuse(probe: Probe, account: Account): Promise<Verdict> {
  const started = await signInForTokens(probe, account)
  if ('refusal' in started) return unknown(`signing in again was answered with ${started.refusal}.`)
  const first = started.tokens.refreshToken
  const second = await refresh(probe, first)
  if ('refusal' in second) return unknown(`the first refresh was answered with ${second.refusal}.`)
  if (!second.tokens) return unknown('a refresh gave no tokens.')
  if (second.tokens.refreshToken === first)
    return unsafe(
      'refresh tokens don’t rotate: whoever copies one stays signed in.',
      'Rotate refresh tokens at each use.',
    )
  const third = await refresh(probe, second.tokens.refreshToken)
  if ('refusal' in third) return unknown(`the second refresh was answered with ${third.refusal}.`)
  if (!third.tokens) return unknown('a refresh gave no tokens.')
  const again = await refresh(probe, first)
  if (!('refusal' in again))
    return unsafe(
      'a token from two rotations ago gave new ones.',
      'Refuse refresh tokens that were used, and end their session.',
    )
  const goesOn =
    (await sessionOf(probe.client, third.credential)) !== null ||
    !('refusal' in (await refresh(probe, third.tokens.refreshToken)))
  return goesOn
    ? unsafe(
        'it was refused, and the session goes on: whichever of the two is the thief stays signed in.',
        'End the session when a refresh token is used again.',
      )
    : met('presented again two rotations later, it ended the session and its newest tokens.')
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
