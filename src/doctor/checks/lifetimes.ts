import { formatDuration } from '../../kernel/duration.ts'
import type { Config } from '../../server/config.ts'
import { PROFILE_LIMITS, type SessionProfile } from '../../sessions/profiles.ts'
import { doubtful, met, operators, type Verdict } from '../finding.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** Which level's limits a profile keeps to, and where they are written. */
const LEVELS: { readonly [Profile in SessionProfile]: { level: string; source: string } } = {
  standard: { level: 'AAL1', source: '§2.1.3' },
  aal2: { level: 'AAL2', source: '§2.2.3' },
  aal3: { level: 'AAL3', source: '§2.3.3' },
}

/** Both limits in one line: `idle 7d, absolute 30d: profile standard (AAL1)`. */
export function describeLimits({ sessions, profile }: Config): string {
  const { idleTimeout, absoluteTimeout, calendarLimit } = sessions
  const calendar = calendarLimit
    ? `, and ${calendarLimit.weekday ? `every ${calendarLimit.weekday}` : 'every day'} at ${calendarLimit.time} in ${calendarLimit.timeZone}`
    : ''
  return `idle ${formatDuration(idleTimeout)}, absolute ${formatDuration(absoluteTimeout)}${calendar}: profile ${profile} (${LEVELS[profile].level})`
}

/** ASVS 7.1.1: the limits are documented: those of a profile by us, others by whoever has chosen them. */
export function limitsAreDocumented(config: Config): Verdict {
  const { sessions, profile } = config
  const { idleTimeout, absoluteTimeout } = PROFILE_LIMITS[profile]
  const documented =
    sessions.idleTimeout === idleTimeout &&
    sessions.absoluteTimeout === absoluteTimeout &&
    sessions.calendarLimit === null
  return documented
    ? met(`${describeLimits(config)}, as README.md and PROTOCOL.md document it.`)
    : operators(
        `${describeLimits(config)}: PROTOCOL.md documents how these limits work, and not that they are yours.`,
        'Write your limits down, and why they are what you need.',
      )
}

/** Beyond this, nobody who left is signed out while it matters (milliseconds). */
const LONGEST_IDLE = 30 * DAY

/** ASVS 7.3.1: a session that nobody uses ends. */
export function idleEnds({ sessions }: Config): Verdict {
  const { idleTimeout, absoluteTimeout, touchInterval } = sessions
  const idle = formatDuration(idleTimeout)
  if (idleTimeout >= absoluteTimeout)
    return doubtful(
      `idle ${idle}: as long as the absolute limit, so that no session ever ends for want of use.`,
      'Set SESSION_IDLE_TIMEOUT to less than SESSION_ABSOLUTE_TIMEOUT.',
    )
  if (idleTimeout > LONGEST_IDLE)
    return doubtful(
      `idle ${idle}: a device that was lost a month ago is still signed in.`,
      'Set SESSION_IDLE_TIMEOUT to 30d or less.',
    )
  return met(
    `idle ${idle}, counted from what a person does; it is exact to ${formatDuration(Math.min(touchInterval, idleTimeout / 4))}.`,
  )
}

/** ASVS 7.3.2: a session ends whatever its activity. */
export function absoluteEnds({ sessions }: Config): Verdict {
  const { absoluteTimeout, notRememberedTimeout } = sessions
  const forgotten = Math.min(absoluteTimeout, notRememberedTimeout)
  return met(
    `absolute ${formatDuration(absoluteTimeout)}, ${formatDuration(forgotten)} where the browser is not to remember; nothing moves it but a factor presented again.`,
  )
}

/** NIST SP 800-63B-4 §5.2: both timeouts hold, and are those of the level. */
export function keepsToItsLevel(config: Config): Verdict {
  return met(
    `${describeLimits(config)}, within ${LEVELS[config.profile].source}; the earlier limit ends the session.`,
  )
}

/** NIST SP 800-63B-4 §5.1: no session is at a higher level than its authentication. */
export function levelIsThatOfTheFactors({ profile }: Config): Verdict {
  if (profile === 'standard')
    return met('Profile standard claims AAL1, which one factor gives. Session.factors says which it was.')
  const { level } = LEVELS[profile]
  return operators(
    `Profile ${profile} keeps to the limits of ${level}; the level itself is that of the factors, and a password alone is AAL1.`,
    `Let in to what needs ${level} only sessions whose factors give it: Session.factors, or the claim amr.`,
  )
}

/** ASVS 7.1.2: how many sessions, and what happens to one more. */
export function sessionsAreCapped({ sessions }: Config): Verdict {
  const { mostPerUser, beyondLimit } = sessions
  const then = beyondLimit === 'end-oldest' ? 'the oldest ends for one more' : 'one more is refused'
  const figures = `${mostPerUser} live sessions a user; ${then}`
  return mostPerUser > 1_000
    ? doubtful(
        `${figures}: nobody looks through a list that long.`,
        'Set MAX_SESSIONS_PER_USER to 1000 or less.',
      )
    : met(`${figures}, as README.md documents these settings.`)
}

/** ASVS 7.5.1, 7.5.2: what touches how one signs in asks for a factor, and its proof does not last. */
export function proofsAreShort({ verificationLifetime }: Config): Verdict {
  const figures = `a proof for one action on one subject is good once, for ${formatDuration(verificationLifetime)}`
  return verificationLifetime > 15 * MINUTE
    ? doubtful(
        `${figures}: whoever finds the browser open in that time can use it.`,
        'Set VERIFICATION_LIFETIME to 15m or less.',
      )
    : met(`${figures}.`)
}

/** ASVS 7.5.3: what is most sensitive asks for a factor that is fresh. */
export function sensitiveWindowIsShort({ sessions, verificationLifetime }: Config): Verdict {
  const { sensitiveWindow } = sessions
  const figures = `proofs ${formatDuration(verificationLifetime)}; administrators' operations within ${formatDuration(sensitiveWindow)} of a factor`
  return sensitiveWindow > 60 * MINUTE
    ? doubtful(`${figures}: that is no second look any more.`, 'Set SENSITIVE_WINDOW to 1h or less.')
    : met(`${figures}.`)
}
