import type { Session as SessionEntity } from '../sessions/session.ts'
import type { User } from '../users/user.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { maySee } from './viewer.ts'

/** A session, and its user where a list has read both at once. */
export type SeenSession = SessionEntity & { readonly owner?: User }

export const Session = builder.nodeRef<SeenSession>('Session', {
  id: { resolve: ({ id }) => id },
  loadOne: async (id: string, context: Context) => {
    const session = await context.services.accounts.sessions.view(id)
    if (!session || !maySee(context, session.userId)) return null
    return session
  },
})
