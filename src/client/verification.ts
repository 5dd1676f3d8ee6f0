import type { SensitiveAction } from '../protocol/sessions.ts'
import { SessionRequestError } from './errors.ts'
import type { SessionClientOptions } from './options.ts'
import type {
  Factor,
  Refusal,
  ReverifyResult,
  VerificationCancelled,
  VerificationRequired,
} from './results.ts'

/** What asking for a factor needs of the client. */
export interface VerificationParts {
  readonly ask: SessionClientOptions['onVerificationRequired']
  readonly reverify: (input: {
    action: SensitiveAction
    subject: string | null
    factor: Factor
  }) => Promise<ReverifyResult>
}

const CANCELLED: VerificationCancelled = {
  __typename: 'VerificationCancelled',
  code: 'VERIFICATION_CANCELLED',
  message: 'Nothing was done: this needs your password or passkey.',
}

interface Required {
  readonly action: SensitiveAction
  readonly subject: string | null
}

/** Does something; if it needs a factor, asks for it until it is right or refused, and does it once more with the proof. */
export async function withVerification<Result extends { readonly __typename: string }>(
  { ask, reverify }: VerificationParts,
  call: (verificationToken: string) => Promise<Result>,
): Promise<Result | VerificationCancelled | Refusal<string>> {
  const first = await attempt(call)
  const required = 'required' in first ? first.required : requiredBy(first.result)
  if (!required || !ask) {
    if ('error' in first) throw first.error
    return first.result
  }
  let refusal: Refusal<string> | null = null
  for (;;) {
    const factor = await ask({ ...required, refusal })
    if (!factor) return CANCELLED
    const proof = await reverify({ ...required, factor })
    if (proof.__typename === 'ReverifySuccess') return await call(proof.verification.token)
    if (proof.__typename === 'NotSignedInError') return proof
    refusal = proof
  }
}

/** A refusal is a result; administrators' queries throw instead, and say in the error what they want. */
async function attempt<Result>(
  call: (verificationToken: string) => Promise<Result>,
): Promise<{ result: Result } | { error: unknown; required: Required }> {
  try {
    return { result: await call('') }
  } catch (error) {
    if (!(error instanceof SessionRequestError) || error.code !== 'VERIFICATION_REQUIRED') throw error
    // what the server asks for by a name that is new to this client, it knows itself
    const action = error.extensions['action'] as SensitiveAction | undefined
    if (!action) throw error
    return { error, required: { action, subject: null } }
  }
}

function requiredBy(result: { readonly __typename: string }): Required | null {
  if (result.__typename !== 'VerificationRequiredError') return null
  const { action, subject } = result as VerificationRequired
  // whoever did not ask for what it is cannot be helped
  return action ? { action, subject: subject ?? null } : null
}
