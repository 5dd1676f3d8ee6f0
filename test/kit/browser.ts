import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import { SESSION_COOKIE } from '../../src/protocol/credentials.ts'
import {
  ReverifyDocument,
  type ReverifyInput,
  SignInDocument,
  SignUpDocument,
  ViewerDocument,
} from './generated/operations.ts'

/** What came back. */
export interface Answer<Data> {
  readonly status: number
  readonly headers: Headers
  readonly data: Data
  readonly errors:
    | readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
    | undefined
}

export const PASSWORD = 'correct horse battery'

/** One browser: keeps the session cookie, and speaks plain HTTP with nothing of ours in between. */
export class Browser {
  readonly #url: string
  /** The Cookie header that the next request carries; null if there is none. */
  cookie: string | null = null

  constructor({ url }: { url: string }) {
    this.#url = url
  }

  /** Sends an operation and fails the test if it came back with errors. */
  async run<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const answer = await this.send<Data>({ query: print(document), variables })
    if (answer.errors) throw new Error(JSON.stringify(answer.errors))
    return answer.data
  }

  /** Sends any body, keeps whatever cookie comes back, and returns the answer as it is. */
  async send<Data = Record<string, unknown> | null>(
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Data>> {
    const response = await fetch(`${this.#url}/graphql`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(this.cookie ? { Cookie: this.cookie } : {}),
        ...headers,
      },
      body: JSON.stringify(body),
    })
    this.#keepCookie(response.headers.getSetCookie())
    // every answer of the API is JSON
    const { data, errors } = (await response.json()) as Answer<Data>
    return { status: response.status, headers: response.headers, data, errors }
  }

  #keepCookie(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [pair = ''] = cookie.split(';')
      if (!pair.startsWith(`${SESSION_COOKIE}=`)) continue
      this.cookie = pair === `${SESSION_COOKIE}=` ? null : pair
    }
  }

  /** Another browser with the same cookie: a second tab, or a thief. */
  copy(): Browser {
    const copy = new Browser({ url: this.#url })
    copy.cookie = this.cookie
    return copy
  }

  async signUp(email: string, password = PASSWORD) {
    const { signUp } = await this.run(SignUpDocument, { input: { email, password } })
    if (signUp.__typename !== 'SignUpSuccess') throw new Error(JSON.stringify(signUp))
    return signUp
  }

  async signIn(email: string, password = PASSWORD) {
    const { signIn } = await this.run(SignInDocument, { input: { email, password } })
    if (signIn.__typename !== 'SignInSuccess') throw new Error(JSON.stringify(signIn))
    return signIn
  }

  /** Presents the password again, and returns the proof and the new session. */
  async reverify(action: ReverifyInput['action'], subject?: string, password = PASSWORD) {
    const { reverify } = await this.run(ReverifyDocument, {
      input: { action, subject: subject ?? null, factor: { password } },
    })
    if (reverify.__typename !== 'ReverifySuccess') throw new Error(JSON.stringify(reverify))
    return {
      token: reverify.verification.token,
      session: reverify.session,
      verification: reverify.verification,
    }
  }

  /** The id of the session that the server takes this browser for; null if none. */
  async currentSessionId(): Promise<string | null> {
    const { currentSession } = await this.run(ViewerDocument, {})
    return currentSession?.id ?? null
  }
}

let people = 0

/** An e-mail address that no other test uses. */
export function anyEmail(): string {
  return `person-${process.pid}-${++people}@example.com`
}
