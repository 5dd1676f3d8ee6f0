import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { deriveKey, fingerprint, type MasterSecrets } from '../kernel/secret.ts'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** What is sealed, and under which secret. */
export interface Sealed {
  /** Nonce, ciphertext and tag. */
  readonly bytes: Uint8Array
  /** The name of the secret: a keyed fingerprint that tells nothing about it. */
  readonly under: string
}

/** Seals and opens what belongs to signing keys: nobody without the master secret can read it, nor make one that opens. */
export interface KeySeal {
  /** Which of our secrets has this name; null if none has. */
  nameOf(under: string): 'CURRENT' | 'PREVIOUS' | null
  /** @param kid the key that it belongs to: under another one it does not open */
  seal(kid: string, content: Uint8Array): Sealed
  /** @returns null if none of our secrets opens it, or it belongs to another key */
  open(kid: string, sealed: Sealed): Buffer | null
}

/** The seal of these master secrets: made under the current one, opened under either. */
export function keySeal({ current, previous }: MasterSecrets): KeySeal {
  const keys = [current, ...(previous === null ? [] : [previous])].map((secret) => ({
    key: deriveKey(secret, 'signing-keys'),
    name: fingerprint(deriveKey(secret, 'signing-keys-name'), 'name').slice(0, 16),
  }))
  // there is always the current one
  const [inForce] = keys as [(typeof keys)[number]]
  return {
    nameOf: (under) => {
      const index = keys.findIndex(({ name }) => name === under)
      return index === 0 ? 'CURRENT' : index > 0 ? 'PREVIOUS' : null
    },
    seal: (kid, content) => ({ bytes: encrypt(inForce.key, kid, content), under: inForce.name }),
    open: (kid, { bytes, under }) => {
      const known = keys.find(({ name }) => name === under)
      return known ? decrypt(known.key, kid, bytes) : null
    },
  }
}

function encrypt(key: Uint8Array, kid: string, content: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(kid))
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Uint8Array, kid: string, bytes: Uint8Array): Buffer | null {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(kid))
    .setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
  } catch {
    return null
  }
}
