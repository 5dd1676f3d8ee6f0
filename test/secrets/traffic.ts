import type { TestApp } from '../kit/app.ts'
import type { Secret } from './needles.ts'

/** Secrets by what they are, as they come and go. */
export class Secrets {
  readonly #known = new Map<string, Secret>()

  get all(): readonly Secret[] {
    return [...this.#known.values()]
  }

  /** Remembers a secret; says it back. */
  note<T extends string | Uint8Array>(kind: string, value: T): T {
    const name = `${kind} ${this.#known.size}`
    const key = Buffer.from(value).toString('hex')
    if (!this.#known.has(key)) this.#known.set(key, { name, value })
    return value
  }

  /** Remembers the secret part of every token in what a server says or a client sends. */
  noteTokens(text: string): void {
    for (const [, secret = ''] of text.matchAll(/cfs_[\w-]+\.([\w-]{43})/g))
      this.note('session token', secret)
    for (const [, secret = ''] of text.matchAll(/cfv_([\w-]{43})/g)) this.note('verification token', secret)
    // what is before it is no secret: session, generation and salt
    for (const [, mac = ''] of text.matchAll(/cfr_[\w-]{48}([\w-]{43})/g)) this.note('refresh token', mac)
    for (const [, signature = ''] of text.matchAll(/eyJ[\w-]+\.[\w-]+\.([\w-]{86})/g))
      this.note('access token', signature)
  }
}

export interface Carried {
  readonly cookie?: string | null
  readonly accessToken?: string
}

/** What came back, errors and all. */
export interface Heard {
  readonly text: string
  readonly cookie: string | null
  /** The first of its name anywhere in the answer. */
  readonly find: (name: string) => string
}

/** A client that notes every secret that it sends or is given. */
export class Talker {
  readonly #secrets: Secrets
  app: TestApp

  constructor(app: TestApp, secrets: Secrets) {
    this.app = app
    this.#secrets = secrets
  }

  async say(query: string, variables: object = {}, { cookie, accessToken }: Carried = {}): Promise<Heard> {
    const body = JSON.stringify({ query, variables })
    const headers = {
      'Content-Type': 'application/json',
      'User-Agent': 'talker/1',
      ...(cookie ? { Cookie: cookie } : {}),
      ...(accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` }),
    }
    const response = await fetch(`${this.app.url}/graphql`, { method: 'POST', headers, body })
    const [text, cookies] = [await response.text(), response.headers.getSetCookie()]
    this.#secrets.noteTokens([body, ...Object.values(headers), text, ...cookies].join('\n'))
    return {
      text,
      cookie: cookies.map((each) => each.split(';')[0] ?? '').find((pair) => !pair.endsWith('=')) ?? null,
      find: (name) => {
        const found = new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1]
        if (found === undefined) throw new Error(`there is no ${name} in ${text}`)
        return found
      },
    }
  }

  /** A mutation with all that it can answer. */
  async mutate(name: string, input: object | null, carried: Carried = {}): Promise<Heard> {
    const type = name.charAt(0).toUpperCase() + name.slice(1)
    const [declared, given] = input ? [`($input: ${type}Input!)`, '(input: $input)'] : ['', '']
    const query = `mutation ${declared} { ${name}${given} {
      __typename ... on Error { code message } ... on ${type}Success { ${FIELDS[name] ?? '__typename'} }
    } }`
    return this.say(query, input ? { input } : {}, carried)
  }
}

const TOKENS = 'session { id } tokens { accessToken refreshToken }'

const FIELDS: Record<string, string> = {
  signUp: `${TOKENS} viewer { id }`,
  signIn: `${TOKENS} viewer { id }`,
  refreshSession: TOKENS,
  reverify: `${TOKENS} verification { token }`,
  updatePassword: TOKENS,
  signOut: 'session { id }',
  revokeSession: 'session { id }',
}
