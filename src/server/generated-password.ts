import { randomBytes } from 'node:crypto'

/** Letters and digits that nobody takes for one another: without 0 and o, 1 and l. A power of two, so that each is as likely. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'

/** A new password of 120 random bits, in groups that can be read out and typed: `k4mz2p-…`. */
export function generatePassword(): string {
  const letters = [...randomBytes(24)].map((byte) => ALPHABET[byte % ALPHABET.length])
  return letters.join('').replace(/(.{6})(?=.)/g, '$1-')
}
