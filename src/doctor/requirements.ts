import type { Requirement } from './requirement.ts'
import { NEIGHBOURS } from './requirements/asvs-neighbours.ts'
import { SESSION_MANAGEMENT } from './requirements/asvs-sessions.ts'
import { TOKENS } from './requirements/asvs-tokens.ts'
import { NIST_SESSIONS } from './requirements/nist-sessions.ts'

/**
 * Everything that Curfew is measured by: chapter V7 of OWASP ASVS 5.0 and section 5 of NIST SP 800-63B-4, whole, and the clauses of other
 * chapters that a session server answers to.
 */
export const REQUIREMENTS: readonly Requirement[] = [
  ...SESSION_MANAGEMENT,
  ...NEIGHBOURS,
  ...TOKENS,
  ...NIST_SESSIONS,
]
