import { hash, verify } from '@node-rs/argon2'

/** Costs of one argon2id hash. */
export interface Argon2Parameters {
  /** KiB. */
  readonly memoryCost: number
  readonly timeCost: number
  readonly parallelism: number
}

/** OWASP Password Storage Cheat Sheet: argon2id with at least 19 MiB of memory, two iterations, one lane. */
export const ARGON2_PARAMETERS: Argon2Parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Hashes to PHC form, off the event loop. */
export function argon2Hash(password: string, parameters: Argon2Parameters): Promise<string> {
  // argon2id is the library's default; its enum is declared `const` and does not exist at run time
  return hash(password, parameters)
}

/** Checks a password against a hash in PHC form, with the parameters that the hash names. */
export function argon2Verify(password: string, phc: string): Promise<boolean> {
  return verify(phc, password)
}

/** Whether a hash was made with other parameters than these. */
export function isOutdated(phc: string, { memoryCost, timeCost, parallelism }: Argon2Parameters): boolean {
  return !phc.startsWith(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`)
}
