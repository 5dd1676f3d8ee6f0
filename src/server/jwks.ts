import type { IncomingMessage, ServerResponse } from 'node:http'
import { JWKS_MAX_AGE } from '../tokens/key-times.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'
import { entityTag, isKept } from './entity-tag.ts'

/**
 * Answers with the public keys (RFC 7517 §5), to anybody and to pages of any origin. Those that do not sign yet are among
 * them: that is how whoever keeps the answer for its `max-age` knows each key before its first token.
 */
export function answerJwks(request: IncomingMessage, response: ServerResponse, keys: SigningKeys): void {
  const body = `${JSON.stringify({ keys: keys.publicKeys() })}\n`
  const tag = entityTag(body)
  response.setHeader('Cache-Control', `public, max-age=${JWKS_MAX_AGE / 1_000}`)
  response.setHeader('ETag', tag)
  response.setHeader('Access-Control-Allow-Origin', '*')
  // pages may load it as they may fetch it, also where they demand that of all they load
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
  if (isKept(request.headers['if-none-match'], tag)) {
    response.writeHead(304).end()
    return
  }
  response.writeHead(200, { 'Content-Type': 'application/jwk-set+json' })
  response.end(body)
}
