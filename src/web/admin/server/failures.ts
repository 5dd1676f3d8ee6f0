import { SessionRequestError } from '../../../client/errors.ts'
import { texts } from '../texts.ts'
import { VERIFICATION_CANCELLED } from './requests.ts'

/** Why something did not work, as the page says it. */
export interface Failure {
  readonly code: string
  readonly message: string
}

/** Failures that pass: it is tried again by itself. */
const PASSING: readonly string[] = ['NO_ANSWER', 'NOT_UNDERSTOOD', 'SERVER_BUSY']

/** @param isChange whether something was to be done, and may have been though no answer came */
export function failureOf(error: unknown, { isChange = false } = {}): Failure {
  if (!(error instanceof SessionRequestError))
    return { code: 'UNEXPECTED', message: texts.failures.unexpected }
  const { code, message, extensions } = error
  return { code, message: sentence(code, message, extensions['reference'], isChange) }
}

/** Whether it is worth a try a little later. */
export function isPassing(error: unknown): boolean {
  return error instanceof SessionRequestError && PASSING.includes(error.code)
}

function sentence(code: string, message: string, reference: unknown, isChange: boolean): string {
  switch (code) {
    case 'NO_ANSWER':
      return isChange ? texts.failures.unknownOutcome : texts.failures.network
    case 'NOT_UNDERSTOOD':
      return texts.failures.network
    case 'SERVER_BUSY':
      return texts.failures.busy
    case 'VERIFICATION_REQUIRED':
    case VERIFICATION_CANCELLED:
      return isChange ? texts.failures.nothingDone : texts.failures.cancelled
    case 'INTERNAL_SERVER_ERROR':
      return typeof reference === 'string' ? texts.failures.reference(reference) : texts.failures.unexpected
    default:
      // the API's own sentence names what is wrong, and the fix
      return message
  }
}
