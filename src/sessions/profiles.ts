/** Which level's limits sessions keep to. It is about their length alone: the level of a session is that of its factors. */
export const SESSION_PROFILES = ['standard', 'aal2', 'aal3'] as const
export type SessionProfile = (typeof SESSION_PROFILES)[number]

/** The timeouts of sessions, in milliseconds. */
export interface Timeouts {
  readonly idleTimeout: number
  readonly absoluteTimeout: number
}

/** What a profile stands for. */
export interface ProfileLimits extends Timeouts {
  /** How often activity is written: the shorter the idle timeout, the more exactly it has to be known. */
  readonly touchInterval: number
  /** Whether the timeouts may not be longer; if not, they are what is recommended. */
  readonly strict: boolean
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** NIST SP 800-63B-4 §2.1.3, §2.2.3 and §2.3.3. The first sets no limit on inactivity, and 30 days overall as a "should". */
export const PROFILE_LIMITS: { readonly [Profile in SessionProfile]: ProfileLimits } = {
  standard: { idleTimeout: 7 * DAY, absoluteTimeout: 30 * DAY, touchInterval: HOUR, strict: false },
  aal2: { idleTimeout: HOUR, absoluteTimeout: 24 * HOUR, touchInterval: 5 * MINUTE, strict: true },
  aal3: { idleTimeout: 15 * MINUTE, absoluteTimeout: 12 * HOUR, touchInterval: MINUTE, strict: true },
}
