import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { idFromBytes, idToBytes } from '../kernel/ids.ts'
import { deriveKey, fingerprint, type MasterSecrets } from '../kernel/secret.ts'
import { TOKEN_PREFIX } from '../protocol/credentials.ts'

/** A refresh token taken apart. Nothing of it is stored but the salt. */
export interface RefreshToken {
  readonly sessionId: string
  /** Counts from 1. */
  readonly generation: number
  /** The session's own 128 random bits: without them in the database, the master secret alone makes no token. */
  readonly salt: Uint8Array
}

const PREFIX = TOKEN_PREFIX.refresh
const SALT_BYTES = 16
const MAC_BYTES = 32
const BODY_BYTES = 16 + 4 + SALT_BYTES
const ENCODED = new RegExp(`^[\\w-]{${Math.ceil(((BODY_BYTES + MAC_BYTES) * 4) / 3)}}$`)

/**
 * Writes and reads refresh tokens: `cfr_` and the base64url of session id, generation, salt and a MAC over these
 * (HMAC-SHA-256 under a key derived from the master secret). Being a MAC, the token of a generation can be made again at any
 * time without being stored; carrying its salt, a forged one is refused before the database is asked.
 */
export class RefreshTokens {
  readonly #key: Buffer
  /** Of the secret in force, then of the one before it. */
  readonly #keys: readonly Buffer[]

  constructor({ current, previous }: MasterSecrets) {
    this.#key = deriveKey(current, 'refresh-tokens')
    this.#keys = previous === null ? [this.#key] : [this.#key, deriveKey(previous, 'refresh-tokens')]
  }

  /** The text of a token; the same one for the same generation, however often it is asked for. */
  write(token: RefreshToken): string {
    const body = bodyOf(token)
    return `${PREFIX}${Buffer.concat([body, macOf(this.#key, body)]).toString('base64url')}`
  }

  /** Reads a token; null unless we wrote it. Says nothing about whether it is still good. */
  read(text: string): RefreshToken | null {
    const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : ''
    if (!ENCODED.test(encoded)) return null
    const bytes = Buffer.from(encoded, 'base64url')
    if (bytes.toString('base64url') !== encoded) return null
    const [body, mac] = [bytes.subarray(0, BODY_BYTES), bytes.subarray(BODY_BYTES)]
    if (!this.#keys.some((key) => timingSafeEqual(macOf(key, body), mac))) return null
    return {
      sessionId: idFromBytes(body.subarray(0, 16)),
      generation: body.readUInt32BE(16),
      salt: new Uint8Array(body.subarray(20)),
    }
  }
}

/** What makes the refresh tokens of a new session its own. */
export function newSalt(): Uint8Array {
  return new Uint8Array(randomBytes(SALT_BYTES))
}

/** What is kept of a user agent to know it again: within one session alone, under the session's own salt. */
export function fingerprintAgent(salt: Uint8Array, userAgent: string | null): string | null {
  return userAgent === null ? null : fingerprint(salt, userAgent).slice(0, 16)
}

function bodyOf({ sessionId, generation, salt }: RefreshToken): Buffer {
  const body = Buffer.alloc(BODY_BYTES)
  idToBytes(sessionId).copy(body)
  body.writeUInt32BE(generation, 16)
  body.set(salt, 20)
  return body
}

function macOf(key: Buffer, body: Buffer): Buffer {
  return createHmac('sha256', key).update(body).digest()
}
