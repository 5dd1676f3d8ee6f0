/**
 * WebSocket close codes of this server, beside those that `graphql-transport-ws` defines itself (4400, 4408, 4409, 4429 for
 * repeated initialisation and 4500). Which ones make the stock graphql-ws client stop and which make it reconnect is part of
 * their meaning: it stops on 4401, 4400 and 4429, and reconnects on 4403, 1001, 1012 and 1013.
 */
export const CloseCode = {
  /** The session ended, or there was none: sign in again. The close reason names why. */
  sessionEnded: 4401,
  /** The session was replaced by a successor of the same browser, or its access token is past its time: reconnect with the new credentials. */
  sessionReplaced: 4403,
  /** This session, user or network has too many connections, or too many subscriptions on one. */
  tooManyConnections: 4429,
  /** The node is going away: reconnect, to another node where there is one. */
  goingAway: 1001,
  /** The node is full, or this reader was too slow: reconnect later. */
  tryAgainLater: 1013,
} as const
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode]

/** The close reason of a connection that came without any credential. */
export const NOT_SIGNED_IN = 'NOT_SIGNED_IN'

/** The close reason of a connection whose access token is past its time, while its session lives: refresh, and reconnect. */
export const ACCESS_TOKEN_EXPIRED = 'ACCESS_TOKEN_EXPIRED'
