import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findHazards } from '../../src/server/advice.ts'
import { type Config, InvalidConfig, readConfig } from '../../src/server/config.ts'
import { describeMisspelled, findMisspelled } from '../../src/server/misspelled.ts'
import { PROFILE_LIMITS, SESSION_PROFILES } from '../../src/sessions/profiles.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const SECRET = 'a secret for tests alone, of more than 32 bytes'

/** What is said about settings that must be refused, one sentence each. */
function refused(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof InvalidConfig) return error.message.split('\n')
    throw error
  }
  throw new Error(`not refused: ${JSON.stringify(environment)}`)
}

describe('the address of Redis', () => {
  it.each(['redis://127.0.0.1', 'redis://127.0.0.1:6379/', 'rediss://user:p%25ss@redis.example.com:6379/0'])(
    'may be %s',
    (url) => {
      expect(readConfig({ REDIS_URL: url }).redis).toEqual({ url })
    },
  )

  it.each([
    ['127.0.0.1:6379', /^REDIS_URL: this is not a Redis URL; write it as redis:/],
    ['redis://:p%ss@127.0.0.1', /^REDIS_URL: this is not a Redis URL; .* a % in a password as %25/],
    [
      'redis://127.0.0.1:6379/zero',
      /^REDIS_URL: what follows the port is no number of a database; .*:6379\/0\.$/,
    ],
  ])('cannot be %s', (url, said) => {
    expect(refused({ REDIS_URL: url })).toEqual([expect.stringMatching(said)])
  })
})

describe('what is kept of places', () => {
  it('is all that there is, for thirty days after the end of a session, unless history is shorter', () => {
    expect(readConfig({}).places).toEqual({
      recordNetwork: true,
      recordPlace: true,
      database: 'included',
      countryHeader: null,
      cityHeader: null,
      retention: 30 * DAY,
    })
    expect(readConfig({ HISTORY_RETENTION: '7d' }).places.retention).toBe(7 * DAY)
  })

  it('is what the settings say', () => {
    const environment = {
      RECORD_NETWORK: 'off',
      RECORD_PLACE: 'off',
      PLACE_RETENTION: '1d',
      PLACE_DATABASE: 'none',
      COUNTRY_HEADER: 'CF-IPCountry',
      CITY_HEADER: 'CF-IPCity',
      CURFEW_TRUSTED_PROXIES: '10.0.0.1',
    }
    expect(readConfig(environment).places).toEqual({
      recordNetwork: false,
      recordPlace: false,
      database: null,
      countryHeader: 'cf-ipcountry',
      cityHeader: 'cf-ipcity',
      retention: DAY,
    })
  })

  it.each([
    [{ RECORD_NETWORK: 'no' }, /^RECORD_NETWORK: "no" is not possible; give on or off[.]$/],
    [{ PLACE_RETENTION: '91d' }, /^PLACE_RETENTION: 91d is longer than HISTORY_RETENTION \(90d\); /],
    [
      { COUNTRY_HEADER: 'CF-IPCountry' },
      /^COUNTRY_HEADER: it is believed of trusted proxies alone; name the proxy that sets it in CURFEW_TRUSTED_PROXIES/,
    ],
    [
      { CITY_HEADER: 'CF-IPCity' },
      /^CITY_HEADER: a city is read together with its country; set COUNTRY_HEADER/,
    ],
    [
      { COUNTRY_HEADER: 'Country: DE', CURFEW_TRUSTED_PROXIES: '10.0.0.1' },
      /^COUNTRY_HEADER: "Country: DE" is not the name of a header; write it as CF-IPCountry[.]$/,
    ],
  ])('cannot be %o', (environment, said) => {
    expect(refused(environment)).toEqual([expect.stringMatching(said)])
  })
})

describe('the timeouts of sessions', () => {
  it.each([
    ['standard', 7 * DAY, 30 * DAY, HOUR],
    ['aal2', HOUR, 24 * HOUR, 5 * MINUTE],
    ['aal3', 15 * MINUTE, 12 * HOUR, MINUTE],
  ])('follow from the profile %s', (profile, idleTimeout, absoluteTimeout, touchInterval) => {
    const config = readConfig({ SESSION_PROFILE: profile })
    expect(config).toMatchObject({
      profile,
      sessions: {
        idleTimeout,
        absoluteTimeout,
        touchInterval,
        sensitiveWindow: 30 * MINUTE,
        calendarLimit: null,
      },
      verificationLifetime: 10 * MINUTE,
    })
    expect(config.sessions.notRememberedTimeout).toBe(Math.min(24 * HOUR, absoluteTimeout))
    expect(findHazards(config)).toEqual([])
  })

  it.each([
    [
      'aal2',
      { SESSION_IDLE_TIMEOUT: '61m' },
      'SESSION_IDLE_TIMEOUT: 61m is longer than SESSION_PROFILE aal2 allows (1h)',
    ],
    [
      'aal2',
      { SESSION_ABSOLUTE_TIMEOUT: '25h' },
      'SESSION_ABSOLUTE_TIMEOUT: 25h is longer than SESSION_PROFILE aal2 allows (1d)',
    ],
    [
      'aal3',
      { SESSION_IDLE_TIMEOUT: '16m' },
      'SESSION_IDLE_TIMEOUT: 16m is longer than SESSION_PROFILE aal3 allows (15m)',
    ],
    [
      'aal3',
      { SESSION_ABSOLUTE_TIMEOUT: '24h' },
      'SESSION_ABSOLUTE_TIMEOUT: 1d is longer than SESSION_PROFILE aal3 allows (12h)',
    ],
  ])('may not be longer than %s allows: %o', (profile, environment, said) => {
    expect(refused({ SESSION_PROFILE: profile, ...environment })).toEqual([expect.stringContaining(said)])
  })

  it('may be as long as a profile allows, and shorter', () => {
    for (const profile of SESSION_PROFILES) {
      const { idleTimeout, absoluteTimeout } = PROFILE_LIMITS[profile]
      const longest = {
        SESSION_IDLE_TIMEOUT: `${idleTimeout}ms`,
        SESSION_ABSOLUTE_TIMEOUT: `${absoluteTimeout / 1_000}s`,
      }
      expect(readConfig({ SESSION_PROFILE: profile, ...longest }).sessions).toMatchObject({
        idleTimeout,
        absoluteTimeout,
      })
      expect(readConfig({ SESSION_PROFILE: profile, SESSION_IDLE_TIMEOUT: '5m' }).sessions.idleTimeout).toBe(
        5 * MINUTE,
      )
    }
  })

  it('give way to each other where they are not set: shortening one needs no other', () => {
    const settings = fc.record(
      {
        SESSION_PROFILE: fc.constantFrom(...SESSION_PROFILES),
        SESSION_ABSOLUTE_TIMEOUT: fc.integer({ min: 1, max: 12 * 3_600 }).map((seconds) => `${seconds}s`),
        SESSION_CALENDAR_LIMIT: fc.constantFrom('daily at 00:00 in Europe/Paris', 'sunday at 23:59 in UTC'),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(settings, (environment) => {
        const { sessions, verificationLifetime } = readConfig(environment)
        expect(sessions.idleTimeout).toBeLessThanOrEqual(sessions.absoluteTimeout)
        expect(sessions.notRememberedTimeout).toBeLessThanOrEqual(sessions.absoluteTimeout)
        expect(sessions.touchInterval).toBeLessThanOrEqual(sessions.idleTimeout / 4)
        expect(sessions.sensitiveWindow).toBeLessThanOrEqual(sessions.absoluteTimeout)
        expect(verificationLifetime).toBeLessThanOrEqual(sessions.sensitiveWindow)
      }),
    )
  })

  it('are refused where they contradict each other', () => {
    expect(
      refused({
        SESSION_IDLE_TIMEOUT: '2h',
        SESSION_ABSOLUTE_TIMEOUT: '1h',
        SESSION_TOUCH_INTERVAL: '31m',
        SENSITIVE_WINDOW: '90m',
      }),
    ).toEqual([
      expect.stringMatching(
        /^SESSION_IDLE_TIMEOUT: 2h is longer than SESSION_ABSOLUTE_TIMEOUT \(1h\); .*[.]$/,
      ),
      expect.stringMatching(
        /^SESSION_TOUCH_INTERVAL: 31m is longer than a quarter of SESSION_IDLE_TIMEOUT \(30m\); .*[.]$/,
      ),
      expect.stringMatching(/^SENSITIVE_WINDOW: 90m is longer than SESSION_ABSOLUTE_TIMEOUT \(1h\); .*[.]$/),
    ])
    expect(refused({ SENSITIVE_WINDOW: '5m', VERIFICATION_LIFETIME: '6m' })).toEqual([
      expect.stringMatching(/^VERIFICATION_LIFETIME: 6m is longer than SENSITIVE_WINDOW \(5m\); .*[.]$/),
    ])
    expect(
      readConfig({ SESSION_IDLE_TIMEOUT: '2h', SESSION_TOUCH_INTERVAL: '30m' }).sessions.touchInterval,
    ).toBe(30 * MINUTE)
  })
})

describe('the calendar limit', () => {
  it.each([
    ['daily at 00:00 in Europe/Paris', { weekday: null, time: '00:00', timeZone: 'Europe/Paris' }],
    [
      'Monday at 04:30 in america/new_york',
      { weekday: 'monday', time: '04:30', timeZone: 'America/New_York' },
    ],
    ['daily at 23:59 in UTC', { weekday: null, time: '23:59', timeZone: 'UTC' }],
  ])('reads "%s"', (text, calendarLimit) => {
    expect(readConfig({ SESSION_CALENDAR_LIMIT: text }).sessions.calendarLimit).toEqual(calendarLimit)
  })

  it.each([
    'daily',
    'daily at 24:00 in UTC',
    'daily at 4:00 in UTC',
    'monthly at 00:00 in UTC',
    'daily at 00:60 in UTC',
    'daily at 00:00',
  ])('says how "%s" is written instead', (text) => {
    expect(refused({ SESSION_CALENDAR_LIMIT: text })).toEqual([
      `SESSION_CALENDAR_LIMIT: "${text}" is not possible; write a day, a time and a time zone, such as daily at 00:00 in Europe/Paris, or monday at 04:30 in UTC.`,
    ])
  })

  it('names a time zone that there is not', () => {
    expect(refused({ SESSION_CALENDAR_LIMIT: 'daily at 00:00 in Europe/Pariss' })).toEqual([
      'SESSION_CALENDAR_LIMIT: there is no time zone "Europe/Pariss"; give an IANA name, such as Europe/Paris, America/New_York or UTC.',
    ])
  })
})

describe('faults', () => {
  it('come in one go: what cannot be read, what contradicts, what production refuses', () => {
    const said = refused({
      NODE_ENV: 'production',
      PORT: 'eighty',
      SESSION_IDLE_TIMEOUT: '60d',
      CURFEW_ORIGINS: 'http://app.example.com',
    })
    expect(said.map((line) => line.split(':', 1)[0])).toEqual([
      'PORT',
      'SESSION_IDLE_TIMEOUT',
      'CURFEW_ORIGINS',
      'CURFEW_SECRET',
    ])
  })

  it('tell nothing about settings that could not be read', () => {
    expect(
      refused({ SESSION_PROFILE: 'aal9', SESSION_IDLE_TIMEOUT: '60d', SESSION_TOUCH_INTERVAL: '50d' }),
    ).toEqual([
      expect.stringMatching(/^SESSION_PROFILE: "aal9" is not possible; give standard, aal2 or aal3[.]$/),
    ])
    expect(refused({ NODE_ENV: 'production', CURFEW_SECRET: 'short' })).toHaveLength(1)
  })

  it('name wildcards for what they are', () => {
    for (const origin of ['*', 'https://*.example.com'])
      expect(refused({ CURFEW_ORIGINS: origin })).toEqual([
        expect.stringMatching(
          /^CURFEW_ORIGINS: ".*" has a wildcard: every page that fits it could use people's sessions; /,
        ),
      ])
  })
})

describe('hazards', () => {
  const SAFE = {
    NODE_ENV: 'production',
    CURFEW_SECRET: SECRET,
    CURFEW_ORIGINS: 'https://app.example.com,http://localhost:3000,http://127.0.0.1:3000,http://[::1]:3000',
    CURFEW_TRUSTED_PROXIES: '10.0.0.0/8',
  }
  const hazardsOf = (config: Config) => findHazards(config).map(({ level, setting }) => `${level} ${setting}`)

  it('are none in a production that is set up as the README says', () => {
    expect(findHazards(readConfig(SAFE))).toEqual([])
  })

  it.each([
    [{ GRAPHQL_INTROSPECTION: 'on' }, 'GRAPHQL_INTROSPECTION'],
    [{ CURFEW_TRUSTED_PROXIES: '' }, 'CURFEW_TRUSTED_PROXIES'],
    [{ SESSION_ABSOLUTE_TIMEOUT: '31d' }, 'SESSION_ABSOLUTE_TIMEOUT'],
    [
      { SESSION_ABSOLUTE_TIMEOUT: '8d', SESSION_ABSOLUTE_TIMEOUT_NOT_REMEMBERED: '9d' },
      'SESSION_ABSOLUTE_TIMEOUT_NOT_REMEMBERED',
    ],
    [{ LOG_LEVEL: 'warn' }, 'LOG_LEVEL'],
    [{ NATS_URL: 'nats://nats.example.com' }, 'NATS_URL'],
    [{ CURFEW_PASSWORD_UPDATE_SIGNS_OUT: 'never' }, 'CURFEW_PASSWORD_UPDATE_SIGNS_OUT'],
  ])('are doubtful: %o', (environment, setting) => {
    expect(hazardsOf(readConfig({ ...SAFE, ...environment }))).toEqual([`doubtful ${setting}`])
  })

  it('need no proxy where nobody else can connect', () => {
    expect(findHazards(readConfig({ ...SAFE, CURFEW_TRUSTED_PROXIES: '', HOST: '127.0.0.1' }))).toEqual([])
  })

  it('are unsafe, and refused in production alone: pages that are not encrypted', () => {
    const environment = { CURFEW_ORIGINS: 'http://app.example.com,http://localhost.example.com' }
    expect(hazardsOf(readConfig(environment))).toEqual(['unsafe CURFEW_ORIGINS', 'unsafe CURFEW_ORIGINS'])
    expect(refused({ ...SAFE, ...environment })).toHaveLength(2)
  })

  it('are unsafe, and refused in production alone: a secret that can be guessed', () => {
    const environment = { CURFEW_SECRET: 'abcabcabcabcabcabcabcabcabcabcabcabc' }
    expect(hazardsOf(readConfig(environment))).toEqual(['unsafe CURFEW_SECRET'])
    expect(refused({ ...SAFE, ...environment })).toEqual([
      'CURFEW_SECRET: it is made of 3 different characters, and can be guessed; set it to the output of `openssl rand -base64 32`.',
    ])
  })
})

describe('a name that is nearly a setting', () => {
  it.each([
    ['CURFEW_ORIGIN', 'CURFEW_ORIGINS'],
    ['CURFEW_SECRTE', 'CURFEW_SECRET'],
    ['curfew_secret', 'CURFEW_SECRET'],
    ['SESSION_TIMEOUT', 'SESSION_IDLE_TIMEOUT'],
    ['SESSION_ABSOLUT_TIMEOUT', 'SESSION_ABSOLUTE_TIMEOUT'],
    ['SENSITVE_WINDOW', 'SENSITIVE_WINDOW'],
    ['MAX_SESSION_PER_USER', 'MAX_SESSIONS_PER_USER'],
  ])('is noticed: %s', (name, nearest) => {
    expect(findMisspelled([name])).toEqual([{ name, nearest }])
    expect(describeMisspelled({ name, nearest: 'CURFEW_ORIGINS' })).toBe(
      `${name} is no setting, and has no effect; did you mean CURFEW_ORIGINS?`,
    )
  })

  it('is noticed also if nothing is near, if it begins as ours do', () => {
    const found = findMisspelled(['CURFEW_XYZ'])
    expect(found).toEqual([{ name: 'CURFEW_XYZ', nearest: null }])
    expect(found.map(describeMisspelled)).toEqual([
      'CURFEW_XYZ is no setting, and has no effect; the README lists those that there are',
    ])
  })

  it('is nobody else’s', () => {
    const others = [
      'HOME',
      'PATH',
      'HOSTNAME',
      'SESSION_MANAGER',
      'XDG_SESSION_ID',
      'NODE_OPTIONS',
      'DATABASE_PASSWORD',
      'PORT',
    ]
    expect(findMisspelled(others)).toEqual([])
  })
})
