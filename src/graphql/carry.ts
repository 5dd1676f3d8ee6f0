import type { StartedSession } from '../sessions/sessions.ts'
import type { User } from '../users/user.ts'
import type { Context } from './context.ts'

/** Makes a session that was just started the one of this request, and sets its cookie if that is how it is carried. */
export function carrySession(context: Context, { session, credential }: StartedSession, user: User): void {
  if (credential.transport === 'COOKIE') context.cookies.set(session, credential.token)
  context.viewer = { session, user }
}

/** Leaves the request without a session, once that has ended. A cookie is dropped unless it is of another one, that may live. */
export function dropSession(context: Context): void {
  const { viewer, ended, cameWithNothing } = context
  const transport = (viewer?.session ?? ended)?.transport
  context.viewer = null
  if (transport === 'COOKIE' || (!transport && cameWithNothing)) context.cookies.clear()
}
