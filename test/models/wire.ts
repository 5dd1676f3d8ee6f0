import { disableAccount, enableAccount, revokeSessionAsAdministrator } from '../../src/accounts/administer.ts'
import { encodeGlobalId, localId } from '../../src/graphql/global-ids.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { SESSION_COOKIE } from '../../src/protocol/credentials.ts'
import type { TestApp } from '../kit/app.ts'
import type { AccessToken, Answer, Cookie, RefreshToken, Sent } from './rules.ts'

/** A credential as the model knows it, and as the server wrote it. */
export type Written<Credential> = Credential & { readonly text: string }

/** What somebody got from one answer. */
export interface Credentials {
  readonly cookie?: Written<Cookie>
  readonly access?: Written<AccessToken>
  readonly refresh?: Written<RefreshToken>
}

/** Whom the model calls by a name. */
export interface Person {
  readonly id: string
  readonly email: string
}

/** What came back: what the model speaks of, and what its receiver holds from then on. */
export interface Reply {
  readonly answer: Answer
  readonly credentials: Credentials | null
}

interface Success {
  readonly __typename?: string
  readonly reason?: string
  readonly revokedCount?: number
  readonly session?: { readonly id: string; readonly idleExpiresAt: string } | null
  readonly verification?: { readonly token: string }
  readonly tokens?: {
    readonly accessToken: string
    readonly accessTokenExpiresAt: string
    readonly refreshToken: string
    readonly refreshTokenExpiresAt: string
  } | null
}

const SESSION = 'session { id idleExpiresAt }'
const TOKENS = 'tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt }'

const mutation = (name: string, fields: string, others = '') => {
  const type = name.charAt(0).toUpperCase() + name.slice(1)
  return `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename ... on ${type}Success { ${fields} } ${others} } }`
}

const DOCUMENTS = {
  signIn: mutation('signIn', `${SESSION} ${TOKENS}`),
  refreshSession: mutation('refreshSession', `${SESSION} ${TOKENS}`, '... on SessionEndedError { reason }'),
  reverify: mutation('reverify', `${SESSION} ${TOKENS} verification { token }`),
  revokeSession: mutation('revokeSession', SESSION),
  revokeAllSessions: mutation('revokeAllSessions', 'revokedCount'),
  updatePassword: mutation('updatePassword', `revokedCount ${SESSION} ${TOKENS}`),
  signOut: `mutation { signOut { __typename ... on SignOutSuccess { ${SESSION} } } }`,
}

/** Sends a request of the model to a real server, and says in its words what came back. */
export async function send(app: TestApp, people: ReadonlyMap<string, Person>, sent: Sent): Promise<Reply> {
  const { accounts } = app.server.house
  const ask = (query: string, input?: object) => post(app, sent, query, input && { input })
  const mutate = async (name: keyof typeof DOCUMENTS, input?: object): Promise<Reply> => {
    const { data, fault, cookie } = await ask(DOCUMENTS[name], input)
    return toReply(fault ? { __typename: fault } : (data?.[name] as Success), cookie)
  }
  switch (sent.do) {
    case 'signIn':
      return mutate('signIn', {
        email: people.get(sent.user)?.email,
        password: sent.password,
        transport: sent.transport,
      })
    case 'refresh':
      return mutate('refreshSession', { refreshToken: textOf(sent.token), background: sent.background })
    case 'use': {
      const { data } = await ask('{ currentSession { id } }')
      const current = data?.['currentSession'] as { id: string } | null
      return only({ is: 'Used', session: current?.id ?? null })
    }
    case 'list': {
      const { data } = await ask('{ viewer { sessions(first: 100) { edges { node { id endReason } } } } }')
      const viewer = data?.['viewer'] as {
        sessions: { edges: { node: { id: string; endReason: string | null } }[] }
      } | null
      const nodes = (viewer?.sessions.edges ?? []).map(({ node }) => node)
      return only({
        is: 'Listed',
        list: nodes.map(({ id, endReason }) => `${id} ${endReason ?? 'ACTIVE'}`).sort(),
      })
    }
    case 'signOut':
      return mutate('signOut')
    case 'everywhere':
      return mutate('revokeAllSessions', {})
    case 'revokeOthers':
      return mutate('revokeAllSessions', { keepCurrent: true, verificationToken: sent.proof })
    case 'revoke':
      return mutate('revokeSession', { sessionId: sent.subject, verificationToken: sent.proof })
    case 'reverify': {
      const { action, subject, password } = sent
      return mutate('reverify', { action, subject, factor: { password } })
    }
    case 'updatePassword':
      return mutate('updatePassword', {
        newPassword: sent.password,
        signOutEverywhere: sent.everywhere,
        verificationToken: sent.proof,
      })
    case 'disable': {
      const count = await disableAccount(accounts, people.get(sent.user)?.id ?? '')
      return only(count === null ? { is: 'nothing' } : { is: 'disabled', count })
    }
    case 'enable':
      return only({
        is: (await enableAccount(accounts, people.get(sent.user)?.id ?? '')) ? 'enabled' : 'nothing',
      })
    case 'administratorEnds': {
      const ended = await revokeSessionAsAdministrator(accounts, localId(sent.session, 'Session') ?? '')
      if (ended instanceof Refusal) return only({ is: 'SessionNotFoundError' })
      return only({ is: 'ended', session: encodeGlobalId('Session', ended.id) })
    }
  }
}

async function post(app: TestApp, sent: Sent, query: string, variables: object = {}) {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': sent.agent,
      ...('with' in sent && sent.with ? headerOf(sent.with) : {}),
    },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as {
    data?: Record<string, unknown>
    errors?: { message: string; extensions?: { code?: string } }[]
  }
  const cookie = response.headers
    .getSetCookie()
    .map((each) => /^[^=]*=([^;]*)/.exec(each)?.[1])
    .find(Boolean)
  return { data, fault: errors?.[0] && (errors[0].extensions?.code ?? errors[0].message), cookie }
}

function headerOf(credential: Cookie | AccessToken): Record<string, string> {
  const text = textOf(credential)
  return 'generation' in credential
    ? { Authorization: `Bearer ${text}` }
    : { Cookie: `${SESSION_COOKIE}=${text}` }
}

function textOf(credential: Cookie | RefreshToken): string {
  // every credential here was written by the server
  return (credential as Written<Cookie>).text
}

function toReply(result: Success, cookie: string | undefined): Reply {
  const { __typename: name = '', reason, session, tokens, verification, revokedCount: count } = result
  const is = reason ? `${name} ${reason}` : name
  const counted = count === undefined ? {} : { count }
  if (name === 'SignOutSuccess' || name === 'RevokeSessionSuccess')
    return only({ is, session: session?.id ?? null })
  if (!session) return only({ is, ...counted, ...(session === null ? { session } : {}) })
  const { id, idleExpiresAt } = session
  const said = {
    is,
    session: id,
    ends: Date.parse(idleExpiresAt),
    ...counted,
    ...(verification ? { proof: verification.token } : {}),
  }
  if (!tokens) {
    return { answer: said, credentials: cookie ? { cookie: { session: id, text: cookie } } : null }
  }
  const { gen: generation, exp } = JSON.parse(
    Buffer.from(tokens.accessToken.split('.')[1] ?? '', 'base64url').toString(),
  ) as { gen: number; exp: number }
  const expires = Date.parse(tokens.accessTokenExpiresAt)
  // the same thing is said three times over; if it is not the same, nothing that the model says fits
  const agreed = exp * 1_000 === expires && tokens.refreshTokenExpiresAt === idleExpiresAt
  return {
    answer: { ...said, generation, accessExpires: agreed ? expires : Number.NaN },
    credentials: {
      access: { session: id, generation, expires, text: tokens.accessToken },
      refresh: { session: id, generation, text: tokens.refreshToken },
    },
  }
}

function only(answer: Answer): Reply {
  return { answer, credentials: null }
}
