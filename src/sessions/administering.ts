import { Fault } from '../kernel/fault.ts'
import { isAdministrator } from '../users/user.ts'
import { isRecentlyVerified, type SessionPolicy } from './lifetime.ts'
import type { LiveSession } from './sessions.ts'

/** What stands between a session and what is an administrator's to see and do; null: nothing. */
export function administrationBarrier(
  { user, session }: LiveSession,
  policy: SessionPolicy,
  now: Date,
): 'FORBIDDEN' | 'VERIFICATION_REQUIRED' | null {
  if (!isAdministrator(user)) return 'FORBIDDEN'
  return isRecentlyVerified(session, policy, now) ? null : 'VERIFICATION_REQUIRED'
}

/**
 * For what has no result to be refused in: queries and subscriptions.
 * @throws Fault FORBIDDEN unless the user is an administrator, VERIFICATION_REQUIRED unless a factor was presented within the sensitive window
 */
export function requireAdministration(viewer: LiveSession, policy: SessionPolicy, now: Date): void {
  const barrier = administrationBarrier(viewer, policy, now)
  if (barrier === 'FORBIDDEN') throw new Fault('FORBIDDEN', 'This is for administrators.')
  if (barrier === 'VERIFICATION_REQUIRED')
    throw new Fault(
      'VERIFICATION_REQUIRED',
      'Confirm that it is you first: call reverify with the action ADMINISTER, then repeat this.',
      { action: 'ADMINISTER' },
    )
}
