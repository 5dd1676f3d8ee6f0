import { disableUser, type UserDisabled } from '../accounts/disable-user.ts'
import { enableUser } from '../accounts/enable-user.ts'
import { countOwnedSessions, listOwnedSessions } from '../accounts/list-sessions.ts'
import { revokeUserSessions, type UserSessionsRevoked } from '../accounts/revoke-user-sessions.ts'
import { toCount } from '../kernel/page.ts'
import { Refusal } from '../kernel/refusal.ts'
import { NotSignedIn } from '../sessions/errors.ts'
import { positionOfSession } from '../sessions/listing.ts'
import { countUsers, listUsers, positionOfUser } from '../users/queries.ts'
import type { User as UserEntity } from '../users/user.ts'
import { NEEDS, readReason, UNAUTHORIZED } from './administering.ts'
import { builder } from './builder.ts'
import { dropSession } from './carry.ts'
import { toConnection, weightOfList } from './connection.ts'
import { SessionOrder, UserOrder, UserState } from './enums.ts'
import { OwnAccountError, UserNotFoundError } from './errors.ts'
import { localId } from './global-ids.ts'
import { encodeSessionCursor, encodeUserCursor, readSessionsPage, readUsersPage } from './list-cursor.ts'
import { resultOf } from './result-of.ts'
import { SessionConnection } from './session-connection.ts'
import { readFilter, SessionFilter } from './session-filter.ts'
import { UserConnection } from './user-connection.ts'
import { User } from './users.ts'
import { requireAdministrator } from './viewer.ts'

const pageArguments = {
  first: { description: 'How many; 20 if not given, at most 100.' },
  after: { description: 'The `endCursor` of the page before. Null for the first page.' },
} as const

builder.queryFields((t) => ({
  users: t.field({
    type: UserConnection,
    description: `All users but deleted ones. ${NEEDS}`,
    args: {
      search: t.arg.string({
        description: 'Only those whose e-mail address begins so, in any spelling. Null for all.',
      }),
      state: t.arg({ type: UserState, description: 'Only those in this state. Null for all.' }),
      orderBy: t.arg({
        type: UserOrder,
        required: true,
        defaultValue: 'CREATED_AT_DESC',
        description: 'In which order.',
      }),
      first: t.arg.int(pageArguments.first),
      after: t.arg.string(pageArguments.after),
    },
    complexity: weightOfList,
    resolve: async (_root, { search, state, orderBy, ...args }, context) => {
      requireAdministrator(context)
      const { queries } = context.services.accounts.database
      const page = readUsersPage(args, orderBy)
      const filter = { search, state }
      return toConnection(
        await listUsers(queries, filter, page),
        page,
        () => countUsers(queries, filter),
        (user) => encodeUserCursor(orderBy, positionOfUser(user, orderBy)),
      )
    },
  }),
  sessions: t.field({
    type: SessionConnection,
    description: `Everyone's sessions. ${NEEDS}`,
    args: {
      filter: t.arg({ type: SessionFilter, description: 'Which ones. Null for all.' }),
      orderBy: t.arg({
        type: SessionOrder,
        required: true,
        defaultValue: 'CREATED_AT_DESC',
        description: 'In which order.',
      }),
      first: t.arg.int(pageArguments.first),
      after: t.arg.string(pageArguments.after),
    },
    complexity: weightOfList,
    resolve: async (_root, { filter, orderBy, ...args }, context) => {
      requireAdministrator(context)
      const { accounts } = context.services
      const page = readSessionsPage(args, orderBy)
      const which = readFilter(filter ?? {}, 'filter')
      // an id that is nobody's has no sessions
      if (!which) return toConnection({ items: [], hasMore: false }, page, () => toCount(0))
      const found = await listOwnedSessions(accounts, which, page)
      const items = found.items.map(({ session, user }) => ({ ...session, owner: user }))
      return toConnection(
        { items, hasMore: found.hasMore },
        page,
        () => countOwnedSessions(accounts, which, orderBy),
        (session) => encodeSessionCursor(orderBy, positionOfSession(session, orderBy)),
      )
    },
  }),
}))

const reasonField = {
  description: 'Why, for the log; at most 200 characters. Null if there is nothing to say.',
} as const

const DisableUserInput = builder.inputType('DisableUserInput', {
  description: 'Whose account to disable.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'The user.' }),
    reason: t.string(reasonField),
  }),
})

const EnableUserInput = builder.inputType('EnableUserInput', {
  description: 'Whose account to enable.',
  fields: (t) => ({ userId: t.id({ required: true, description: 'The user.' }) }),
})

const RevokeUserSessionsInput = builder.inputType('RevokeUserSessionsInput', {
  description: 'Whose sessions to end.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'The user.' }),
    reason: t.string(reasonField),
  }),
})

const DisableUserSuccess = builder.objectRef<UserDisabled>('DisableUserSuccess').implement({
  description: 'The account is disabled: nobody can sign in to it, and all of its sessions have ended.',
  fields: (t) => ({
    user: t.expose('user', { type: User, description: 'The user.' }),
    revokedCount: t.exposeInt('revokedCount', { description: 'How many sessions ended.' }),
  }),
})

const EnableUserSuccess = builder.objectRef<{ readonly user: UserEntity }>('EnableUserSuccess').implement({
  description: 'The account is enabled. Sessions that had ended stay ended.',
  fields: (t) => ({ user: t.expose('user', { type: User, description: 'The user.' }) }),
})

const RevokeUserSessionsSuccess = builder
  .objectRef<UserSessionsRevoked>('RevokeUserSessionsSuccess')
  .implement({
    description: "All of the user's sessions have ended.",
    fields: (t) => ({
      user: t.expose('user', { type: User, description: 'The user.' }),
      revokedCount: t.exposeInt('revokedCount', { description: 'How many sessions ended.' }),
    }),
  })

const DisableUserResult = builder.unionType('DisableUserResult', {
  description: 'What came of disabling an account.',
  types: [DisableUserSuccess, UserNotFoundError, OwnAccountError, ...UNAUTHORIZED],
  resolveType: resultOf('DisableUserSuccess'),
})

const EnableUserResult = builder.unionType('EnableUserResult', {
  description: 'What came of enabling an account.',
  types: [EnableUserSuccess, UserNotFoundError, ...UNAUTHORIZED],
  resolveType: resultOf('EnableUserSuccess'),
})

const RevokeUserSessionsResult = builder.unionType('RevokeUserSessionsResult', {
  description: "What came of ending a user's sessions.",
  types: [RevokeUserSessionsSuccess, UserNotFoundError, ...UNAUTHORIZED],
  resolveType: resultOf('RevokeUserSessionsSuccess'),
})

builder.mutationFields((t) => ({
  disableUser: t.field({
    type: DisableUserResult,
    description: `Disables an account and ends all of its sessions at once. Succeeds too if it was disabled before. ${NEEDS}`,
    args: { input: t.arg({ type: DisableUserInput, required: true, description: 'Whose.' }) },
    resolve: (_root, { input }, { viewer, services }) => {
      const reason = readReason(input.reason)
      if (!viewer) return new NotSignedIn()
      return disableUser(services.accounts, viewer, { userId: localId(input.userId, 'User'), reason })
    },
  }),
  enableUser: t.field({
    type: EnableUserResult,
    description: `Lets a disabled account sign in again. Succeeds too if it was enabled before. ${NEEDS}`,
    args: { input: t.arg({ type: EnableUserInput, required: true, description: 'Whose.' }) },
    resolve: async (_root, { input }, { viewer, services }) => {
      if (!viewer) return new NotSignedIn()
      const result = await enableUser(services.accounts, viewer, { userId: localId(input.userId, 'User') })
      return result instanceof Refusal ? result : { user: result }
    },
  }),
  revokeUserSessions: t.field({
    type: RevokeUserSessionsResult,
    description: `Ends all sessions of a user. ${NEEDS}`,
    args: { input: t.arg({ type: RevokeUserSessionsInput, required: true, description: 'Whose.' }) },
    resolve: async (_root, { input }, context) => {
      const reason = readReason(input.reason)
      if (!context.viewer) return new NotSignedIn()
      const userId = localId(input.userId, 'User')
      const result = await revokeUserSessions(context.services.accounts, context.viewer, { userId, reason })
      if (!(result instanceof Refusal) && userId === context.viewer.user.id) dropSession(context)
      return result
    },
  }),
}))
