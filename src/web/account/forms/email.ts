import { texts } from '../texts.ts'

/** What is wrong with an address that was typed; null if nothing that can be seen. Whether it is anybody's, only the server knows. */
export function emailProblem(email: string): string | null {
  const address = email.trim()
  if (address === '') return texts.signIn.missingEmail
  return /^[^\s@]+@[^\s@]+$/.test(address) ? null : texts.signIn.malformedEmail
}
