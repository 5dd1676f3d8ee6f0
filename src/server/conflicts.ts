import { formatDuration } from '../kernel/duration.ts'
import { PROFILE_LIMITS } from '../sessions/profiles.ts'
import { sessionTimes } from './session-settings.ts'
import type { SettingName, SettingValues } from './settings.ts'

/** Settings that are each possible, and not together. */
interface Conflict {
  /** Whose fault it is. */
  readonly setting: SettingName
  /** The others that decide. If any could not be read, there is nothing to compare. */
  readonly with: readonly SettingName[]
  /** What is wrong and how to put it right; null if nothing is. */
  readonly find: (values: SettingValues) => string | null
}

const CONFLICTS: readonly Conflict[] = [
  {
    setting: 'EVENT_BUS',
    with: ['REDIS_URL', 'NATS_URL'],
    find: ({ EVENT_BUS: bus, REDIS_URL: redis, NATS_URL: nats }) => {
      if (bus === 'redis' && !redis) return 'redis needs REDIS_URL; set it, or give another bus'
      return bus === 'nats' && !nats ? 'nats needs NATS_URL; set it, or give another bus' : null
    },
  },
  {
    setting: 'SESSION_CACHE',
    with: ['REDIS_URL'],
    find: ({ SESSION_CACHE: cache, REDIS_URL: redis }) =>
      cache === 'redis' && !redis ? 'redis needs REDIS_URL; set it, or give another cache' : null,
  },
  {
    setting: 'SESSION_IDLE_TIMEOUT',
    with: ['SESSION_PROFILE'],
    find: (values) => beyondProfile(values, 'idleTimeout'),
  },
  {
    setting: 'SESSION_ABSOLUTE_TIMEOUT',
    with: ['SESSION_PROFILE'],
    find: (values) => beyondProfile(values, 'absoluteTimeout'),
  },
  {
    setting: 'SESSION_IDLE_TIMEOUT',
    with: ['SESSION_ABSOLUTE_TIMEOUT', 'SESSION_PROFILE'],
    find: (values) => {
      const { idleTimeout, absoluteTimeout } = sessionTimes(values).policy
      return longer(idleTimeout, absoluteTimeout, 'SESSION_ABSOLUTE_TIMEOUT')
    },
  },
  {
    setting: 'SESSION_TOUCH_INTERVAL',
    with: ['SESSION_IDLE_TIMEOUT', 'SESSION_ABSOLUTE_TIMEOUT', 'SESSION_PROFILE'],
    find: (values) => {
      const { touchInterval, idleTimeout } = sessionTimes(values).policy
      return longer(touchInterval, idleTimeout / 4, 'a quarter of SESSION_IDLE_TIMEOUT')
    },
  },
  {
    setting: 'SENSITIVE_WINDOW',
    with: ['SESSION_ABSOLUTE_TIMEOUT', 'SESSION_PROFILE'],
    find: (values) => {
      const { sensitiveWindow, absoluteTimeout } = sessionTimes(values).policy
      return longer(sensitiveWindow, absoluteTimeout, 'SESSION_ABSOLUTE_TIMEOUT')
    },
  },
  {
    setting: 'VERIFICATION_LIFETIME',
    with: ['SENSITIVE_WINDOW', 'SESSION_ABSOLUTE_TIMEOUT', 'SESSION_PROFILE'],
    find: (values) => {
      const { verificationLifetime, policy } = sessionTimes(values)
      return longer(verificationLifetime, policy.sensitiveWindow, 'SENSITIVE_WINDOW')
    },
  },
  {
    setting: 'PLACE_RETENTION',
    with: ['HISTORY_RETENTION'],
    find: ({ PLACE_RETENTION: places, HISTORY_RETENTION: history }) =>
      places === undefined ? null : longer(places, history, 'HISTORY_RETENTION'),
  },
  {
    setting: 'COUNTRY_HEADER',
    with: ['CURFEW_TRUSTED_PROXIES'],
    find: ({ COUNTRY_HEADER: header, CURFEW_TRUSTED_PROXIES: proxies }) =>
      header !== undefined && proxies.length === 0
        ? 'it is believed of trusted proxies alone; name the proxy that sets it in CURFEW_TRUSTED_PROXIES, or leave it out'
        : null,
  },
  {
    setting: 'CITY_HEADER',
    with: ['COUNTRY_HEADER'],
    find: ({ CITY_HEADER: city, COUNTRY_HEADER: country }) =>
      city !== undefined && country === undefined
        ? 'a city is read together with its country; set COUNTRY_HEADER too, or leave it out'
        : null,
  },
  {
    setting: 'SIGNING_KEY_LEAD',
    with: ['SIGNING_KEY_ROTATION_INTERVAL'],
    // twice, so that no more than one key waits for its turn
    find: (values) =>
      longer(
        values.SIGNING_KEY_LEAD,
        values.SIGNING_KEY_ROTATION_INTERVAL / 2,
        'half of SIGNING_KEY_ROTATION_INTERVAL',
      ),
  },
]

/**
 * Every conflict between settings that could be read.
 * @param unreadable settings that could not be: they conflict with nothing
 */
export function findConflicts(
  values: SettingValues,
  unreadable: ReadonlySet<SettingName>,
): readonly { setting: SettingName; message: string }[] {
  return CONFLICTS.flatMap(({ setting, with: others, find }) => {
    const message = [setting, ...others].some((each) => unreadable.has(each)) ? null : find(values)
    return message === null ? [] : [{ setting, message }]
  })
}

function longer(value: number, most: number, name: string): string | null {
  if (value <= most) return null
  return `${formatDuration(value)} is longer than ${name} (${formatDuration(most)}); make it shorter, or the other longer`
}

function beyondProfile(values: SettingValues, timeout: 'idleTimeout' | 'absoluteTimeout'): string | null {
  const limits = PROFILE_LIMITS[values.SESSION_PROFILE]
  const value = sessionTimes(values).policy[timeout]
  if (!limits.strict || value <= limits[timeout]) return null
  return `${formatDuration(value)} is longer than SESSION_PROFILE ${values.SESSION_PROFILE} allows (${formatDuration(limits[timeout])}); make it shorter, or choose another profile`
}
