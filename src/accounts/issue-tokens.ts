import type { Credential } from '../sessions/credential.ts'
import { endsAt } from '../sessions/lifetime.ts'
import type { Session } from '../sessions/session.ts'
import type { RefreshToken } from '../tokens/refresh-token.ts'
import type { AccountParts } from './parts.ts'

/** What a client with the TOKEN transport holds. */
export interface SessionTokenPair {
  readonly accessToken: string
  readonly accessTokenExpiresAt: Date
  readonly refreshToken: string
  readonly refreshTokenExpiresAt: Date
}

/** The tokens of a session just started; null if its credential is a cookie. */
export async function tokensOf(
  parts: AccountParts,
  { session, credential }: { session: Session; credential: Credential },
): Promise<SessionTokenPair | null> {
  return credential.transport === 'TOKEN' ? issueTokens(parts, session, credential.refreshToken) : null
}

/** Writes a session's refresh token out, and signs an access token of the same generation. Neither outlives the session. */
export async function issueTokens(
  { accessTokens, refreshTokens, sessions }: AccountParts,
  session: Session,
  refreshToken: RefreshToken,
): Promise<SessionTokenPair> {
  const end = endsAt(session, sessions.policy)
  const access = await accessTokens.issue({
    sessionId: session.id,
    userId: session.userId,
    generation: refreshToken.generation,
    authenticatedAt: session.verifiedAt,
    factors: session.factors,
    notAfter: end,
  })
  return {
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    refreshToken: refreshTokens.write(refreshToken),
    refreshTokenExpiresAt: end,
  }
}
