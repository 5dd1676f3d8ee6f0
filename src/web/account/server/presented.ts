import type { Factor, VerificationRequest } from '../../../client/index.ts'
import type { SensitiveAction } from '../../../protocol/sessions.ts'

/** A password that was typed for one action. */
interface Presented {
  readonly action: SensitiveAction
  readonly password: string
  /** Why it was not taken; null until then. */
  refusal: VerificationRequest['refusal']
}

let presented: Presented | null = null

/**
 * Does something with a password that was typed for it. It is presented for that action alone, once, and then forgotten.
 * @returns what came of it, and why the password was not taken, if it was not
 */
export async function withPassword<Result>(
  { action, password }: { action: SensitiveAction; password: string },
  work: () => Promise<Result>,
): Promise<{ result: Result; refusal: Presented['refusal'] }> {
  const own: Presented = { action, password, refusal: null }
  presented = own
  try {
    return { result: await work(), refusal: own.refusal }
  } finally {
    if (presented === own) presented = null
  }
}

/** How the client is given what was typed. It asks again with the reason if it was wrong, and then the person has to type anew. */
export async function presentPassword({ action, refusal }: VerificationRequest): Promise<Factor | null> {
  if (presented?.action !== action) return null
  presented.refusal = refusal
  return refusal ? null : { password: presented.password }
}
