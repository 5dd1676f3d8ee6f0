import { Refusal } from '../kernel/refusal.ts'

/** There is an account with this e-mail address already. */
export class EmailTaken extends Refusal {
  readonly code = 'EMAIL_TAKEN'
  readonly message = 'There is an account with this e-mail address already. Sign in instead.'
}
