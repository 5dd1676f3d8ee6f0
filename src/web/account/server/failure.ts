import { SessionRequestError } from '../../../client/index.ts'
import { texts } from '../texts.ts'

/** Why something that a person asked for was not done, as the page says it. */
export interface Failure {
  /** What to branch on: an `ErrorCode` of the API, or the code of a request that failed. */
  readonly code: string
  readonly message: string
  /** When the next attempt will be let through, in milliseconds since 1970; null if at once. */
  readonly retryAt: number | null
}

/** An error of the API, as operations ask for it. */
interface Refused {
  readonly code: string
  readonly message: string
  readonly retryAt?: string
}

/** What the API refused, in the API's own sentence: it knows best. */
export function refusal({ code, message, retryAt }: Refused): Failure {
  return { code, message, retryAt: retryAt === undefined ? null : Date.parse(retryAt) }
}

/** What went wrong with a request that came to no answer, or to none that was to be expected. */
export function failed(error: unknown): Failure {
  const code = error instanceof SessionRequestError ? error.code : 'UNEXPECTED'
  const reference = error instanceof SessionRequestError ? error.extensions['reference'] : undefined
  switch (code) {
    case 'NO_ANSWER':
      return { code, message: texts.failures.network, retryAt: null }
    case 'NOT_UNDERSTOOD':
    case 'SERVER_BUSY':
      return { code, message: texts.failures.busy, retryAt: null }
    default:
      return {
        code,
        message:
          typeof reference === 'string' ? texts.failures.reference(reference) : texts.failures.unexpected,
        retryAt: null,
      }
  }
}

/** Whether asking again, later, may come to something: nothing that is wrong with the question itself. */
export function isTemporary(error: unknown): boolean {
  return (
    error instanceof SessionRequestError &&
    ['NO_ANSWER', 'NOT_UNDERSTOOD', 'SERVER_BUSY', 'INTERNAL_SERVER_ERROR'].includes(error.code)
  )
}

/** The same of a request that changes something: where no answer came, it may have been done all the same. */
export function unknownOutcome(error: unknown): Failure {
  const failure = failed(error)
  return failure.code === 'NO_ANSWER' ? { ...failure, message: texts.failures.unknownOutcome } : failure
}
