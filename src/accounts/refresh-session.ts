import { SessionEnded } from '../sessions/errors.ts'
import type { Refreshed } from '../sessions/refreshes.ts'
import type { Session } from '../sessions/session.ts'
import { InvalidToken } from '../tokens/errors.ts'
import type { User } from '../users/user.ts'
import { issueTokens, type SessionTokenPair } from './issue-tokens.ts'
import type { AccountParts, Visitor } from './parts.ts'

/** A session that goes on, and what its client is to hold from now on. */
export interface SessionRefreshed {
  readonly session: Session
  readonly user: User
  readonly tokens: SessionTokenPair
}

/**
 * Exchanges a refresh token for the next pair. One that no honest client would present ends its session, for everybody who holds
 * it (RFC 9700 §4.14.2); one that this server never wrote is refused before the database is asked.
 */
export async function refreshSession(
  parts: AccountParts,
  input: { refreshToken: string; background: boolean },
  visitor: Visitor,
): Promise<SessionRefreshed | SessionEnded | InvalidToken> {
  const { refreshTokens, refreshes, logger } = parts
  const token = refreshTokens.read(input.refreshToken)
  if (!token) {
    logger.warn({ network: visitor.place.network }, 'a refresh token was refused: it is not one of ours')
    return new InvalidToken()
  }
  const { userAgent, place } = visitor
  const background = input.background || visitor.background
  const refreshed = await refreshes.refresh(token, { userAgent, place, background })
  if (!refreshed) return new InvalidToken()
  tell(parts, refreshed, place.network)
  if (!('refreshToken' in refreshed)) return new SessionEnded(refreshed.session.endReason)
  const { session, user } = refreshed
  return { session, user, tokens: await issueTokens(parts, session, refreshed.refreshToken) }
}

function tell({ logger }: AccountParts, refreshed: Refreshed, network: string | null): void {
  const { verdict, session } = refreshed
  const about = { userId: session.userId, sessionId: session.id, network }
  if ('fromAnotherCountry' in refreshed && refreshed.fromAnotherCountry)
    logger.warn({ ...about, verdict }, 'a refresh was repeated from another country; the session goes on')
  else if (verdict === 'reused') logger.warn(about, 'a refresh token was reused; the session was ended')
  else if (verdict === 'recovered') logger.info(about, 'a refresh was repeated after a lost response')
  else logger.debug({ ...about, verdict }, 'session refreshed')
}
