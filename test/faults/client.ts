import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { SESSION_COOKIE } from '../../src/protocol/credentials.ts'
import type { SessionEndReason } from '../../src/protocol/sessions.ts'
import type { NodeProcess } from '../kit/node-process.ts'
import type { Cover, Ending } from './history.ts'
import type { Recorder } from './recorder.ts'

export const PASSWORD = 'correct horse battery'

/** How long a client waits for the answer to a question, and to whatever changes something (milliseconds). */
const PATIENCE = { use: 6_000, change: 10_000 }

/** A session, as the client holds it that it was given to. */
export interface Held {
  readonly sessionId: string
  readonly userId: string
  readonly person: Identity
  readonly cookie: string | null
  /** Replaced by each refresh. */
  tokens: { readonly accessToken: string; readonly refreshToken: string } | null
}

/** Who asks, and from where. */
export interface Identity {
  readonly email: string
  readonly password: string
  /** Each person has a network of their own, or they would use up each other's attempts. */
  readonly address: string
}

interface Reply {
  readonly data: Record<string, Record<string, unknown> | null> | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

type Outcome =
  | { readonly start: number; readonly end: number; readonly reply: Reply; readonly cookie: string | null }
  | { readonly start: number; readonly end: number; readonly failed: string }

const SESSION = 'session { id user { id } }'
const TOKENS = 'tokens { accessToken refreshToken }'
const FAILURE = '... on Error { code message }'

/** What people do with their sessions; all of it is recorded, with what came of it. */
export class Client {
  readonly #recorder: Recorder

  constructor(recorder: Recorder) {
    this.#recorder = recorder
  }

  async signUp(node: NodeProcess, person: Identity): Promise<Held | null> {
    const query = `mutation ($input: SignUpInput!) { signUp(input: $input) { __typename ${FAILURE}
      ... on SignUpSuccess { ${SESSION} ${TOKENS} } } }`
    return this.#enter('signUp', node, person, query, {
      email: person.email,
      password: person.password,
      transport: 'COOKIE',
    })
  }

  async signIn(node: NodeProcess, person: Identity, transport: 'COOKIE' | 'TOKEN'): Promise<Held | null> {
    const query = `mutation ($input: SignInInput!) { signIn(input: $input) { __typename ${FAILURE}
      ... on SignInSuccess { ${SESSION} ${TOKENS} } } }`
    return this.#enter('signIn', node, person, query, {
      email: person.email,
      password: person.password,
      transport,
    })
  }

  async #enter(
    name: string,
    node: NodeProcess,
    person: Identity,
    query: string,
    input: Record<string, unknown>,
  ): Promise<Held | null> {
    const outcome = await this.#send(name, node, query, { input }, null, person)
    return this.#keep(name, outcome, person)
  }

  /** Keeps the session that an answer brings, if it does. */
  #keep(name: string, outcome: Outcome, person: Identity): Held | null {
    if ('failed' in outcome) return null
    const result = outcome.reply.data?.[name] as {
      session?: { id: string; user: { id: string } }
      tokens?: Held['tokens']
    } | null
    if (!result?.session) return null
    const { id: sessionId, user } = result.session
    const tokens = result.tokens ?? null
    const cookie = tokens ? null : outcome.cookie
    this.#recorder.births.push({ sessionId, userId: user.id, start: outcome.start, end: outcome.end })
    return { sessionId, userId: user.id, person, cookie, tokens }
  }

  /** Presents the credential. */
  async use(node: NodeProcess, held: Held): Promise<'accepted' | 'refused' | 'unknown'> {
    const outcome = await this.#send(
      'use',
      node,
      '{ currentSession { id } }',
      {},
      held,
      held.person,
      PATIENCE.use,
    )
    if ('failed' in outcome) return this.#used(node, held, outcome, 'unknown', outcome.failed)
    const id = outcome.reply.data?.['currentSession']?.['id']
    return typeof id === 'string'
      ? this.#used(node, held, outcome, 'accepted', id)
      : this.#used(node, held, outcome, 'refused', 'not signed in')
  }

  /** The cursor of this moment, and when it was there; null if there was no answer. */
  async cursor(node: NodeProcess, held: Held): Promise<{ cursor: string; at: number } | null> {
    const outcome = await this.#send('eventCursor', node, '{ eventCursor }', {}, held, held.person)
    if ('failed' in outcome) return null
    const cursor: unknown = outcome.reply.data?.['eventCursor']
    return typeof cursor === 'string' ? { cursor, at: outcome.end } : null
  }

  async signOut(node: NodeProcess, held: Held): Promise<Ending['outcome']> {
    const query = 'mutation { signOut { __typename } }'
    const covers = { sessionId: held.sessionId }
    return this.#end(node, held, { name: 'signOut', covers, reason: 'SIGNED_OUT' }, query, {})
  }

  /** Presents the password again: the session goes on under the one that comes back. */
  async reverify(
    node: NodeProcess,
    held: Held,
    action: string,
    subject: string | null,
  ): Promise<{ held: Held; proof: string } | null> {
    const query = `mutation ($input: ReverifyInput!) { reverify(input: $input) { __typename ${FAILURE}
      ... on ReverifySuccess { verification { token } ${SESSION} ${TOKENS} } } }`
    const input = { action, subject, factor: { password: held.person.password } }
    const outcome = await this.#send('reverify', node, query, { input }, held, held.person)
    this.#judge('reverify', node, held, outcome)
    const next = this.#keep('reverify', outcome, held.person)
    const refused = !('failed' in outcome) && next === null
    this.#recorder.endings.push({
      name: 'reverify',
      covers: { sessionId: held.sessionId },
      reason: 'REPLACED',
      node: node.name,
      start: outcome.start,
      end: outcome.end,
      outcome: next ? 'acknowledged' : refused ? 'refused' : 'unknown',
    })
    if (!next || 'failed' in outcome) return null
    const verification = outcome.reply.data?.['reverify']?.['verification'] as { token: string } | undefined
    return verification ? { held: next, proof: verification.token } : null
  }

  async revokeSession(
    node: NodeProcess,
    held: Held,
    sessionId: string,
    verificationToken: string,
  ): Promise<Ending['outcome']> {
    const query = `mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { __typename ${FAILURE} } }`
    const ending = { name: 'revokeSession', covers: { sessionId }, reason: 'REVOKED_BY_USER' as const }
    return this.#end(node, held, ending, query, { input: { sessionId, verificationToken } })
  }

  /** @param proof for keeping this one session; null to end them all */
  async revokeAllSessions(node: NodeProcess, held: Held, proof: string | null): Promise<Ending['outcome']> {
    const query = `mutation ($input: RevokeAllSessionsInput) { revokeAllSessions(input: $input) { __typename ${FAILURE} } }`
    const covers = { userId: held.userId, except: proof === null ? null : held.sessionId }
    const ending = { name: 'revokeAllSessions', covers, reason: 'SIGNED_OUT_EVERYWHERE' as const }
    return this.#end(node, held, ending, query, {
      input: proof === null ? null : { keepCurrent: true, verificationToken: proof },
    })
  }

  /** An administrator ends all sessions of a user. */
  async revokeUserSessions(
    node: NodeProcess,
    administrator: Held,
    userId: string,
  ): Promise<Ending['outcome']> {
    const query = `mutation ($input: RevokeUserSessionsInput!) { revokeUserSessions(input: $input) { __typename ${FAILURE} } }`
    const covers = { userId, except: null }
    const ending = { name: 'revokeUserSessions', covers, reason: 'REVOKED_BY_ADMINISTRATOR' as const }
    return this.#end(node, administrator, ending, query, { input: { userId } })
  }

  /** The same by a filter, which works in batches. */
  async revokeSessions(node: NodeProcess, administrator: Held, userId: string): Promise<Ending['outcome']> {
    const query = `mutation ($input: RevokeSessionsInput!) { revokeSessions(input: $input) { __typename ${FAILURE}
      ... on RevokeSessionsSuccess { hasMore } } }`
    const covers = { userId, except: null }
    const ending = { name: 'revokeSessions', covers, reason: 'REVOKED_BY_ADMINISTRATOR' as const }
    return this.#end(node, administrator, ending, query, { input: { filter: { userId }, reason: 'a test' } })
  }

  /** An administrator ends everyone's sessions but their own. */
  async revokeEverySession(node: NodeProcess, administrator: Held): Promise<Ending['outcome']> {
    const query = `mutation ($input: RevokeEverySessionInput!) { revokeEverySession(input: $input) { __typename ${FAILURE} } }`
    const covers = { everyoneBut: administrator.sessionId }
    const ending = { name: 'revokeEverySession', covers, reason: 'REVOKED_BY_ADMINISTRATOR' as const }
    return this.#end(node, administrator, ending, query, { input: { keepCurrent: true, reason: 'a test' } })
  }

  /** An administrator shuts an account. Its sessions are over until it is opened again, however they began beside this. */
  async disableUser(node: NodeProcess, administrator: Held, userId: string): Promise<Ending['outcome']> {
    const query = `mutation ($input: DisableUserInput!) { disableUser(input: $input) { __typename ${FAILURE} } }`
    const covers = { userId, except: null, shutUntil: null }
    const ending = { name: 'disableUser', covers, reason: 'ACCOUNT_DISABLED' as const }
    return this.#end(node, administrator, ending, query, { input: { userId } })
  }

  /** Opens an account again. @returns whether that is sure */
  async enableUser(node: NodeProcess, administrator: Held, userId: string): Promise<boolean> {
    this.#recorder.openAgain(userId)
    const query = `mutation ($input: EnableUserInput!) { enableUser(input: $input) { __typename ${FAILURE} } }`
    const outcome = await this.#send(
      'enableUser',
      node,
      query,
      { input: { userId } },
      administrator,
      administrator.person,
    )
    return !('failed' in outcome) && this.#judge('enableUser', node, administrator, outcome) === 'accepted'
  }

  /** Exchanges the refresh token; keeps what comes back. */
  async refresh(node: NodeProcess, held: Held): Promise<void> {
    if (!held.tokens) return
    const query = `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { __typename ${FAILURE}
      ... on RefreshSessionSuccess { session { id } ${TOKENS} } ... on SessionEndedError { reason } } }`
    const input = { refreshToken: held.tokens.refreshToken }
    // without the access token: an old one says nothing here
    const outcome = await this.#send('refreshSession', node, query, { input }, null, held.person)
    if ('failed' in outcome) return void this.#used(node, held, outcome, 'unknown', outcome.failed)
    const result = outcome.reply.data?.['refreshSession'] as {
      __typename: string
      session?: { id: string }
      tokens?: Held['tokens']
      reason?: string
    }
    if (result.tokens && result.session) {
      held.tokens = result.tokens
      this.#used(node, held, outcome, 'accepted', result.session.id)
    } else {
      this.#used(node, held, outcome, 'refused', result.__typename, result.reason)
    }
  }

  async #end(
    node: NodeProcess,
    held: Held,
    ending: { name: string; covers: Cover; reason: SessionEndReason },
    query: string,
    variables: Record<string, unknown>,
  ): Promise<Ending['outcome']> {
    const outcome = await this.#send(ending.name, node, query, variables, held, held.person)
    const judged = this.#judge(ending.name, node, held, outcome)
    // some are over, and the rest is left to who asks again
    const partly = !('failed' in outcome) && outcome.reply.data?.[ending.name]?.['hasMore'] === true
    const came = judged === 'accepted' ? (partly ? 'unknown' : 'acknowledged') : judged
    const { start, end } = outcome
    this.#recorder.endings.push({ ...ending, node: node.name, start, end, outcome: came })
    return came
  }

  /** A mutation presents a credential too. */
  #judge(name: string, node: NodeProcess, held: Held, outcome: Outcome): 'accepted' | 'refused' | 'unknown' {
    if ('failed' in outcome) return 'unknown'
    const typename = outcome.reply.data?.[name]?.['__typename']
    if (typename === 'NotSignedInError') {
      this.#used(node, held, outcome, 'refused', `${name}: not signed in`)
      return 'refused'
    }
    // signing out succeeds without a session, too
    if (typeof typename === 'string' && typename.endsWith('Success')) {
      if (name !== 'signOut') this.#used(node, held, outcome, 'accepted', held.sessionId)
      return 'accepted'
    }
    return 'refused'
  }

  #used(
    node: NodeProcess,
    held: Held,
    { start, end }: Outcome,
    outcome: 'accepted' | 'refused' | 'unknown',
    detail: string,
    reason?: string,
  ): typeof outcome {
    this.#recorder.uses.push({
      sessionId: held.sessionId,
      node: node.name,
      start,
      end,
      outcome,
      detail,
      ...(reason === undefined ? {} : { reason }),
    })
    return outcome
  }

  async #send(
    what: string,
    node: NodeProcess,
    query: string,
    variables: Record<string, unknown>,
    held: Held | null,
    person: Identity,
    patience = PATIENCE.change,
  ): Promise<Outcome> {
    const start = this.#recorder.now()
    try {
      const { reply, cookie } = await post(node.url, { query, variables }, headersOf(held, person), patience)
      const end = this.#recorder.now()
      const error = reply.errors?.[0]
      if (!error && reply.data) return { start, end, reply, cookie }
      // an answer as good as any: the session of the token is over
      if (error?.extensions?.code === 'INVALID_ACCESS_TOKEN') return { start, end, failed: error.message }
      return this.#failed(what, node, start, `${error?.extensions?.code ?? 'no data'}: ${error?.message}`)
    } catch (error) {
      return this.#failed(what, node, start, error instanceof Error ? error.message : String(error))
    }
  }

  #failed(what: string, node: NodeProcess, start: number, detail: string): Outcome {
    const end = this.#recorder.now()
    this.#recorder.failures.push({ what, node: node.name, start, end, detail })
    return { start, end, failed: detail }
  }
}

/** What a request of theirs carries. */
export function headersOf(held: Held | null, person: Identity): Record<string, string> {
  return {
    'User-Agent': 'fault-test/1.0',
    'X-Forwarded-For': person.address,
    ...(held?.cookie ? { Cookie: held.cookie } : {}),
    ...(held?.tokens ? { Authorization: `Bearer ${held.tokens.accessToken}` } : {}),
  }
}

/** Opens a request of GraphQL on a connection of its own; resolves with the head of the answer. */
export function open(
  url: string,
  body: unknown,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/graphql`,
      { method: 'POST', agent: false, signal, headers: { 'Content-Type': 'application/json', ...headers } },
      resolve,
    )
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}

async function post(
  url: string,
  body: unknown,
  headers: Record<string, string>,
  patience: number,
): Promise<{ reply: Reply; cookie: string | null }> {
  const response = await open(url, body, headers, AbortSignal.timeout(patience))
  const reply = JSON.parse(await text(response)) as Reply
  const cookies = response.headers['set-cookie'] ?? []
  const [pair] = cookies.find((each) => each.startsWith(`${SESSION_COOKIE}=`))?.split(';') ?? []
  return { reply, cookie: pair ?? null }
}
