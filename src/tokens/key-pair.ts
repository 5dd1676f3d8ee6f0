import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { SigningAlgorithm } from '../protocol/sessions.ts'
import type { KeyRow } from './key-rows.ts'
import type { KeySeal, Sealed } from './key-seal.ts'
import type { KeyTimes } from './key-times.ts'

/** A public key as it stands in the JWKS. */
export type PublicJwk = JWK & { readonly kid: string; readonly alg: SigningAlgorithm; readonly use: 'sig' }

/** A key that has been opened. */
export interface OpenKey extends KeyTimes {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly publicJwk: PublicJwk
  readonly publicKey: CryptoKey
  /** Null once it can't sign any more. */
  readonly privateKey: CryptoKey | null
}

/** A key that was made just now, and is stored nowhere yet. */
export interface NewKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly publicJwk: PublicJwk
  readonly sealed: Sealed
}

/** Makes a key. Its private half leaves this function sealed. */
export async function makeKey(algorithm: SigningAlgorithm, seal: KeySeal): Promise<NewKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const publicJwk = await describe(await exportJWK(publicKey), algorithm)
  const content = Buffer.from(JSON.stringify(await exportJWK(privateKey)))
  const sealed = seal.seal(publicJwk.kid, content)
  content.fill(0)
  return { kid: publicJwk.kid, algorithm, publicJwk, sealed }
}

/**
 * Opens a stored key.
 *
 * The seal is over the `kid`, and the `kid` is the thumbprint of the public half: so a key that somebody wrote into the table
 * without knowing the master secret does not open, whatever its public half says.
 * @returns null if it is not one that we sealed
 */
export async function openKey(row: KeyRow, seal: KeySeal): Promise<OpenKey | null> {
  const content = seal.open(row.id, sealedOf(row))
  if (!content) return null
  try {
    const publicJwk = await describe(row.publicJwk, row.algorithm)
    if (publicJwk.kid !== row.id) return null
    return {
      kid: row.id,
      algorithm: row.algorithm,
      publicJwk,
      publicKey: await importKey(publicJwk, row.algorithm),
      // without content it is what is left of a key that does not sign any more
      privateKey:
        content.length === 0 ? null : await importKey(JSON.parse(content.toString()), row.algorithm),
      createdAt: row.createdAt,
      signsFrom: row.signsFrom,
      expiresAt: row.expiresAt,
    }
  } catch {
    // the public half is malformed, or the algorithm another key's: one such row must not keep the others from being read
    return null
  } finally {
    content.fill(0)
  }
}

/** How the row is sealed. */
export function sealedOf({ sealedPrivateKey, sealedUnder }: KeyRow): Sealed {
  return { bytes: sealedPrivateKey, under: sealedUnder }
}

/** Names the public members alone, whatever else is there. */
async function describe({ kty, crv, x, y }: JWK, alg: SigningAlgorithm): Promise<PublicJwk> {
  const members = { kty, crv, x, ...(y === undefined ? {} : { y }) } as JWK
  return { ...members, kid: await calculateJwkThumbprint(members), alg, use: 'sig' }
}

async function importKey(jwk: JWK, algorithm: SigningAlgorithm): Promise<CryptoKey> {
  // only a symmetric key would come as bytes
  return (await importJWK(jwk, algorithm)) as CryptoKey
}
