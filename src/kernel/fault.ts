import type { FaultCode } from '../protocol/error-codes.ts'

/**
 * A fault of the caller or of the moment that is safe to tell: thrown, sent with its code and message. Everything else that
 * is thrown is a bug or an outage, is logged, and is sent as INTERNAL_SERVER_ERROR without details.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(code: FaultCode, message: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = code
    this.extensions = extensions
  }
}
