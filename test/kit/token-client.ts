import { PASSWORD } from './browser.ts'

/** The tokens of a session, as the API gives them. */
export interface Tokens {
  readonly accessToken: string
  readonly accessTokenExpiresAt: string
  readonly refreshToken: string
  readonly refreshTokenExpiresAt: string
}

/** What came of a refresh. */
export type RefreshAnswer =
  | {
      readonly __typename: 'RefreshSessionSuccess'
      readonly session: { id: string }
      readonly tokens: Tokens
    }
  | { readonly __typename: 'SessionEndedError'; readonly reason: string; readonly message: string }
  | { readonly __typename: 'InvalidTokenError'; readonly code: string }

const TOKENS = 'tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt }'
const FAILURE = '... on Error { code message }'

/** One client with the TOKEN transport: holds its tokens and nothing else, and speaks plain HTTP. */
export class TokenClient {
  readonly #url: string
  readonly #userAgent: string
  readonly #fetch: typeof fetch
  tokens: Tokens | null = null
  sessionId = ''

  /** @param options.fetch what takes its requests to a node, if there are several */
  constructor(
    { url }: { url: string },
    options: { userAgent?: string | undefined; fetch?: typeof fetch | undefined } = {},
  ) {
    this.#url = url
    this.#userAgent = options.userAgent ?? 'test-client/1.0'
    this.#fetch = options.fetch ?? fetch
  }

  /** Sends an operation with the access token, if there is one, and returns the answer as it is. */
  async send<Data = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<{
    status: number
    headers: Headers
    data: Data
    errors?: { extensions?: { code?: string } }[]
  }> {
    const response = await this.#fetch(`${this.#url}/graphql`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': this.#userAgent,
        ...(this.tokens ? { Authorization: `Bearer ${this.tokens.accessToken}` } : {}),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    })
    const answer = (await response.json()) as { data: Data; errors?: [] }
    return { status: response.status, headers: response.headers, ...answer }
  }

  async signUp(email: string): Promise<this> {
    return this.#keep('signUp', 'SignUpInput', { email, password: PASSWORD, transport: 'TOKEN' })
  }

  async signIn(email: string, password = PASSWORD): Promise<this> {
    return this.#keep('signIn', 'SignInInput', { email, password, transport: 'TOKEN' })
  }

  async #keep(name: 'signUp' | 'signIn', type: string, input: object): Promise<this> {
    const { data } = await this.send<Record<string, { session: { id: string }; tokens: Tokens }>>(
      `mutation ($input: ${type}!) { ${name}(input: $input) {
        ${FAILURE} ... on ${type.replace('Input', 'Success')} { session { id } ${TOKENS} }
      } }`,
      { input },
    )
    const result = data[name]
    if (!result?.tokens) throw new Error(JSON.stringify(result))
    this.tokens = result.tokens
    this.sessionId = result.session.id
    return this
  }

  /** Presents a refresh token, by default the one that it holds, without keeping what comes back. */
  async present(refreshToken = this.held.refreshToken, { background = false } = {}): Promise<RefreshAnswer> {
    const { data, errors } = await this.send<{ refreshSession: RefreshAnswer }>(
      `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) {
        __typename ... on RefreshSessionSuccess { session { id } ${TOKENS} } ... on SessionEndedError { reason message } ${FAILURE}
      } }`,
      { input: { refreshToken, background } },
      // an old access token says nothing here
      { Authorization: '' },
    )
    if (errors) throw new Error(JSON.stringify(errors))
    return data.refreshSession
  }

  /** Refreshes as a client should: keeps what comes back. Says what came of it. */
  async refresh(options: { background?: boolean } = {}): Promise<string> {
    const answer = await this.present(undefined, options)
    if (answer.__typename === 'RefreshSessionSuccess') this.tokens = answer.tokens
    return answer.__typename === 'SessionEndedError' ? answer.reason : answer.__typename
  }

  /** Presents the password again, and keeps the tokens of the session that takes the place of this one. */
  async reverify(action: string, subject: string | null = null): Promise<string> {
    const { data } = await this.send<{
      reverify: { verification: { token: string }; session: { id: string }; tokens: Tokens }
    }>(
      `mutation ($input: ReverifyInput!) { reverify(input: $input) {
        ${FAILURE} ... on ReverifySuccess { verification { token } session { id } ${TOKENS} }
      } }`,
      { input: { action, subject, factor: { password: PASSWORD } } },
    )
    if (!data.reverify.tokens) throw new Error(JSON.stringify(data))
    this.tokens = data.reverify.tokens
    this.sessionId = data.reverify.session.id
    return data.reverify.verification.token
  }

  /** Uses the access token: the id of the session that the server takes this client for; null if none. */
  async currentSessionId(): Promise<string | null> {
    const { data } = await this.send<{ currentSession: { id: string } | null }>('{ currentSession { id } }')
    return data.currentSession?.id ?? null
  }

  get held(): Tokens {
    if (!this.tokens) throw new Error('this client holds no tokens')
    return this.tokens
  }

  /** Another client that holds the same tokens: a second tab, or a thief. */
  copy(options: { userAgent?: string } = {}): TokenClient {
    const copy = new TokenClient(
      { url: this.#url },
      { userAgent: this.#userAgent, fetch: this.#fetch, ...options },
    )
    copy.tokens = this.tokens
    copy.sessionId = this.sessionId
    return copy
  }
}
