import { type RevokedAll, revokeAllSessions } from '../accounts/revoke-all-sessions.ts'
import { revokeSession } from '../accounts/revoke-session.ts'
import { Refusal } from '../kernel/refusal.ts'
import { NotSignedIn, SessionNotFound } from '../sessions/errors.ts'
import type { EndedSession } from '../sessions/session.ts'
import { builder } from './builder.ts'
import { dropSession } from './carry.ts'
import { NotSignedInError, SessionNotFoundError, VerificationRequiredError } from './errors.ts'
import { localId } from './global-ids.ts'
import { resultOf } from './result-of.ts'
import { Session } from './session-ref.ts'

const RevokeSessionInput = builder.inputType('RevokeSessionInput', {
  description: 'Which session to end, and the proof for it.',
  fields: (t) => ({
    sessionId: t.id({ required: true, description: 'The session, as `User.sessions` lists it.' }),
    verificationToken: t.string({
      required: true,
      description: 'A proof for REVOKE_SESSION on this session.',
    }),
  }),
})

const RevokeAllSessionsInput = builder.inputType('RevokeAllSessionsInput', {
  description: 'Which sessions to end.',
  fields: (t) => ({
    keepCurrent: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Whether to keep the session of this request. Needs a proof; without it everything ends, this device too, and none is needed.',
    }),
    verificationToken: t.string({
      description: 'A proof for REVOKE_OTHER_SESSIONS. Null unless `keepCurrent` is true.',
    }),
  }),
})

const RevokeSessionSuccess = builder
  .objectRef<{ readonly session: EndedSession }>('RevokeSessionSuccess')
  .implement({
    description: 'The session has ended.',
    fields: (t) => ({
      session: t.field({
        type: Session,
        description: 'The session that ended: the one asked for, or the one that has replaced it since.',
        resolve: ({ session }) => session,
      }),
    }),
  })

const RevokeAllSessionsSuccess = builder.objectRef<RevokedAll>('RevokeAllSessionsSuccess').implement({
  description: 'The sessions have ended.',
  fields: (t) => ({ revokedCount: t.exposeInt('revokedCount', { description: 'How many sessions ended.' }) }),
})

const RevokeSessionResult = builder.unionType('RevokeSessionResult', {
  description: 'What came of ending a session.',
  types: [RevokeSessionSuccess, SessionNotFoundError, VerificationRequiredError, NotSignedInError],
  resolveType: resultOf('RevokeSessionSuccess'),
})

const RevokeAllSessionsResult = builder.unionType('RevokeAllSessionsResult', {
  description: 'What came of ending all sessions.',
  types: [RevokeAllSessionsSuccess, VerificationRequiredError, NotSignedInError],
  resolveType: resultOf('RevokeAllSessionsSuccess'),
})

builder.mutationFields((t) => ({
  revokeSession: t.field({
    type: RevokeSessionResult,
    description:
      "Ends one of the viewer's sessions. Needs a live session and a proof for REVOKE_SESSION on exactly that one.",
    args: { input: t.arg({ type: RevokeSessionInput, required: true, description: 'Which session.' }) },
    resolve: async (_root, { input }, context) => {
      if (!context.viewer) return new NotSignedIn()
      const sessionId = localId(input.sessionId, 'Session')
      if (!sessionId) return new SessionNotFound()
      const result = await revokeSession(context.services.accounts, context.viewer, {
        sessionId,
        verificationToken: input.verificationToken,
      })
      if (result instanceof Refusal) return result
      if (result.id === context.viewer.session.id) dropSession(context)
      return { session: result }
    },
  }),
  revokeAllSessions: t.field({
    type: RevokeAllSessionsResult,
    description:
      "Ends all of the viewer's sessions, or all but this one. Needs a live session; keeping this one needs a proof.",
    args: { input: t.arg({ type: RevokeAllSessionsInput, description: 'Which sessions. Null for all.' }) },
    resolve: async (_root, { input }, context) => {
      if (!context.viewer) return new NotSignedIn()
      const keepCurrent = input?.keepCurrent ?? false
      const result = await revokeAllSessions(context.services.accounts, context.viewer, {
        keepCurrent,
        verificationToken: input?.verificationToken ?? '',
      })
      if (!(result instanceof Refusal) && !keepCurrent) dropSession(context)
      return result
    },
  }),
}))
