import type { ProbeAnswer, ProbeClient } from './client.ts'
import { at, nameAt, textAt } from './json.ts'

/** What a request presents. */
export interface Credential {
  /** A Cookie header. */
  readonly cookie?: string
  /** An access token. */
  readonly bearer?: string
}

/** A GraphQL answer. */
export interface GraphqlAnswer extends ProbeAnswer {
  readonly data: unknown
  /** Codes of its errors; their messages may quote what was sent. */
  readonly errors: readonly string[]
}

/** The API's path. */
export const API = '/graphql'

/** The headers that present a credential. */
export function presenting({ cookie, bearer }: Credential): Record<string, string> {
  return {
    ...(cookie === undefined ? {} : { Cookie: cookie }),
    ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
  }
}

/** Sends an operation by POST. */
export async function operate(
  client: ProbeClient,
  query: string,
  options: {
    variables?: object
    credential?: Credential
    headers?: Readonly<Record<string, string>>
  } = {},
): Promise<GraphqlAnswer> {
  const answer = await client.ask(API, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...presenting(options.credential ?? {}),
      ...options.headers,
    },
    body: JSON.stringify({ query, variables: options.variables ?? {} }),
  })
  return readAnswer(answer)
}

/** Reads an answer as one of GraphQL. */
export function readAnswer(answer: ProbeAnswer): GraphqlAnswer {
  const errors = at(answer.json, 'errors')
  return {
    ...answer,
    data: at(answer.json, 'data') ?? null,
    errors: Array.isArray(errors)
      ? errors.map((error) => nameAt(error, 'extensions.code') ?? 'an error')
      : [],
  }
}

/** The session that the server takes a credential for; null if none. */
export async function sessionOf(client: ProbeClient, credential: Credential): Promise<string | null> {
  const { data } = await operate(client, '{ currentSession { id } }', { credential })
  return textAt(data, 'currentSession.id')
}
