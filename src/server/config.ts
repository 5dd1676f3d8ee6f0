import { resolve } from 'node:path'
import type { AccountSettings } from '../accounts/parts.ts'
import type { ConnectionLimits } from '../connections/live-connection.ts'
import type { SessionPolicy } from '../sessions/lifetime.ts'
import type { SessionProfile } from '../sessions/profiles.ts'
import type { AccessTokenPolicy } from '../tokens/access-token.ts'
import type { SigningKeyPolicy } from '../tokens/signing-keys.ts'
import { findHazards } from './advice.ts'
import { findConflicts } from './conflicts.ts'
import { sessionTimes } from './session-settings.ts'
import {
  type EventBus,
  SETTINGS,
  type SessionCacheKind,
  type SettingName,
  type SettingValues,
} from './settings.ts'

/** Everything that the parts are composed by. */
export interface Config {
  readonly production: boolean
  readonly host: string
  readonly port: number
  /** Null: the embedded database. */
  readonly postgres: { readonly url: string; readonly poolSize: number } | null
  /** Null if there is none. */
  readonly redis: { readonly url: string } | null
  /** The bus of several nodes, and where it is. Of no account on the embedded database. */
  readonly bus: { readonly kind: EventBus; readonly natsUrl: string | null }
  readonly dataDir: string
  /** Null: made at the first start, in the data folder. */
  readonly secret: string | null
  /** Another one that is good too; null unless the secret is being changed. */
  readonly previousSecret: string | null
  /** Allowed origins beside our own. */
  readonly origins: readonly string[]
  readonly trustedProxies: readonly string[]
  readonly adminEmail: string
  readonly accounts: AccountSettings
  readonly profile: SessionProfile
  readonly sessions: SessionPolicy
  readonly verificationLifetime: number
  readonly accessTokens: AccessTokenPolicy
  readonly signingKeys: SigningKeyPolicy
  readonly sessionCache: { readonly kind: SessionCacheKind; readonly lease: number }
  readonly eventRetention: number
  readonly eventPollInterval: number
  readonly sweepInterval: number
  readonly historyRetention: number
  /** What is kept of where sessions are, and where that is known from. */
  readonly places: {
    readonly recordNetwork: boolean
    readonly recordPlace: boolean
    /** A file; `included` with the package; null: none. */
    readonly database: string | null
    /** Names of headers, in lower case; null: none is read. */
    readonly countryHeader: string | null
    readonly cityHeader: string | null
    /** For how long after the end of a session (milliseconds). */
    readonly retention: number
  }
  readonly passwordConcurrency: number
  readonly connections: ConnectionLimits
  /** How a node goes (milliseconds). */
  readonly shutdown: { readonly delay: number; readonly spread: number; readonly timeout: number }
  readonly maxRequestBytes: number
  readonly introspection: boolean
  readonly graphiql: boolean
  readonly logLevel: string
}

/** What is wrong with one setting, in one sentence that names it and the fix. */
export interface ConfigFault {
  readonly setting: SettingName
  readonly message: string
}

/** Settings that cannot be worked with: all of them, so that nobody has to find them one by one. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(({ setting, message }) => `${setting}: ${message}.`).join('\n'))
    this.faults = faults
  }
}

/**
 * Reads and validates the settings.
 * @param environment the environment variables; an empty one counts as not set
 * @throws InvalidConfig with every fault
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const faults: ConfigFault[] = []
  const values: Record<string, unknown> = {}
  for (const [name, { schema }] of Object.entries(SETTINGS)) {
    const parsed = schema.safeParse(environment[name] === '' ? undefined : environment[name])
    // what could not be read counts as not set, so that the others can be looked at all the same
    values[name] = parsed.success ? parsed.data : schema.parse(undefined)
    for (const { message } of parsed.error?.issues ?? [])
      faults.push({ setting: name as SettingName, message })
  }
  const unreadable = new Set(faults.map(({ setting }) => setting))
  // every name was parsed by its own schema just above
  const config = toConfig(values as SettingValues)
  faults.push(...findConflicts(values as SettingValues, unreadable))
  if (config.production && !unreadable.has('NODE_ENV'))
    faults.push(
      ...findHazards(config).filter(({ level, setting }) => level === 'unsafe' && !unreadable.has(setting)),
    )
  if (faults.length > 0) throw new InvalidConfig(faults)
  return config
}

function toConfig(values: SettingValues): Config {
  const production = values.NODE_ENV === 'production'
  const { policy, verificationLifetime } = sessionTimes(values)
  return {
    production,
    host: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: values.PORT,
    postgres: values.DATABASE_URL ? { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE } : null,
    redis: values.REDIS_URL ? { url: values.REDIS_URL } : null,
    bus: {
      kind: values.EVENT_BUS ?? (values.NATS_URL ? 'nats' : values.REDIS_URL ? 'redis' : 'postgres'),
      natsUrl: values.NATS_URL ?? null,
    },
    dataDir: resolve(values.CURFEW_DATA_DIR),
    secret: values.CURFEW_SECRET ?? null,
    previousSecret: values.CURFEW_SECRET_PREVIOUS ?? null,
    origins: values.CURFEW_ORIGINS,
    trustedProxies: values.CURFEW_TRUSTED_PROXIES,
    adminEmail: values.CURFEW_ADMIN_EMAIL,
    accounts: {
      signUp: values.CURFEW_SIGN_UP,
      passwordUpdateSignsOut: values.CURFEW_PASSWORD_UPDATE_SIGNS_OUT,
    },
    profile: values.SESSION_PROFILE,
    sessions: policy,
    verificationLifetime,
    accessTokens: {
      issuer: values.CURFEW_ISSUER,
      audience: values.CURFEW_AUDIENCE,
      lifetime: values.ACCESS_TOKEN_LIFETIME,
    },
    signingKeys: {
      algorithm: values.SIGNING_ALGORITHM,
      rotationInterval: values.SIGNING_KEY_ROTATION_INTERVAL,
      lead: values.SIGNING_KEY_LEAD,
    },
    sessionCache: {
      kind: values.SESSION_CACHE ?? (values.DATABASE_URL ? 'none' : 'memory'),
      lease: values.SESSION_CACHE_LEASE,
    },
    eventRetention: values.EVENT_RETENTION,
    eventPollInterval: values.EVENT_POLL_INTERVAL,
    sweepInterval: values.SWEEP_INTERVAL,
    historyRetention: values.HISTORY_RETENTION,
    places: placesOf(values),
    passwordConcurrency: values.PASSWORD_CONCURRENCY,
    connections: {
      perSession: values.MAX_CONNECTIONS_PER_SESSION,
      perUser: values.MAX_CONNECTIONS_PER_USER,
      perNode: values.MAX_CONNECTIONS,
      subscriptionsPerConnection: values.MAX_SUBSCRIPTIONS,
    },
    shutdown: {
      delay: values.SHUTDOWN_DELAY ?? (production ? 5_000 : 0),
      spread: values.SHUTDOWN_SPREAD ?? (production ? 5_000 : 0),
      timeout: values.SHUTDOWN_TIMEOUT,
    },
    maxRequestBytes: values.MAX_REQUEST_BYTES,
    introspection:
      values.GRAPHQL_INTROSPECTION === undefined ? !production : values.GRAPHQL_INTROSPECTION === 'on',
    graphiql: !production,
    logLevel: values.LOG_LEVEL,
  }
}

const THIRTY_DAYS = 30 * 86_400_000

function placesOf(values: SettingValues): Config['places'] {
  return {
    recordNetwork: values.RECORD_NETWORK === 'on',
    recordPlace: values.RECORD_PLACE === 'on',
    database: values.PLACE_DATABASE === 'none' ? null : (values.PLACE_DATABASE ?? 'included'),
    countryHeader: values.COUNTRY_HEADER?.toLowerCase() ?? null,
    cityHeader: values.CITY_HEADER?.toLowerCase() ?? null,
    retention: values.PLACE_RETENTION ?? Math.min(THIRTY_DAYS, values.HISTORY_RETENTION),
  }
}
