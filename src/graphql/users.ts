import { countSessionsOf, listSessions } from '../sessions/queries.ts'
import type { User as UserEntity } from '../users/user.ts'
import { findUser } from '../users/users.ts'
import { builder } from './builder.ts'
import { readPage, toConnection, weightOfList } from './connection.ts'
import type { Context } from './context.ts'
import { Role, SessionState } from './enums.ts'
import { SessionConnection } from './session-connection.ts'
import { maySee, requireMaySee } from './viewer.ts'

export const User = builder.nodeRef<UserEntity>('User', {
  id: { resolve: ({ id }) => id },
  loadOne: async (id: string, context: Context) =>
    maySee(context, id) ? await findUser(context.services.accounts.database.queries, id) : null,
})

User.implement({
  description: 'Someone who can sign in. Seen by the user and by administrators.',
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'credentialVersion' in value,
  fields: (t) => ({
    email: t.exposeString('email', {
      description: 'The e-mail address, as it was given at sign-up. Empty if the account was deleted.',
    }),
    roles: t.field({
      type: [Role],
      description: 'What the user may do beyond their own account.',
      resolve: ({ roles }) => [...roles],
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was made.' }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the account was disabled. Null if it is enabled.',
    }),
    sessions: t.field({
      type: SessionConnection,
      description:
        "The user's sessions, newest first. Needs the user, or an administrator within the sensitive window.",
      args: {
        state: t.arg({ type: SessionState, description: 'Only sessions in this state. Null for all.' }),
        first: t.arg.int({ description: 'How many; 20 if not given, at most 100.' }),
        after: t.arg.string({ description: 'The `endCursor` of the page before. Null for the first page.' }),
      },
      // a query of its own, each time that it is asked for
      complexity: weightOfList,
      resolve: async (user, { state, first, after }, context) => {
        requireMaySee(context, user)
        const request = readPage({ first, after })
        const { sessions, database } = context.services.accounts
        // whoever looks is the first to notice a limit that was reached: what is listed as active is active
        if (!context.tidied.has(user.id)) {
          context.tidied.add(user.id)
          await sessions.endTimedOutOf(user.id)
        }
        const filter = { userId: user.id, state: state ?? null }
        const page = await listSessions(database.queries, filter, request)
        return toConnection(page, request, () => countSessionsOf(database.queries, filter))
      },
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: User,
    nullable: true,
    description: 'The signed-in user. Null if no live session came with the request.',
    resolve: (_root, _args, { viewer }) => viewer?.user ?? null,
  }),
)
