import { Refusal } from '../kernel/refusal.ts'
import { SESSION_END_MESSAGES, type SessionEndReason } from '../protocol/sessions.ts'

/** No live session came with the request. */
export class NotSignedIn extends Refusal {
  readonly code = 'NOT_SIGNED_IN'
  readonly message = 'You are not signed in. Sign in and try again.'
}

/** The user has as many live sessions as are allowed, and the operator has it that none is ended for another. */
export class SessionLimit extends Refusal {
  readonly code = 'SESSION_LIMIT'
  readonly message =
    'You are signed in on as many devices as are allowed. Sign out on one of them, then try again.'
}

/** The user has no live session with this id. */
export class SessionNotFound extends Refusal {
  readonly code = 'SESSION_NOT_FOUND'
  readonly message = 'You have no live session with this id. It may have ended already.'
}

/** The session of a genuine token has ended. */
export class SessionEnded extends Refusal {
  readonly code = 'SESSION_ENDED'
  readonly message: string
  readonly reason: SessionEndReason

  constructor(reason: SessionEndReason) {
    super()
    this.reason = reason
    this.message = SESSION_END_MESSAGES[reason]
  }
}
