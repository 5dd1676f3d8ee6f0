import type { SessionTokenPair } from '../accounts/issue-tokens.ts'
import { builder } from './builder.ts'

export const SessionTokens = builder.objectRef<SessionTokenPair>('SessionTokens').implement({
  description: 'The tokens of a session whose transport is TOKEN. Shown once.',
  fields: (t) => ({
    accessToken: t.exposeString('accessToken', {
      description:
        'To be sent as `Authorization: Bearer`, or as `accessToken` among the parameters of a WebSocket.',
    }),
    accessTokenExpiresAt: t.expose('accessTokenExpiresAt', {
      type: 'DateTime',
      description: 'When the access token expires.',
    }),
    refreshToken: t.exposeString('refreshToken', {
      description: 'Gives the next pair: see `refreshSession`.',
    }),
    refreshTokenExpiresAt: t.expose('refreshTokenExpiresAt', {
      type: 'DateTime',
      description: 'When the refresh token expires: when the session ends if nobody uses it from now on.',
    }),
  }),
})
