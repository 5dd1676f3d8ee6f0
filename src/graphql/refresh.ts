import { refreshSession, type SessionRefreshed } from '../accounts/refresh-session.ts'
import { builder } from './builder.ts'
import { InvalidTokenError, SessionEndedError } from './errors.ts'
import { resultOf } from './result-of.ts'
import { Session } from './session-ref.ts'
import { SessionTokens } from './session-tokens.ts'

const RefreshSessionInput = builder.inputType('RefreshSessionInput', {
  description: 'The refresh token to exchange.',
  fields: (t) => ({
    refreshToken: t.string({ required: true, description: 'The refresh token that the client holds now.' }),
    background: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Whether no person is behind it, as in a hidden tab: the session then counts as idle all the same.',
    }),
  }),
})

const RefreshSessionSuccess = builder.objectRef<SessionRefreshed>('RefreshSessionSuccess').implement({
  description: 'The session goes on. The tokens take the place of those before.',
  fields: (t) => ({
    session: t.field({ type: Session, description: 'The session.', resolve: ({ session }) => session }),
    tokens: t.field({
      type: SessionTokens,
      description: 'What to hold from now on.',
      resolve: ({ tokens }) => tokens,
    }),
  }),
})

const RefreshSessionResult = builder.unionType('RefreshSessionResult', {
  description: 'What came of refreshing.',
  types: [RefreshSessionSuccess, SessionEndedError, InvalidTokenError],
  resolveType: resultOf('RefreshSessionSuccess'),
})

builder.mutationField('refreshSession', (t) =>
  t.field({
    type: RefreshSessionResult,
    description:
      'Exchanges a refresh token for the next pair. May be repeated with the same token within 30 seconds, and later if the response was lost; presented in any other way, an old token ends the session. Needs no access token.',
    args: {
      input: t.arg({ type: RefreshSessionInput, required: true, description: 'The token to exchange.' }),
    },
    resolve: async (_root, { input }, context) => {
      const result = await refreshSession(context.services.accounts, input, context.visitor)
      if ('tokens' in result) context.viewer = { session: result.session, user: result.user }
      return result
    },
  }),
)
