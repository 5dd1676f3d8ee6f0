import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 bits; NIST SP 800-63B-4 asks for at least 64 for session secrets, ASVS 7.2.3 for 128. */
const SECRET_BYTES = 32
const ENCODED_SECRET = /^[\w-]{43}$/

/** A new random secret of 256 bits, as base64url (43 characters). */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

/** Whether the text has exactly the form that {@link newSecret} writes, so that nothing else reaches a store. */
export function isSecret(text: string): boolean {
  return ENCODED_SECRET.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text
}

/**
 * What is stored of a secret: its SHA-256. A plain hash is right here and only here: the secret has 256 random bits, so
 * there is nothing to guess; passwords go through argon2id instead.
 */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Compares in a time that does not depend on where the two differ. */
export function secretMatches(secret: string, hash: Uint8Array): boolean {
  const actual = hashSecret(secret)
  return actual.length === hash.length && timingSafeEqual(actual, hash)
}

/** What all keys are derived from. */
export interface MasterSecrets {
  readonly current: string
  /** The one before it, while it is being changed: what was made under it is still good. */
  readonly previous: string | null
}

/** A key for one purpose, derived from the master secret (HKDF-SHA-256, RFC 5869), so that no two uses share a key. */
export function deriveKey(masterSecret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterSecret, 'curfew', purpose, 32))
}

/** A keyed fingerprint: the same input under the same key gives the same text, and nobody without the key can invert it. */
export function fingerprint(key: Uint8Array, input: string): string {
  return createHmac('sha256', key).update(input).digest('base64url')
}
