import type { SensitiveAction } from '../../../protocol/sessions.ts'
import { texts } from '../texts.ts'
import { type Failure, failed, refusal, unknownOutcome } from './failure.ts'
import { withPassword } from './presented.ts'
import { client } from './session.ts'

/** What was not done, and why. */
interface Refused {
  readonly failure: Failure
}

/** Ends everything, this device too, and needs no password. @returns why it was not done, or null */
export async function signOutEverywhere(): Promise<Failure | null> {
  try {
    const result = await client.revokeAllSessions()
    return result.__typename === 'RevokeAllSessionsSuccess' ? null : refusal(result)
  } catch (error) {
    return unknownOutcome(error)
  }
}

/** Ends one session. @returns whether it was live until then: somebody else may have been quicker */
export async function revokeSession(
  id: string,
  password: string,
): Promise<{ readonly wasLive: boolean } | Refused> {
  const result = await verified('REVOKE_SESSION', password, () => client.revokeSession(id))
  if ('failure' in result) {
    return result.failure.code === 'SESSION_NOT_FOUND' ? { wasLive: false } : result
  }
  return { wasLive: true }
}

/** Ends all sessions but this one. @returns how many */
export async function revokeOtherSessions(password: string): Promise<{ readonly count: number } | Refused> {
  const result = await verified('REVOKE_OTHER_SESSIONS', password, () =>
    client.revokeAllSessions({ keepCurrent: true }),
  )
  return 'failure' in result ? result : { count: result.revokedCount }
}

/**
 * Has the server judge a new password, which it does before it asks for a proof: nobody is asked for the present one in vain.
 * @returns why it may not be used, or could not be judged; null if it may
 */
export async function judgePassword(input: {
  newPassword: string
  signOutEverywhere: boolean
}): Promise<Failure | null> {
  try {
    // no password was typed for it, so the client stops where one is asked for
    const result = await client.updatePassword(input)
    return 'code' in result && result.code !== 'VERIFICATION_CANCELLED' ? refusal(result) : null
  } catch (error) {
    return failed(error)
  }
}

/** Changes the password. @returns how many sessions ended with it */
export async function updatePassword(
  input: { newPassword: string; signOutEverywhere: boolean },
  password: string,
): Promise<{ readonly count: number } | Refused> {
  const result = await verified('UPDATE_PASSWORD', password, () => client.updatePassword(input))
  return 'failure' in result ? result : { count: result.revokedCount }
}

/** Deletes the account, and ends all of its sessions. @returns why it was not done, or null */
export async function deleteAccount(password: string): Promise<Failure | null> {
  const result = await verified('DELETE_ACCOUNT', password, () => client.deleteAccount())
  return 'failure' in result ? result.failure : null
}

/** A result that is a refusal has a code; what was done has none. */
type Done<Result> = Exclude<Result, { readonly code: string }>

async function verified<Result extends object>(
  action: SensitiveAction,
  password: string,
  work: () => Promise<Result>,
): Promise<Done<Result> | Refused> {
  try {
    const { result, refusal: wrong } = await withPassword({ action, password }, work)
    if (!('code' in result)) return result as Done<Result>
    const failure = refusal(wrong ?? (result as Result & { code: string; message: string }))
    // the API does not say which of both was wrong, and here only one was asked for
    return {
      failure:
        failure.code === 'INVALID_CREDENTIALS'
          ? { ...failure, message: texts.failures.wrongPassword }
          : failure,
    }
  } catch (error) {
    return { failure: unknownOutcome(error) }
  }
}
