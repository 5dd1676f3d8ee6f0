import { isIP } from 'node:net'

import { z } from 'zod'
import { formatDuration, parseDuration } from '../kernel/duration.ts'
import { SIGNING_ALGORITHMS } from '../protocol/sessions.ts'
import { SESSION_PROFILES } from '../sessions/profiles.ts'
import { LONGEST_LIFETIME, SHORTEST_LEAD } from '../tokens/key-times.ts'
import { isEmail } from '../users/email.ts'
import { readCalendarLimit } from './calendar-setting.ts'

/** One setting: how its text is read, and what the documentation says about it. */
export interface Setting<T> {
  /** What it is for, in one sentence. */
  readonly description: string
  /** What holds if it is not set, in words. */
  readonly fallback: string
  /** A value that could be set. */
  readonly example: string
  readonly schema: z.ZodType<T, string | undefined>
}

const DAY = 86_400_000
const MEGABYTE = 1_000_000

const duration = (fallback: number, range: readonly [number, number]) =>
  durationIfSet(range).transform((value) => value ?? fallback)

/** For a duration whose fallback depends on other settings. */
const durationIfSet = ([least, most]: readonly [number, number]) =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return undefined
      const value = parseDuration(text)
      if (value === null) {
        context.addIssue(`"${text}" is not a duration; write a number and a unit, such as 15m, 12h or 7d`)
        return z.NEVER
      }
      if (value < least || value > most) {
        context.addIssue(`${text} is out of range; give ${formatDuration(least)} to ${formatDuration(most)}`)
        return z.NEVER
      }
      return value
    })

const wholeNumber = (fallback: number, [least, most]: readonly [number, number]) =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return fallback
      const value = Number(text)
      if (!/^\d+$/.test(text) || value < least || value > most) {
        context.addIssue(`"${text}" is not possible; give a whole number from ${least} to ${most}`)
        return z.NEVER
      }
      return value
    })

const choice = <const T extends string>(values: readonly [T, ...T[]], fallback: NoInfer<T>) =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      const value = values.find((each) => each === (text ?? fallback))
      if (value) return value
      context.addIssue(`"${text}" is not possible; give ${values.join(', ').replace(/, (?=[^,]*$)/, ' or ')}`)
      return z.NEVER
    })

const name = (example: string) =>
  z
    .string()
    .default('curfew')
    .refine((text) => /^[!-~]{1,256}$/.test(text), {
      error: `give 1 to 256 characters of ASCII without spaces, such as ${example}`,
    })

const headerName = (example: string) =>
  z
    .string()
    .optional()
    .refine((text) => text === undefined || /^[A-Za-z0-9-]{1,100}$/.test(text), {
      error: ({ input }) => `"${input}" is not the name of a header; write it as ${example}`,
    })

const list = <T>(read: (text: string) => T | string) =>
  z
    .string()
    .optional()
    .transform((text, context) => {
      const values: T[] = []
      for (const each of (text ?? '').split(',').map((part) => part.trim())) {
        if (each === '') continue
        const value = read(each)
        if (typeof value === 'object') values.push(value)
        else context.addIssue(String(value))
      }
      return values
    })

/** Every setting that there is, under the name of its environment variable. The documentation's table is made from this. */
export const SETTINGS = {
  NODE_ENV: {
    description: 'In `production` a secret of your own is required, and GraphiQL and introspection are off.',
    fallback: 'development',
    example: 'production',
    schema: choice(['production', 'development', 'test'], 'development'),
  },
  HOST: {
    description: 'The address to listen on.',
    fallback: '`127.0.0.1`; in production `0.0.0.0`',
    example: '0.0.0.0',
    schema: z
      .string()
      .optional()
      .refine((text) => text === undefined || text === 'localhost' || isIP(text) !== 0, {
        error: ({ input }) =>
          `"${input}" is not an IP address; give one such as 127.0.0.1, or 0.0.0.0 for all interfaces`,
      }),
  },
  PORT: {
    description: 'The port to listen on; 0 takes any free one.',
    fallback: '4000',
    example: '8080',
    schema: wholeNumber(4000, [0, 65_535]),
  },
  DATABASE_URL: {
    description: 'A PostgreSQL server, 15 or later.',
    fallback: 'the embedded database',
    example: 'postgres://curfew:password@db.example.com:5432/curfew',
    schema: z
      .string()
      .optional()
      .refine((text) => text === undefined || isPostgresUrl(text), {
        error:
          'this is not a PostgreSQL URL; write it as postgres://user:password@host:5432/database, and a % in a password as %25',
      }),
  },
  DATABASE_POOL_SIZE: {
    description: 'The most connections to PostgreSQL, beside the one that listens for events.',
    fallback: '10',
    example: '20',
    schema: wholeNumber(10, [1, 500]),
  },
  REDIS_URL: {
    description:
      'A Redis or Valkey, 7 or later, or any server of a cluster: for what nodes share beside the database.',
    fallback: 'none',
    example: 'redis://:password@redis.example.com:6379',
    schema: z
      .string()
      .optional()
      .refine((text) => text === undefined || isUrlOf(/^rediss?:$/, text), {
        error:
          'this is not a Redis URL; write it as redis://user:password@host:6379, with rediss:// for TLS, and a % in a password as %25',
      })
      .refine((text) => text === undefined || /^(\/\d*)?$/.test(URL.parse(text)?.pathname ?? ''), {
        error:
          'what follows the port is no number of a database; leave it out, or give one, as in redis://host:6379/0',
      }),
  },
  NATS_URL: {
    description: 'A NATS server, to wake the other nodes with.',
    fallback: 'none',
    example: 'nats://nats.example.com:4222',
    schema: z
      .string()
      .optional()
      .refine((text) => text === undefined || isUrlOf(/^(nats|tls):$/, text), {
        error:
          'this is not a NATS URL; write it as nats://user:password@host:4222, with tls:// for TLS, and a % in a password as %25',
      }),
  },
  EVENT_BUS: {
    description:
      'What wakes the other nodes when something happened to a session. The event log in the database is the truth whichever it is.',
    fallback: '`nats` if NATS_URL is set, else `redis` if REDIS_URL is set, else `postgres`',
    example: 'postgres',
    schema: z
      .string()
      .optional()
      .transform((text, context) => {
        const bus = EVENT_BUSES.find((each) => each === text)
        if (bus || text === undefined) return bus
        context.addIssue(`"${text}" is not possible; give postgres, redis or nats`)
        return z.NEVER
      }),
  },
  CURFEW_DATA_DIR: {
    description: 'Where the embedded database and the secret of the first start are kept.',
    fallback: '`./data`',
    example: '/var/lib/curfew',
    schema: z.string().min(1, 'give a folder, such as ./data').default('./data'),
  },
  CURFEW_SECRET: {
    description:
      'The master secret that all keys are derived from, at least 32 bytes. The same on every node.',
    fallback: 'made at the first start, in the data folder; required in production',
    example: '(the output of `openssl rand -base64 32`)',
    schema: z
      .string()
      .optional()
      .refine((text) => text === undefined || Buffer.byteLength(text) >= 32, {
        error: 'it is too short: give at least 32 bytes, such as the output of `openssl rand -base64 32`',
      }),
  },
  CURFEW_SECRET_PREVIOUS: {
    description:
      'Another master secret that is still good, or already, while `CURFEW_SECRET` is being changed.',
    fallback: 'none',
    example: '(the old value of `CURFEW_SECRET`)',
    schema: z
      .string()
      .optional()
      .refine((text) => text === undefined || Buffer.byteLength(text) >= 32, {
        error: 'it is too short: give the whole of a former master secret, at least 32 bytes',
      }),
  },
  CURFEW_ISSUER: {
    description:
      'Who issues access tokens, as `iss` says it: should be the public URL, and the same on every node.',
    fallback: 'curfew',
    example: 'https://auth.example.com',
    schema: name('https://auth.example.com'),
  },
  CURFEW_AUDIENCE: {
    description:
      'Whom access tokens are for, as `aud` says it: should be the public URL of what they open, and the same on every node.',
    fallback: 'curfew',
    example: 'https://api.example.com',
    schema: name('https://api.example.com'),
  },
  CURFEW_ORIGINS: {
    description: "Origins beside the server's own whose pages may use it, separated by commas.",
    fallback: 'none',
    example: 'https://app.example.com,https://admin.example.com',
    schema: list((text): { origin: string } | string => {
      if (text.includes('*'))
        return `"${text}" has a wildcard: every page that fits it could use people's sessions; name each origin in full, such as https://app.example.com`
      const origin = originOf(text)
      return origin === text.replace(/\/$/, '')
        ? { origin }
        : `"${text}" is not an origin; write scheme, host and port alone, such as https://app.example.com`
    }).transform((origins) => origins.map(({ origin }) => origin)),
  },
  CURFEW_TRUSTED_PROXIES: {
    description:
      'Addresses or networks of the proxies whose `X-Forwarded-For` is believed, separated by commas.',
    fallback: 'none',
    example: '10.0.0.0/8,127.0.0.1',
    schema: list((text): { address: string } | string => {
      const [address = '', bits] = text.split('/')
      const width = isIP(address) === 4 ? 32 : 128
      const valid =
        isIP(address) !== 0 &&
        (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= width))
      return valid
        ? { address: text }
        : `"${text}" is not an address or network; write it as 10.0.0.1 or 10.0.0.0/8`
    }).transform((proxies) => proxies.map(({ address }) => address)),
  },
  CURFEW_SIGN_UP: {
    description: 'Whether anybody may sign up.',
    fallback: 'open',
    example: 'closed',
    schema: choice(['open', 'closed'], 'open'),
  },
  CURFEW_ADMIN_EMAIL: {
    description: 'The address of the administrator who is created at the first start.',
    fallback: 'admin@localhost',
    example: 'ops@example.com',
    schema: z
      .string()
      .default('admin@localhost')
      .refine(isEmail, { error: ({ input }) => `"${input}" is not an e-mail address` }),
  },
  CURFEW_PASSWORD_UPDATE_SIGNS_OUT: {
    description: 'Whether changing the password signs out everywhere: as the person asks, always, or never.',
    fallback: 'ask',
    example: 'always',
    schema: choice(['ask', 'always', 'never'], 'ask'),
  },
  SESSION_PROFILE: {
    description:
      'Which limits of NIST SP 800-63B-4 sessions keep to. `aal2` and `aal3` allow no longer timeouts than their own.',
    fallback: 'standard',
    example: 'aal2',
    schema: choice(SESSION_PROFILES, 'standard'),
  },
  SESSION_IDLE_TIMEOUT: {
    description: 'A session that nobody uses ends after this.',
    fallback: '7d; with `aal2` 1h, with `aal3` 15m; at most the absolute timeout',
    example: '1h',
    schema: durationIfSet([1_000, 400 * DAY]),
  },
  SESSION_ABSOLUTE_TIMEOUT: {
    description: 'A session ends after this, whatever its activity.',
    fallback: '30d; with `aal2` 24h, with `aal3` 12h',
    example: '24h',
    schema: durationIfSet([1_000, 400 * DAY]),
  },
  SESSION_ABSOLUTE_TIMEOUT_NOT_REMEMBERED: {
    description:
      'The same for sessions whose browser forgets them when it is closed; the shorter of both counts.',
    fallback: '24h; at most the absolute timeout',
    example: '12h',
    schema: durationIfSet([1_000, 400 * DAY]),
  },
  SESSION_CALENDAR_LIMIT: {
    description:
      'A moment at which all sessions that are older end: `daily` or a day of the week, a time, a time zone.',
    fallback: 'none',
    example: 'daily at 00:00 in Europe/Paris',
    schema: z
      .string()
      .optional()
      .transform((text, context) => {
        const limit = text === undefined ? null : readCalendarLimit(text)
        if (typeof limit !== 'string') return limit
        context.addIssue(limit)
        return z.NEVER
      }),
  },
  SESSION_TOUCH_INTERVAL: {
    description: 'Activity is written at most this often; at most a quarter of the idle timeout.',
    fallback: '1h; with `aal2` 5m, with `aal3` 1m; at most a quarter of the idle timeout',
    example: '5m',
    schema: durationIfSet([0, 100 * DAY]),
  },
  SENSITIVE_WINDOW: {
    description: "How long after presenting a factor administrators' operations are open.",
    fallback: '30m; at most the absolute timeout',
    example: '15m',
    schema: durationIfSet([1_000, DAY]),
  },
  MAX_SESSIONS_PER_USER: {
    description: 'How many live sessions a user may have.',
    fallback: '500',
    example: '10',
    schema: wholeNumber(500, [1, 10_000]),
  },
  SESSIONS_BEYOND_LIMIT: {
    description: 'What becomes of one session more: the oldest ends for it, or it is refused.',
    fallback: 'end-oldest',
    example: 'refuse',
    schema: choice(['end-oldest', 'refuse'], 'end-oldest'),
  },
  HISTORY_RETENTION: {
    description: 'How long ended sessions are kept as history.',
    fallback: '90d',
    example: '30d',
    schema: duration(90 * DAY, [60_000, 4_000 * DAY]),
  },
  RECORD_NETWORK: {
    description:
      'Whether sessions keep the networks that they are used from, truncated, and the log has them. [What is kept](docs/privacy.md).',
    fallback: 'on',
    example: 'off',
    schema: choice(['on', 'off'], 'on'),
  },
  RECORD_PLACE: {
    description: 'Whether sessions keep the countries and cities that they are used from.',
    fallback: 'on',
    example: 'off',
    schema: choice(['on', 'off'], 'on'),
  },
  PLACE_RETENTION: {
    description: 'How long it is kept where an ended session was: its networks, countries and cities.',
    fallback: '30d; at most the retention of the history',
    example: '1d',
    schema: durationIfSet([60_000, 4_000 * DAY]),
  },
  PLACE_DATABASE: {
    description:
      "A file in MaxMind's format that tells the country of an address, and the city if it knows; `none` if none is to be asked. Read at the start.",
    fallback: 'countries, from [data that comes with Curfew](docs/privacy.md#the-data-of-countries)',
    example: '/var/lib/GeoIP/GeoLite2-City.mmdb',
    schema: z.string().optional(),
  },
  COUNTRY_HEADER: {
    description:
      'A header in which a trusted proxy tells the country of the address, as a code of two letters. The proxy has to overwrite what comes in with that name.',
    fallback: 'none',
    example: 'CF-IPCountry',
    schema: headerName('CF-IPCountry'),
  },
  CITY_HEADER: {
    description: 'The same for the city; read together with COUNTRY_HEADER.',
    fallback: 'none',
    example: 'CF-IPCity',
    schema: headerName('CF-IPCity'),
  },
  VERIFICATION_LIFETIME: {
    description: 'How long the proof of a reverification is good for.',
    fallback: '10m; at most the sensitive window',
    example: '5m',
    schema: durationIfSet([1_000, 3_600_000]),
  },
  ACCESS_TOKEN_LIFETIME: {
    description:
      'How long an access token is good for. Who verifies it without asking the server notices the end of its session no sooner.',
    fallback: '15m',
    example: '5m',
    schema: duration(900_000, [60_000, LONGEST_LIFETIME]),
  },
  SIGNING_ALGORITHM: {
    description: 'What access tokens are signed with. A change makes a new key, as a rotation does.',
    fallback: 'EdDSA',
    example: 'ES256',
    schema: choice(SIGNING_ALGORITHMS, 'EdDSA'),
  },
  SIGNING_KEY_ROTATION_INTERVAL: {
    description: 'How long a key signs access tokens before the next one does.',
    fallback: '90d',
    example: '30d',
    schema: duration(90 * DAY, [DAY / 24, 400 * DAY]),
  },
  SIGNING_KEY_LEAD: {
    description:
      'How long a key is published before it signs, so that everybody who verifies tokens knows it by then.',
    fallback: '10m',
    example: '1d',
    schema: duration(600_000, [SHORTEST_LEAD, 30 * DAY]),
  },
  SESSION_CACHE: {
    description:
      'Where sessions are known without asking the database: `none`, `memory` (each node for itself) or `redis` (all together). [What each guarantees](#caches).',
    fallback: '`memory` on the embedded database, else `none`',
    example: 'redis',
    schema: z
      .string()
      .optional()
      .transform((text, context) => {
        if (text === undefined) return undefined
        const kind = SESSION_CACHES.find((each) => each === text)
        if (kind) return kind
        context.addIssue(`"${text}" is not possible; give none, memory or redis`)
        return z.NEVER
      }),
  },
  SESSION_CACHE_LEASE: {
    description:
      'How long a node believes its cache after it read the event log, which it does three times as often. The longest that a `memory` cache can be wrong.',
    fallback: '1s',
    example: '2s',
    schema: duration(1_000, [300, 60_000]),
  },
  EVENT_RETENTION: {
    description: 'How long a subscriber that was away can resume; older cursors answer CURSOR_EXPIRED.',
    fallback: '30d',
    example: '7d',
    schema: duration(30 * DAY, [60_000, 400 * DAY]),
  },
  EVENT_POLL_INTERVAL: {
    description: 'How often the event log is read even if nothing announced an event.',
    fallback: '5s',
    example: '1s',
    schema: duration(5_000, [100, 60_000]),
  },
  SWEEP_INTERVAL: {
    description: 'How often sessions that timed out unnoticed are ended, and what is forgotten is deleted.',
    fallback: '1m',
    example: '10s',
    schema: duration(60_000, [1_000, DAY]),
  },
  PASSWORD_CONCURRENCY: {
    description: 'How many passwords are hashed at once (19 MiB of memory each).',
    fallback: '2',
    example: '4',
    schema: wholeNumber(2, [1, 64]),
  },
  MAX_CONNECTIONS: {
    description: 'The most live connections of this node.',
    fallback: '10000',
    example: '50000',
    schema: wholeNumber(10_000, [1, 1_000_000]),
  },
  MAX_CONNECTIONS_PER_SESSION: {
    description: 'The most live connections of one session on this node.',
    fallback: '20',
    example: '50',
    schema: wholeNumber(20, [1, 10_000]),
  },
  MAX_CONNECTIONS_PER_USER: {
    description: 'The most live connections of one user on this node.',
    fallback: '100',
    example: '200',
    schema: wholeNumber(100, [1, 100_000]),
  },
  MAX_SUBSCRIPTIONS: {
    description: 'The most subscriptions on one connection.',
    fallback: '10',
    example: '20',
    schema: wholeNumber(10, [1, 1_000]),
  },
  SHUTDOWN_DELAY: {
    description:
      'How long a node that is asked to stop still serves while `/readyz` is red, so that load balancers send nobody any more.',
    fallback: '0s; in production 5s',
    example: '15s',
    schema: durationIfSet([0, 600_000]),
  },
  SHUTDOWN_SPREAD: {
    description:
      'Over how long live connections are then told to go elsewhere, so that they do not all come to the other nodes at once.',
    fallback: '0s; in production 5s',
    example: '30s',
    schema: durationIfSet([0, 600_000]),
  },
  SHUTDOWN_TIMEOUT: {
    description: 'How long requests that are under way may then take, before the node stops regardless.',
    fallback: '10s',
    example: '20s',
    schema: duration(10_000, [100, 600_000]),
  },
  MAX_REQUEST_BYTES: {
    description: 'The largest request body and WebSocket message, in bytes.',
    fallback: '100000',
    example: '200000',
    schema: wholeNumber(100_000, [1_000, 10 * MEGABYTE]),
  },
  GRAPHQL_INTROSPECTION: {
    description: 'Whether the schema can be read from the server.',
    fallback: 'on; in production off',
    example: 'on',
    schema: z
      .string()
      .optional()
      .refine((text) => text === undefined || text === 'on' || text === 'off', {
        error: ({ input }) => `"${input}" is not possible; give on or off`,
      }),
  },
  LOG_LEVEL: {
    description: 'The least severe messages to log.',
    fallback: 'info',
    example: 'warn',
    schema: choice(['debug', 'info', 'warn', 'error', 'silent'], 'info'),
  },
} as const satisfies Record<string, Setting<unknown>>

export type SettingName = keyof typeof SETTINGS

/** What each setting was read as. */
export type SettingValues = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> }

/** What can wake the nodes, beside the process itself on the embedded database. */
export const EVENT_BUSES = ['postgres', 'redis', 'nats'] as const
export type EventBus = (typeof EVENT_BUSES)[number]

/** Where sessions can be known without asking the database. */
export const SESSION_CACHES = ['none', 'memory', 'redis'] as const
export type SessionCacheKind = (typeof SESSION_CACHES)[number]

function isPostgresUrl(text: string): boolean {
  return isUrlOf(/^postgres(ql)?:$/, text)
}

function isUrlOf(protocol: RegExp, text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !protocol.test(url.protocol)) return false
  try {
    decodeURIComponent(`${url.username}${url.password}${url.pathname}`)
    return true
  } catch {
    return false
  }
}

function originOf(text: string): string | null {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : null
}
