import { Refusal } from '../kernel/refusal.ts'

/** The operator has closed signing up. */
export class SignUpClosed extends Refusal {
  readonly code = 'SIGN_UP_CLOSED'
  readonly message = 'Signing up is closed here. Ask an administrator for an account.'
}

/** The viewer may not do this. The same for everybody and everything, so that it tells nothing of whom it was about. */
export class Forbidden extends Refusal {
  readonly code = 'FORBIDDEN'
  readonly message = 'This is for administrators.'
}

/** There is no user with this id, as an administrator is told. */
export class UserNotFound extends Refusal {
  readonly code = 'USER_NOT_FOUND'
  readonly message = 'There is no user with this id. The account may have been deleted.'
}

/** Administrators don't shut themselves out: the last one would leave nobody to let them in again. */
export class OwnAccount extends Refusal {
  readonly code = 'OWN_ACCOUNT'
  readonly message = 'You cannot disable your own account. Ask another administrator.'
}
