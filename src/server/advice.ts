import type { AccountSettings } from '../accounts/parts.ts'
import { formatDuration } from '../kernel/duration.ts'
import type { SessionPolicy } from '../sessions/lifetime.ts'
import { PROFILE_LIMITS, type SessionProfile } from '../sessions/profiles.ts'
import type { SettingName } from './settings.ts'

/** The part of the configuration that is looked at. */
export interface Examined {
  readonly production: boolean
  readonly host: string
  readonly secret: string | null
  readonly origins: readonly string[]
  readonly trustedProxies: readonly string[]
  readonly introspection: boolean
  readonly logLevel: string
  readonly profile: SessionProfile
  readonly sessions: SessionPolicy
  readonly accounts: Pick<AccountSettings, 'passwordUpdateSignsOut'>
  /** Null: the embedded database. */
  readonly postgres: object | null
  readonly bus: { readonly natsUrl: string | null }
}

/** Something that works and should not be. */
export interface Hazard {
  /** `unsafe`: production refuses to start with it. `doubtful`: there can be reasons; it is warned about at each start. */
  readonly level: 'unsafe' | 'doubtful'
  readonly setting: SettingName
  /** What is wrong and how to put it right, without the name of the setting in front and a full stop behind. */
  readonly message: string
}

/** What is unsafe or doubtful about settings that could be read and don't contradict each other. */
export function findHazards(config: Examined): readonly Hazard[] {
  return [
    ...transportHazards(config),
    ...secretHazards(config),
    ...accountHazards(config),
    ...lifetimeHazards(config),
    ...idleSettings(config),
    ...(config.production ? exposures(config) : []),
  ]
}

function transportHazards({ origins }: Examined): readonly Hazard[] {
  return origins
    .filter((origin) => origin.startsWith('http://') && !isLocal(new URL(origin).hostname))
    .map((origin) => ({
      level: 'unsafe',
      setting: 'CURFEW_ORIGINS',
      message: `"${origin}" is not encrypted: whoever is on its network can write its pages and use people's sessions; serve it over https and name it so`,
    }))
}

/** What is set and has no effect. */
function idleSettings({ postgres, bus }: Examined): readonly Hazard[] {
  if (postgres || bus.natsUrl === null) return []
  return [
    {
      level: 'doubtful',
      setting: 'NATS_URL',
      message:
        'it is of no account on the embedded database, which has one node that nobody else has to wake; set DATABASE_URL too, or leave it out',
    },
  ]
}

/** As many different characters as random ones of 32 bytes have at the very least, in whatever form they are written. */
const FEWEST_CHARACTERS = 10

function secretHazards({ secret }: Examined): readonly Hazard[] {
  const different = new Set(secret).size
  if (secret === null || different >= FEWEST_CHARACTERS) return []
  return [
    {
      level: 'unsafe',
      setting: 'CURFEW_SECRET',
      message: `it is made of ${different === 1 ? 'one character' : `${different} different characters`}, and can be guessed; set it to the output of \`openssl rand -base64 32\``,
    },
  ]
}

function accountHazards({ accounts }: Examined): readonly Hazard[] {
  if (accounts.passwordUpdateSignsOut !== 'never') return []
  return [
    {
      level: 'doubtful',
      setting: 'CURFEW_PASSWORD_UPDATE_SIGNS_OUT',
      message:
        'at "never" a thief stays signed in when the password is changed because of them; set it to ask or always',
    },
  ]
}

function lifetimeHazards({ profile, sessions }: Examined): readonly Hazard[] {
  const hazards: Hazard[] = []
  const { absoluteTimeout, notRememberedTimeout } = sessions
  const longest = PROFILE_LIMITS[profile].absoluteTimeout
  if (absoluteTimeout > longest)
    hazards.push({
      level: 'doubtful',
      setting: 'SESSION_ABSOLUTE_TIMEOUT',
      message: `${formatDuration(absoluteTimeout)} is longer than the ${formatDuration(longest)} that NIST SP 800-63B-4 recommends at most; make it shorter, or write down why not`,
    })
  if (notRememberedTimeout > absoluteTimeout)
    hazards.push({
      level: 'doubtful',
      setting: 'SESSION_ABSOLUTE_TIMEOUT_NOT_REMEMBERED',
      message: `${formatDuration(notRememberedTimeout)} has no effect: SESSION_ABSOLUTE_TIMEOUT (${formatDuration(absoluteTimeout)}) is shorter, and holds for all sessions; make it shorter, or leave it out`,
    })
  return hazards
}

/** What is as it should be on one's own machine, and not where everybody can reach it. */
function exposures(config: Examined): readonly Hazard[] {
  const hazards: Hazard[] = []
  if (config.secret === null)
    hazards.push({
      level: 'unsafe',
      setting: 'CURFEW_SECRET',
      message:
        'it is required in production; set it to at least 32 random bytes, such as the output of `openssl rand -base64 32`',
    })
  if (config.introspection)
    hazards.push({
      level: 'doubtful',
      setting: 'GRAPHQL_INTROSPECTION',
      message: 'it lets anybody read the schema in production; leave it out unless the API is a public one',
    })
  if (!isLocal(config.host) && config.trustedProxies.length === 0)
    hazards.push({
      level: 'doubtful',
      setting: 'CURFEW_TRUSTED_PROXIES',
      message: `no proxy is named, and the server listens on ${config.host}: browsers take its cookie over https alone, so name the proxy that ends TLS in front of it, or everybody has the proxy's address and is slowed down together`,
    })
  if (!RECORDING.includes(config.logLevel))
    hazards.push({
      level: 'doubtful',
      setting: 'LOG_LEVEL',
      message: `at "${config.logLevel}" the log doesn't say who signed in and out; use info`,
    })
  return hazards
}

/** Levels at which every authentication is logged (ASVS 16.3.1). */
const RECORDING = ['debug', 'info']

/** Whether only this machine is meant, which browsers trust without TLS. */
function isLocal(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host)
}
