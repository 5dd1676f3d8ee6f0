import type { SessionPolicy } from '../sessions/lifetime.ts'
import { PROFILE_LIMITS } from '../sessions/profiles.ts'
import type { SettingValues } from './settings.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** What follows from the settings of sessions. */
export interface SessionTimes {
  readonly policy: SessionPolicy
  /** How long the proof of a reverification is good for (milliseconds). */
  readonly verificationLifetime: number
}

/**
 * The rules of sessions. What is not set follows from what is: no default is ever in conflict with a setting, so that
 * one timeout can be shortened without naming all the others.
 */
export function sessionTimes(values: SettingValues): SessionTimes {
  const profile = PROFILE_LIMITS[values.SESSION_PROFILE]
  const absoluteTimeout = values.SESSION_ABSOLUTE_TIMEOUT ?? profile.absoluteTimeout
  const idleTimeout = values.SESSION_IDLE_TIMEOUT ?? Math.min(profile.idleTimeout, absoluteTimeout)
  const sensitiveWindow = values.SENSITIVE_WINDOW ?? Math.min(30 * MINUTE, absoluteTimeout)
  return {
    policy: {
      idleTimeout,
      absoluteTimeout,
      notRememberedTimeout:
        values.SESSION_ABSOLUTE_TIMEOUT_NOT_REMEMBERED ?? Math.min(24 * HOUR, absoluteTimeout),
      calendarLimit: values.SESSION_CALENDAR_LIMIT,
      touchInterval: values.SESSION_TOUCH_INTERVAL ?? Math.min(profile.touchInterval, idleTimeout / 4),
      sensitiveWindow,
      mostPerUser: values.MAX_SESSIONS_PER_USER,
      beyondLimit: values.SESSIONS_BEYOND_LIMIT,
    },
    verificationLifetime: values.VERIFICATION_LIFETIME ?? Math.min(10 * MINUTE, sensitiveWindow),
  }
}
