import { texts } from '../texts.ts'

/** In characters as a person counts them (NIST SP 800-63B-4 §3.1.1.2). The server has the last word. */
const SHORTEST = 8

/** What is wrong with a password that somebody chooses; null if nothing that can be seen from here. */
export function passwordProblem(password: string): string | null {
  if (password === '') return texts.signUp.missingPassword
  const missing = SHORTEST - [...password.normalize('NFKC')].length
  return missing > 0 ? texts.signUp.tooShort(missing) : null
}
