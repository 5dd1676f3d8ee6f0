/** Codes of what a client throws beside the fault codes of the server (`extensions.code`). */
export type RequestErrorCode =
  /** No answer came: no network, a server that is away, or one that took too long. Nobody knows whether it was done. */
  | 'NO_ANSWER'
  /** The session ended, or somebody else signed in, while the request was under way. */
  | 'SESSION_CHANGED'
  /** What came back is no answer of a Curfew server. */
  | 'NOT_UNDERSTOOD'
  /** The client was closed. */
  | 'CLOSED'
  | (string & {})

/** A request that failed: what a page can tell by `code`. Refusals that are to be expected are no errors, but results. */
export class SessionRequestError extends Error {
  override readonly name = 'SessionRequestError'
  readonly code: RequestErrorCode
  /** What the server says beside the code, such as the `action` to reverify for. */
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(
    code: RequestErrorCode,
    message: string,
    options: { extensions?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, options)
    this.code = code
    this.extensions = options.extensions ?? {}
  }
}

/** What a request is refused with whose answer would belong to somebody who is not signed in here any more. */
export function sessionChanged(): SessionRequestError {
  return new SessionRequestError('SESSION_CHANGED', 'The session changed.')
}
