import type { Account, Probe } from './check.ts'
import { readSetCookie, type SetCookie } from './cookie.ts'
import { type Credential, type GraphqlAnswer, operate } from './graphql.ts'
import { at, nameAt, textAt } from './json.ts'

/** A session that the probe has started. */
export interface Started {
  readonly credential: Credential
  readonly sessionId: string
  /** What was set with it. */
  readonly cookies: readonly SetCookie[]
  readonly answer: GraphqlAnswer
  /** Null if the session is carried by a cookie. */
  readonly tokens: Tokens | null
}

/** A pair of tokens. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

/** Why there is no session. */
export interface NotStarted {
  /** The name of the refusal, or the code of the error. */
  readonly refusal: string
}

const SESSION = 'session { id createdAt lastActiveAt idleExpiresAt expiresAt }'
const TOKENS = 'tokens { accessToken refreshToken }'
const SUCCESS = `${SESSION} ${TOKENS}`

/** Signs in. What the request presents is what a browser would have sent along. */
export async function signIn(
  probe: Probe,
  account: Account,
  options: { transport?: 'COOKIE' | 'TOKEN'; presented?: Credential } = {},
): Promise<Started | NotStarted> {
  const answer = await operate(
    probe.client,
    `mutation ($input: SignInInput!) { signIn(input: $input) { __typename ... on SignInSuccess { ${SUCCESS} } } }`,
    {
      variables: { input: { ...account, transport: options.transport ?? 'COOKIE' } },
      credential: options.presented ?? {},
    },
  )
  return readStarted(probe, answer, 'signIn')
}

/** Makes an account and signs it in. */
export async function signUp(probe: Probe, account: Account): Promise<Started | NotStarted> {
  const answer = await operate(
    probe.client,
    `mutation ($input: SignUpInput!) { signUp(input: $input) { __typename ... on SignUpSuccess { ${SUCCESS} } } }`,
    { variables: { input: { ...account } } },
  )
  return readStarted(probe, answer, 'signUp')
}

/** Presents the password again, for a proof of an action. */
export async function reverify(
  probe: Probe,
  started: Started,
  { password, action }: { password: string; action: string },
): Promise<(Started & { proof: string | null }) | NotStarted> {
  const answer = await operate(
    probe.client,
    `mutation ($input: ReverifyInput!) { reverify(input: $input) { __typename ... on ReverifySuccess { ${SUCCESS} verification { token } } } }`,
    { variables: { input: { action, factor: { password } } }, credential: started.credential },
  )
  const next = readStarted(probe, answer, 'reverify')
  return 'refusal' in next ? next : { ...next, proof: textAt(answer.data, 'reverify.verification.token') }
}

/** Exchanges a refresh token. */
export async function refresh(probe: Probe, refreshToken: string): Promise<Started | NotStarted> {
  const answer = await operate(
    probe.client,
    `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { __typename ... on RefreshSessionSuccess { ${SUCCESS} } } }`,
    { variables: { input: { refreshToken, background: true } } },
  )
  return readStarted(probe, answer, 'refreshSession')
}

/** Signs a session out. */
export async function signOut({ client }: Probe, credential: Credential): Promise<GraphqlAnswer> {
  return await operate(client, 'mutation { signOut { __typename } }', { credential })
}

/** Ends everything that the probe has started and nobody has ended; what cannot be ended is left to its limits. */
export async function signOutEverything(probe: Probe): Promise<void> {
  for (const credential of probe.started) {
    probe.started.delete(credential)
    await signOut(probe, credential).catch(() => null)
  }
}

function readStarted(probe: Probe, answer: GraphqlAnswer, field: string): Started | NotStarted {
  const result = at(answer.data, field)
  const sessionId = textAt(result, 'session.id')
  if (sessionId === null)
    return {
      refusal: nameAt(result, '__typename') ?? answer.errors[0] ?? `an answer with status ${answer.status}`,
    }
  const cookies = answer.setCookies.map(readSetCookie)
  const accessToken = textAt(result, 'tokens.accessToken')
  const refreshToken = textAt(result, 'tokens.refreshToken')
  const tokens = accessToken !== null && refreshToken !== null ? { accessToken, refreshToken } : null
  const credential: Credential = tokens
    ? { bearer: tokens.accessToken }
    : { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') }
  probe.started.add(credential)
  return { credential, sessionId, cookies, answer, tokens }
}
