import { decodeId, encodeId } from '../kernel/ids.ts'
import { isSecret, newSecret } from '../kernel/secret.ts'
import { TOKEN_PREFIX } from '../protocol/credentials.ts'

/** A session token taken apart: `cfs_<session id>.<256-bit secret>`. Having one proves nothing until the secret is compared. */
export interface SessionToken {
  readonly sessionId: string
  readonly secret: string
}

const PREFIX = TOKEN_PREFIX.session

/** A token for a session, with a new secret. */
export function newSessionToken(sessionId: string): SessionToken {
  return { sessionId, secret: newSecret() }
}

/** The text that the client is given. */
export function formatSessionToken({ sessionId, secret }: SessionToken): string {
  return `${PREFIX}${encodeId(sessionId)}.${secret}`
}

/** Reads a token; null if it is malformed, so that no store is asked about what cannot be ours. */
export function parseSessionToken(text: string): SessionToken | null {
  if (!text.startsWith(PREFIX)) return null
  const [id = '', secret = '', ...rest] = text.slice(PREFIX.length).split('.')
  const sessionId = decodeId(id)
  return sessionId && isSecret(secret) && rest.length === 0 ? { sessionId, secret } : null
}
