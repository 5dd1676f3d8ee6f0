import { createHash } from 'node:crypto'
import { compactVerify, decodeProtectedHeader, errors, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Clock } from '../kernel/clock.ts'
import { encodeGlobalId, encodeId, localId, newId } from '../kernel/ids.ts'
import {
  ACCESS_TOKEN_TYPE,
  type AccessTokenPayload,
  AUTHENTICATION_METHODS,
  CLOCK_SKEW,
  LONGEST_ACCESS_TOKEN,
  SEVERAL_METHODS,
} from '../protocol/access-tokens.ts'
import { type Factor, SIGNING_ALGORITHMS } from '../protocol/sessions.ts'
import type { OpenKey } from './key-pair.ts'
import type { SigningKeys } from './signing-keys.ts'

/** What an access token says. Ids are the plain UUIDs of the rooms. */
export interface AccessTokenSubject {
  readonly sessionId: string
  readonly userId: string
  readonly generation: number
  readonly authenticatedAt: Date
  readonly factors: readonly Factor[]
  /** Never valid past this. */
  readonly notAfter: Date
}

/** What a genuine access token said. */
export interface AccessTokenClaims {
  readonly sessionId: string
  readonly userId: string
  readonly generation: number
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** A new access token. */
export interface AccessToken {
  readonly token: string
  readonly expiresAt: Date
}

/** What the operator decides about access tokens. */
export interface AccessTokenPolicy {
  /** `iss`. */
  readonly issuer: string
  /** `aud`. */
  readonly audience: string
  /** Of a token (milliseconds). */
  readonly lifetime: number
}

/** Tokens whose signature was checked before, so that a client's next request costs a hash. */
const MOST_REMEMBERED = 10_000

/** Both algorithms make signatures of 64 bytes, whose last character carries two bits: one text alone stands for each. */
const FORM = /^[\w-]+\.[\w-]+\.[\w-]{85}[AQgw]$/

/** Exactly what {@link AccessTokens.issue} writes: a header that asks for anything else is not ours. */
const headerSchema = z.strictObject({
  alg: z.enum(SIGNING_ALGORITHMS),
  typ: z.literal(ACCESS_TOKEN_TYPE),
  kid: z.string().regex(/^[\w-]{43}$/),
})

interface Remembered {
  readonly kid: string
  readonly claims: AccessTokenClaims
}

/** Issues and verifies access tokens: JWTs in the form of RFC 9068, which others can verify too, by the public keys. */
export class AccessTokens {
  readonly #keys: SigningKeys
  readonly #clock: Clock
  readonly #issuer: string
  readonly #audience: string
  readonly #lifetime: number
  /** By SHA-256 of the token, never the token itself. */
  readonly #remembered = new LRUCache<string, Remembered>({ max: MOST_REMEMBERED })

  constructor(parts: {
    keys: SigningKeys
    clock: Clock
    issuer: string
    audience: string
    /** (milliseconds) */
    lifetime: number
  }) {
    this.#keys = parts.keys
    this.#clock = parts.clock
    this.#issuer = parts.issuer
    this.#audience = parts.audience
    this.#lifetime = parts.lifetime
  }

  /** Issues a token that expires after the lifetime, or at `notAfter` if that is earlier; in whole seconds, as JWTs have it. */
  async issue(subject: AccessTokenSubject): Promise<AccessToken> {
    const now = this.#clock.now()
    const exp = toSeconds(Math.min(now.getTime() + this.#lifetime, subject.notAfter.getTime()))
    const payload: AccessTokenPayload = {
      iss: this.#issuer,
      aud: this.#audience,
      sub: encodeGlobalId('User', subject.userId),
      sid: encodeGlobalId('Session', subject.sessionId),
      jti: encodeId(newId(now)),
      iat: toSeconds(now.getTime()),
      exp,
      auth_time: toSeconds(subject.authenticatedAt.getTime()),
      amr: methodsOf(subject.factors),
      gen: subject.generation,
    }
    const { kid, algorithm, privateKey } = this.#keys.signer()
    const token = await new SignJWT({ ...payload, amr: [...payload.amr] })
      .setProtectedHeader({ alg: algorithm, typ: ACCESS_TOKEN_TYPE, kid })
      .sign(privateKey)
    return { token, expiresAt: fromSeconds(exp) }
  }

  /**
   * Reads a token.
   * @returns `expired` if it is genuine, but past its time; null if it is not a token of ours: malformed, forged, for somebody
   * else, of a key that is unknown or gone, or from the future
   */
  async verify(token: string): Promise<{ state: 'valid' | 'expired'; claims: AccessTokenClaims } | null> {
    if (token.length > LONGEST_ACCESS_TOKEN || !FORM.test(token)) return null
    const name = createHash('sha256').update(token).digest('base64')
    const claims = this.#recall(name) ?? (await this.#check(token, name))
    if (!claims) return null
    const now = this.#clock.now().getTime()
    if (claims.issuedAt.getTime() > now + CLOCK_SKEW) return null
    return { state: claims.expiresAt.getTime() > now ? 'valid' : 'expired', claims }
  }

  /** What a token said that was checked before, as long as its key is good. */
  #recall(name: string): AccessTokenClaims | null {
    const remembered = this.#remembered.get(name)
    if (!remembered) return null
    if (this.#keys.known(remembered.kid)) return remembered.claims
    this.#remembered.delete(name)
    return null
  }

  /** Checks everything but the time, and remembers what holds. */
  async #check(token: string, name: string): Promise<AccessTokenClaims | null> {
    const header = readHeader(token)
    const key = header && (await this.#keys.find(header.kid))
    if (!key || key.algorithm !== header.alg) return null
    const payload = await readPayload(token, key)
    const claims = this.#toClaims(payload)
    if (claims) this.#remembered.set(name, { kid: key.kid, claims })
    return claims
  }

  #toClaims(payload: unknown): AccessTokenClaims | null {
    const parsed = payloadSchema.safeParse(payload)
    if (!parsed.success) return null
    const { iss, aud, sub, sid, iat, exp, gen } = parsed.data
    const [userId, sessionId] = [localId(sub, 'User'), localId(sid, 'Session')]
    if (iss !== this.#issuer || aud !== this.#audience || !userId || !sessionId) return null
    return { userId, sessionId, generation: gen, issuedAt: fromSeconds(iat), expiresAt: fromSeconds(exp) }
  }
}

/** Whole seconds since 1970, within what a Date can hold. */
const seconds = z.int().min(0).max(8_640_000_000_000)

const payloadSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: z.string(),
  sid: z.string(),
  iat: seconds,
  exp: seconds,
  gen: z.int().min(1),
})

function readHeader(token: string): z.output<typeof headerSchema> | null {
  try {
    return headerSchema.safeParse(decodeProtectedHeader(token)).data ?? null
  } catch {
    return null
  }
}

/** The payload, if the signature is the key's. */
async function readPayload(token: string, { publicKey, algorithm }: OpenKey): Promise<unknown> {
  try {
    const { payload } = await compactVerify(token, publicKey, { algorithms: [algorithm] })
    return JSON.parse(Buffer.from(payload).toString())
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof SyntaxError) return null
    throw error
  }
}

function methodsOf(factors: readonly Factor[]): readonly string[] {
  const methods = [...new Set(factors)].map((factor) => AUTHENTICATION_METHODS[factor])
  return methods.length > 1 ? [...methods, SEVERAL_METHODS] : methods
}

function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000)
}

function fromSeconds(value: number): Date {
  return new Date(value * 1_000)
}
