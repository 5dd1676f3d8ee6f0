import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core'
import { useSyncExternalStore } from 'react'
import { createSessionClient, type SessionState, type Viewer } from '../../../client/index.ts'
import { type Failure, failed, refusal, unknownOutcome } from './failure.ts'
import { presentPassword } from './presented.ts'

export type { Viewer }

/** The session of this browser, the same in all of its tabs. */
export const client = createSessionClient({ url: '/graphql', onVerificationRequired: presentPassword })

/** Who is signed in here, at any moment. */
export function useSession(): SessionState {
  return useSyncExternalStore(follow, () => client.state)
}

/** Whether what happens to the viewer's sessions is pushed to this browser right now. */
export function useConnected(): boolean {
  return useSyncExternalStore(follow, () => client.connected)
}

function follow(changed: () => void): () => void {
  return client.subscribe(changed)
}

/** What is typed of an operation, and its text. */
type Document<Data, Variables> = DocumentTypeDecoration<Data, Variables> & { toString(): string }

/**
 * Asks the API something.
 * @param options.background whether nobody asked for it: then it is no use of the session
 * @throws SessionRequestError if no answer comes, or one that was not to be expected
 */
export function ask<Data, Variables extends Record<string, unknown>>(
  document: Document<Data, Variables>,
  variables: Variables,
  options: { background?: boolean } = {},
): Promise<Data> {
  return client.request<Data>(document.toString(), variables, options)
}

/** @returns why it was refused; null if the viewer is signed in now */
export async function signIn(input: {
  email: string
  password: string
  rememberMe: boolean
}): Promise<Failure | null> {
  try {
    const result = await client.signIn(input)
    return result.__typename === 'SignInSuccess' ? null : refusal(result)
  } catch (error) {
    return failed(error)
  }
}

/** @returns why it was refused; null if there is an account now, and its owner is signed in */
export async function signUp(input: { email: string; password: string }): Promise<Failure | null> {
  try {
    const result = await client.signUp(input)
    return result.__typename === 'SignUpSuccess' ? null : refusal(result)
  } catch (error) {
    return failed(error)
  }
}

/** Signs this device out. @returns why it was not done, or null */
export async function signOut(): Promise<Failure | null> {
  try {
    await client.signOut()
    return null
  } catch (error) {
    return unknownOutcome(error)
  }
}
