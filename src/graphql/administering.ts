import { Fault } from '../kernel/fault.ts'
import { ForbiddenError, NotSignedInError, VerificationRequiredError } from './errors.ts'

/** What the description of each administrator's field ends with. */
export const NEEDS = 'Needs an administrator who presented a factor within the sensitive window.'

const LONGEST_REASON = 200

/** How administrators' mutations are refused to whoever may not administer, or not now. */
export const UNAUTHORIZED = [ForbiddenError, VerificationRequiredError, NotSignedInError] as const

/** Why something is done, for the log. */
export function readReason(reason: string | null | undefined): string | null {
  if (reason == null || reason.length <= LONGEST_REASON) return reason ?? null
  throw new Fault('BAD_USER_INPUT', `input.reason: give at most ${LONGEST_REASON} characters.`)
}

/** The same where it has to be said. */
export function requireReason(reason: string): string {
  // it is stored, and PostgreSQL can't hold every text
  if (reason.trim() !== '' && !reason.includes('\0')) return readReason(reason) ?? ''
  throw new Fault('BAD_USER_INPUT', 'input.reason: say why, for whoever looks into it later.')
}
