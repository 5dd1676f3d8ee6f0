import type { Factor } from './sessions.ts'

/** `typ` of access tokens (RFC 9068): what says that a JWT is one, and not something else that the same key signed. */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

/** Where the public keys are. */
export const JWKS_PATH = '/.well-known/jwks.json'

/** No access token is longer; what is longer is refused unread. */
export const LONGEST_ACCESS_TOKEN = 2_048

/** The clocks of those who issue and those who verify may differ by this much (milliseconds). */
export const CLOCK_SKEW = 5_000

/** What an access token says (RFC 9068, RFC 7519, OpenID Connect). Times are seconds since 1970. */
export interface AccessTokenPayload {
  readonly iss: string
  readonly aud: string
  /** The user, under the id of the API. */
  readonly sub: string
  /** The session, under the id of the API. */
  readonly sid: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  /** When the person last presented a factor. */
  readonly auth_time: number
  readonly amr: readonly string[]
  /** The generation of refresh tokens that it was given out with. */
  readonly gen: number
}

/**
 * `amr` of each factor (RFC 8176). A passkey is `pop` (OpenID Connect EAP ACR Values): possession of a key was proven, and
 * nobody vouched for where it is kept. `hwk` would say that it is in hardware, which is not so for those that are synchronised.
 */
export const AUTHENTICATION_METHODS: Record<Factor, string> = { PASSWORD: 'pwd', PASSKEY: 'pop' }

/** What stands in `amr` beside the methods if there were several. */
export const SEVERAL_METHODS = 'mfa'
