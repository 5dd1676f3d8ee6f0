import { Refusal } from '../kernel/refusal.ts'

/** The e-mail address or the password is wrong. The same for unknown and disabled accounts, so that it tells neither. */
export class InvalidCredentials extends Refusal {
  readonly code = 'INVALID_CREDENTIALS'
  readonly message: string

  /** @param message what to say where only a password was asked for */
  constructor(message = 'The e-mail address or the password is not right.') {
    super()
    this.message = message
  }
}

/** The new password may not be used; the message says why. */
export class WeakPassword extends Refusal {
  readonly code = 'WEAK_PASSWORD'
  readonly message: string

  constructor(message: string) {
    super()
    this.message = message
  }
}
