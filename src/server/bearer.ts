import type { ServerResponse } from 'node:http'
import type { AccessGrant } from '../sessions/credential.ts'
import type { AccessTokens } from '../tokens/access-token.ts'

/** What came of a presented access token. */
export type Bearer =
  | { readonly state: 'valid'; readonly grant: AccessGrant }
  /** Genuine, and past its time: its holder has only to refresh. */
  | { readonly state: 'expired'; readonly grant: AccessGrant }
  | { readonly state: 'invalid' }

/** The token of an Authorization header with the scheme Bearer (RFC 6750 §2.1), also if it is empty; null if there is no such header. */
export function readBearer(header: string | undefined): string | null {
  const found = /^bearer(?:\s(.*))?$/i.exec(header ?? '')
  return found && (found[1] ?? '').trim()
}

/** Checks a token's signature and claims; the database is not asked. */
export async function checkBearer(accessTokens: AccessTokens, token: string): Promise<Bearer> {
  const verified = await accessTokens.verify(token)
  return verified ? { state: verified.state, grant: verified.claims } : { state: 'invalid' }
}

/** Tells a program why its token was not taken (RFC 6750 §3); the answer itself is that of somebody who is not signed in. */
export function challenge(response: ServerResponse, description: string): void {
  if (!response.headersSent) {
    response.setHeader('WWW-Authenticate', `Bearer error="invalid_token", error_description="${description}"`)
  }
}
