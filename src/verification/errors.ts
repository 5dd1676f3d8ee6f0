import { Refusal } from '../kernel/refusal.ts'
import type { SensitiveAction } from '../protocol/sessions.ts'

/** The action needs a fresh proof; says exactly which `reverify` gives it. */
export class VerificationRequired extends Refusal {
  readonly code = 'VERIFICATION_REQUIRED'
  readonly message: string
  readonly action: SensitiveAction
  readonly subjectId: string | null

  constructor(action: SensitiveAction, subjectId: string | null) {
    super()
    this.action = action
    this.subjectId = subjectId
    this.message =
      action === 'ADMINISTER'
        ? 'Confirm that it is you first: call reverify with this action, then repeat the call.'
        : 'Confirm that it is you first: call reverify with this action and subject, then repeat the call with its token.'
  }
}
