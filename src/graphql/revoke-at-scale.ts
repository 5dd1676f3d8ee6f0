import { type EverySessionRevoked, revokeEverySession } from '../accounts/revoke-every-session.ts'
import {
  MOST_AT_ONCE,
  revokeSessions,
  type SessionsRevokedByAdministrator,
} from '../accounts/revoke-sessions.ts'
import { Fault } from '../kernel/fault.ts'
import { Refusal } from '../kernel/refusal.ts'
import { NotSignedIn } from '../sessions/errors.ts'
import { fitsEverySession } from '../sessions/filter.ts'
import { NEEDS, requireReason, UNAUTHORIZED } from './administering.ts'
import { builder } from './builder.ts'
import { dropSession } from './carry.ts'
import { resultOf } from './result-of.ts'
import { readFilter, SessionFilter } from './session-filter.ts'
import { Session } from './session-ref.ts'

const reasonField = {
  required: true,
  description: 'Why, for the log and the record; 1 to 200 characters.',
} as const

const RevokeSessionsInput = builder.inputType('RevokeSessionsInput', {
  description: 'Which sessions to end.',
  fields: (t) => ({
    filter: t.field({
      type: SessionFilter,
      required: true,
      description: 'Which ones. It has to say something: for all sessions there is `revokeEverySession`.',
    }),
    reason: t.string(reasonField),
    keepCurrent: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Whether to keep the session of this request, if it is one of them.',
    }),
  }),
})

const RevokeEverySessionInput = builder.inputType('RevokeEverySessionInput', {
  description: "How to end everyone's sessions.",
  fields: (t) => ({
    reason: t.string(reasonField),
    keepCurrent: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Whether to keep the session of this request.',
    }),
  }),
})

const RevokeSessionsSuccess = builder
  .objectRef<SessionsRevokedByAdministrator>('RevokeSessionsSuccess')
  .implement({
    description: 'Sessions that fit have ended.',
    fields: (t) => ({
      revokedCount: t.exposeInt('revokedCount', { description: 'How many ended by this request.' }),
      hasMore: t.exposeBoolean('hasMore', {
        description: 'Whether there may be more that fit: send the same request again until there are none.',
      }),
    }),
  })

const RevokeEverySessionSuccess = builder
  .objectRef<EverySessionRevoked>('RevokeEverySessionSuccess')
  .implement({
    description: "Everyone's sessions have ended.",
    fields: (t) => ({
      endedAt: t.expose('endedAt', {
        type: 'DateTime',
        description: 'When they ended. How many they were is not counted.',
      }),
      session: t.expose('session', {
        type: Session,
        nullable: true,
        description: 'The session of this request, if it was kept. Null if it ended too.',
      }),
    }),
  })

const RevokeSessionsResult = builder.unionType('RevokeSessionsResult', {
  description: 'What came of ending the sessions that fit.',
  types: [RevokeSessionsSuccess, ...UNAUTHORIZED],
  resolveType: resultOf('RevokeSessionsSuccess'),
})

const RevokeEverySessionResult = builder.unionType('RevokeEverySessionResult', {
  description: "What came of ending everyone's sessions.",
  types: [RevokeEverySessionSuccess, ...UNAUTHORIZED],
  resolveType: resultOf('RevokeEverySessionSuccess'),
})

builder.mutationFields((t) => ({
  revokeSessions: t.field({
    type: RevokeSessionsResult,
    description: `Ends live sessions of anyone that fit a filter, at most ${MOST_AT_ONCE} a request. The one of this request comes last. ${NEEDS}`,
    args: { input: t.arg({ type: RevokeSessionsInput, required: true, description: 'Which sessions.' }) },
    resolve: async (_root, { input }, context) => {
      const reason = requireReason(input.reason)
      const filter = readFilter(input.filter, 'input.filter')
      if (filter && fitsEverySession(filter)) {
        throw new Fault(
          'BAD_USER_INPUT',
          'input.filter: say which sessions; to end those of everyone, call revokeEverySession.',
        )
      }
      if (!context.viewer) return new NotSignedIn()
      const { accounts } = context.services
      const result = await revokeSessions(accounts, context.viewer, {
        // of nobody there are none, and only an administrator is to learn that
        filter: filter ?? { state: 'ENDED' },
        reason,
        keepCurrent: input.keepCurrent,
      })
      if (!(result instanceof Refusal) && result.revokedCurrent) dropSession(context)
      return result
    },
  }),
  revokeEverySession: t.field({
    type: RevokeEverySessionResult,
    description: `Ends everyone's sessions at once, however many there are, that of this request too unless it is kept. ${NEEDS}`,
    args: { input: t.arg({ type: RevokeEverySessionInput, required: true, description: 'How.' }) },
    resolve: async (_root, { input }, context) => {
      const reason = requireReason(input.reason)
      if (!context.viewer) return new NotSignedIn()
      const result = await revokeEverySession(context.services.accounts, context.viewer, {
        reason,
        keepCurrent: input.keepCurrent,
      })
      if (!(result instanceof Refusal) && !result.session) dropSession(context)
      return result
    },
  }),
}))
