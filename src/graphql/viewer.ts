import { Fault } from '../kernel/fault.ts'
import { requireAdministration } from '../sessions/administering.ts'
import { isAdministrator, type User } from '../users/user.ts'
import type { Context } from './context.ts'

/**
 * Whether the viewer may see what belongs to this user: the user, and administrators.
 * @throws Fault VERIFICATION_REQUIRED if the viewer is an administrator who has to reverify first
 */
export function maySee(context: Context, userId: string): boolean {
  const { viewer } = context
  if (viewer === null) return false
  if (viewer.user.id === userId) return true
  if (!isAdministrator(viewer.user)) return false
  requireAdministrator(context)
  return true
}

/** @throws Fault FORBIDDEN or VERIFICATION_REQUIRED unless the viewer may see what belongs to this user */
export function requireMaySee(context: Context, user: Pick<User, 'id'>): void {
  if (!maySee(context, user.id))
    throw new Fault('FORBIDDEN', 'Only the user and administrators may see this.')
}

/** @throws Fault NOT_SIGNED_IN, FORBIDDEN or VERIFICATION_REQUIRED unless the viewer may administer now */
export function requireAdministrator({ viewer, services }: Context): void {
  if (!viewer) throw new Fault('NOT_SIGNED_IN', 'You are not signed in. Sign in and try again.')
  const { sessions, clock } = services.accounts
  requireAdministration(viewer, sessions.policy, clock.now())
}
