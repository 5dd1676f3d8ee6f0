import type { ErrorCode } from '../protocol/error-codes.ts'

/**
 * An expected failure of a public verb. Returned, never thrown: the verb's return type names each refusal that it can give. It has
 * changed nothing, but for a reused refresh token, which ends its session.
 * `message` is one plain sentence for the person or developer who reads it.
 */
export abstract class Refusal {
  abstract readonly code: ErrorCode
  abstract readonly message: string
}
