import { Refusal } from '../kernel/refusal.ts'

/** The refresh token is not one that this server wrote, or its session is gone. */
export class InvalidToken extends Refusal {
  readonly code = 'INVALID_TOKEN'
  readonly message = 'This refresh token is not valid. Sign in again.'
}
