import { SessionRequestError } from '../../../client/errors.ts'
import type { Verification } from './verification.ts'

/** An operation, with the types of what it takes and gives. */
export interface Document<Result, Variables> {
  toString(): string
  readonly __apiType?: ((variables: Variables) => Result) | undefined
}

/** Sends an operation with the session's credential. @throws SessionRequestError */
export type Send = <Result>(query: string, variables: Readonly<Record<string, unknown>>) => Promise<Result>

/** The person was asked for a factor, and gave none. */
export const VERIFICATION_CANCELLED = 'VERIFICATION_CANCELLED'

/** What an administrator asks of the server. When it wants a factor first, the person is asked for it, and then it goes on. */
export class Requests {
  readonly #send: Send
  readonly #verification: Verification

  constructor(send: Send, verification: Verification) {
    this.#send = send
    this.#verification = verification
  }

  /**
   * @param options.inBackground whether it only brings up to date what is shown: nobody is interrupted for that
   * @throws SessionRequestError
   */
  async query<Result, Variables extends object>(
    document: Document<Result, Variables>,
    variables: Variables,
    { signal, inBackground = false }: { signal?: AbortSignal; inBackground?: boolean } = {},
  ): Promise<Result> {
    for (;;) {
      try {
        return await this.#send<Result>(document.toString(), asRecord(variables))
      } catch (error) {
        if (!isVerificationWanted(error) || inBackground) throw error
        if (!(await this.#verification.ask())) throw cancelled()
        signal?.throwIfAborted()
      }
    }
  }

  /**
   * Sends a mutation of one field, whose refusals are data.
   * @returns what the field gave, but never that a factor is wanted
   * @throws SessionRequestError
   */
  async mutate<Result extends object, Variables extends object>(
    document: Document<Result, Variables>,
    variables: Variables,
  ): Promise<Exclude<Result[keyof Result], { __typename: 'VerificationRequiredError' }>> {
    for (;;) {
      const data = await this.#send<Result>(document.toString(), asRecord(variables))
      const result = Object.values(data)[0] as Result[keyof Result] & { __typename: string }
      if (result.__typename !== 'VerificationRequiredError') {
        return result as Exclude<Result[keyof Result], { __typename: 'VerificationRequiredError' }>
      }
      if (!(await this.#verification.ask())) throw cancelled()
    }
  }
}

/** Whether the server wants a factor before it answers. */
export function isVerificationWanted(error: unknown): boolean {
  return codeOf(error) === 'VERIFICATION_REQUIRED'
}

/** What to branch on; null if it is no answer of the server's. */
export function codeOf(error: unknown): string | null {
  return error instanceof SessionRequestError ? error.code : null
}

function asRecord(variables: object): Readonly<Record<string, unknown>> {
  return { ...variables }
}

function cancelled(): SessionRequestError {
  return new SessionRequestError(VERIFICATION_CANCELLED, 'The question was closed without an answer.')
}
