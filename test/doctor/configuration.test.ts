import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { examineConfig, examineEnvironment } from '../../src/doctor/examine.ts'
import { STATES } from '../../src/doctor/finding.ts'
import { summarize } from '../../src/doctor/report.ts'
import { REQUIREMENTS } from '../../src/doctor/requirements.ts'
import { readConfig } from '../../src/server/config.ts'

const SECRET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEF'
const PRODUCTION = {
  NODE_ENV: 'production',
  CURFEW_SECRET: 'q1K+9zU/7vXc2LmN8bR4tY6wE0sA3dF5gH=',
  CURFEW_TRUSTED_PROXIES: '10.0.0.2',
}

/** What a setting makes of a requirement, and a figure that must stand in the reason. */
const BREAKS: readonly (readonly [
  environment: Record<string, string>,
  id: string,
  verdict: 'unsafe' | 'doubtful' | 'operator',
  figure: string,
])[] = [
  [{ CURFEW_PASSWORD_UPDATE_SIGNS_OUT: 'never' }, 'ASVS 7.4.3', 'unsafe', 'never'],
  [{ SESSION_ABSOLUTE_TIMEOUT: '60d' }, 'ASVS 7.1.1', 'doubtful', '60d'],
  [{ SESSION_ABSOLUTE_TIMEOUT: '60d' }, 'ASVS 7.3.2', 'doubtful', '60d'],
  [{ SESSION_ABSOLUTE_TIMEOUT: '60d' }, 'NIST 5.2', 'doubtful', '60d'],
  [{ SESSION_ABSOLUTE_TIMEOUT: '7d' }, 'ASVS 7.3.1', 'doubtful', '7d'],
  [{ SESSION_ABSOLUTE_TIMEOUT: '90d', SESSION_IDLE_TIMEOUT: '31d' }, 'ASVS 7.3.1', 'doubtful', '31d'],
  [{ SESSION_IDLE_TIMEOUT: '1d' }, 'ASVS 7.1.1', 'operator', 'idle 1d'],
  [
    { SESSION_CALENDAR_LIMIT: 'daily at 00:00 in Europe/Berlin' },
    'ASVS 7.1.1',
    'operator',
    'every day at 00:00 in Europe/Berlin',
  ],
  [{ MAX_SESSIONS_PER_USER: '5000' }, 'ASVS 7.1.2', 'doubtful', '5000'],
  [{ VERIFICATION_LIFETIME: '16m' }, 'ASVS 7.5.1', 'doubtful', '16m'],
  [{ VERIFICATION_LIFETIME: '16m' }, 'ASVS 7.5.2', 'doubtful', '16m'],
  [{ SENSITIVE_WINDOW: '2h' }, 'ASVS 7.5.3', 'doubtful', '2h'],
  [{ ACCESS_TOKEN_LIFETIME: '31m' }, 'ASVS 7.4.1', 'doubtful', '31m'],
  [{ SESSION_PROFILE: 'aal2' }, 'NIST 5.1 c', 'operator', 'AAL2'],
  [{ SESSION_PROFILE: 'aal3' }, 'NIST 5.1 c', 'operator', 'AAL3'],
  [{ CURFEW_ORIGINS: 'http://app.example.com' }, 'ASVS 3.4.2', 'unsafe', 'http://app.example.com'],
  [{ CURFEW_TRUSTED_PROXIES: '0.0.0.0/1' }, 'ASVS 4.1.3', 'unsafe', '0.0.0.0/1'],
  [{ CURFEW_TRUSTED_PROXIES: '203.0.112.0/23' }, 'ASVS 4.1.3', 'unsafe', '203.0.112.0/23'],
  [{ CURFEW_TRUSTED_PROXIES: '8.0.0.0/5' }, 'ASVS 4.1.3', 'unsafe', '8.0.0.0/5'],
  [{ CURFEW_TRUSTED_PROXIES: '2001:db8::/32' }, 'ASVS 4.1.3', 'unsafe', '2001:db8::/32'],
  [{ ...PRODUCTION, CURFEW_TRUSTED_PROXIES: '' }, 'ASVS 4.1.3', 'doubtful', '0.0.0.0'],
  [{ ...PRODUCTION, GRAPHQL_INTROSPECTION: 'on' }, 'ASVS 4.3.2', 'doubtful', 'on'],
  [{ HOST: '0.0.0.0' }, 'ASVS 4.3.2', 'doubtful', '0.0.0.0'],
  [PRODUCTION, 'ASVS 4.4.1', 'operator', '10.0.0.2'],
  [{ ...PRODUCTION, HOST: '127.0.0.1' }, 'NIST 5.1 f', 'operator', '127.0.0.1'],
  [PRODUCTION, 'ASVS 9.2.4', 'operator', 'curfew'],
  [{ CURFEW_SECRET: 'abcabcabcabcabcabcabcabcabcabcabcabc' }, 'ASVS 11.5.1', 'unsafe', '3 different'],
  [{ CURFEW_SECRET: 'my dog is called Rex, and he is seven' }, 'ASVS 11.5.1', 'doubtful', 'thought of it'],
  [{ DATABASE_URL: 'postgres://a:b@db.example.com/c' }, 'ASVS 12.3.1', 'doubtful', 'not encrypted'],
  [
    { DATABASE_URL: 'postgres://a:b@db.example.com/c?sslmode=require' },
    'ASVS 12.3.1',
    'doubtful',
    'nobody checks',
  ],
  [{ LOG_LEVEL: 'warn' }, 'ASVS 16.3.1', 'doubtful', 'warn'],
  [{ LOG_LEVEL: 'silent' }, 'ASVS 16.3.1', 'unsafe', 'silent'],
]

/** What looks alike and is as it should be. */
const KEEPS: readonly (readonly [environment: Record<string, string>, id: string, figure: string])[] = [
  [{}, 'ASVS 7.1.1', 'Idle 7d, absolute 30d: profile standard (AAL1)'],
  [{ SESSION_PROFILE: 'aal2' }, 'ASVS 7.1.1', 'Idle 1h, absolute 1d: profile aal2 (AAL2)'],
  [{ SESSION_PROFILE: 'aal2' }, 'NIST 5.2', 'Idle 1h, absolute 1d: profile aal2 (AAL2)'],
  [{ SESSION_PROFILE: 'aal3' }, 'NIST 5.2', 'Idle 15m, absolute 12h: profile aal3 (AAL3)'],
  [{ MAX_SESSIONS_PER_USER: '3', SESSIONS_BEYOND_LIMIT: 'refuse' }, 'ASVS 7.1.2', '3 live sessions'],
  [{ CURFEW_PASSWORD_UPDATE_SIGNS_OUT: 'always' }, 'ASVS 7.4.3', 'always'],
  [{ VERIFICATION_LIFETIME: '15m' }, 'ASVS 7.5.1', '15m'],
  [{ CURFEW_ORIGINS: 'https://app.example.com' }, 'ASVS 3.4.2', 'https://app.example.com'],
  [{ CURFEW_TRUSTED_PROXIES: '10.0.0.0/8,192.168.1.0/24,fd00::/8,203.0.113.7' }, 'ASVS 4.1.3', '203.0.113.7'],
  [PRODUCTION, 'ASVS 4.3.2', 'are off'],
  [{}, 'ASVS 4.3.2', '127.0.0.1 alone'],
  [{ CURFEW_SECRET: SECRET }, 'ASVS 16.2.5', 'no token'],
  [{ DATABASE_URL: 'postgres://a:b@localhost/c' }, 'ASVS 12.3.1', 'on this machine'],
  [{ DATABASE_URL: 'postgres://a:b@db.example.com/c?sslmode=verify-full' }, 'ASVS 12.3.1', 'certificate'],
  [{ SIGNING_ALGORITHM: 'ES256' }, 'ASVS 9.1.2', 'ES256'],
  [{ LOG_LEVEL: 'debug' }, 'ASVS 16.3.1', 'debug'],
]

const examine = (environment: Record<string, string>, id: string) => {
  const finding = examineEnvironment(environment).findings.find((each) => each.clauses.includes(id))
  if (!finding) throw new Error(`there is no finding on ${id}`)
  return finding
}

describe('the configuration checks', () => {
  it('names what each setting breaks', () => {
    for (const [environment, id, verdict, figure] of BREAKS) {
      const { state, severity, detail, fix } = examine(environment, id)
      expect({ environment, id, verdict: severity ?? state }).toEqual({ environment, id, verdict })
      expect(detail.toLowerCase()).toContain(figure.toLowerCase())
      expect(fix).toMatch(/^[A-Z].*\.$/s)
    }
  })

  it('find nothing in what looks alike, and give the figures', () => {
    for (const [environment, id, figure] of KEEPS) {
      const { state, detail, fix } = examine(environment, id)
      expect({ environment, id, state, fix }).toEqual({ environment, id, state: 'met', fix: null })
      expect(detail.toLowerCase()).toContain(figure.toLowerCase())
    }
  })

  it.each([
    ['development', {}],
    ['production', PRODUCTION],
  ])('meet all of V7 that a server can meet, as %s comes', (_, environment) => {
    const chapter = examineEnvironment(environment).findings.filter(({ id }) => id.startsWith('ASVS 7.'))
    expect(chapter).toHaveLength(19)
    const others = chapter.filter(({ state }) => state !== 'met')
    expect(others.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'ASVS 7.1.3 operator',
      'ASVS 7.4.4 operator',
      'ASVS 7.6.1 operator',
    ])
    expect(summarize(examineEnvironment(environment))).toMatchObject({ unsafe: 0, doubtful: 0, unknown: 0 })
  })

  it('take a secret that was generated for what it is, however it is written', () => {
    for (const encoding of ['base64', 'base64url', 'hex'] as const)
      for (let count = 0; count < 200; count++) {
        const secret = randomBytes(32).toString(encoding)
        expect(examine({ CURFEW_SECRET: secret }, 'ASVS 11.5.1')).toMatchObject({ state: 'met' })
      }
  })

  it('have one finding for each requirement, a sentence each', () => {
    const findings = examineConfig(readConfig({}))
    expect(findings.map(({ id }) => id)).toEqual(REQUIREMENTS.map(({ id }) => id))
    for (const { state, detail } of findings) {
      expect(STATES).toContain(state)
      expect(detail).toMatch(/^[^a-z].*\.$/s)
    }
  })

  it('say what else is doubtful at a start, under the name of the setting', () => {
    const { findings } = examineEnvironment({
      SESSION_ABSOLUTE_TIMEOUT: '2h',
      SESSION_ABSOLUTE_TIMEOUT_NOT_REMEMBERED: '3h',
    })
    expect(findings.find(({ id }) => id === 'ASVS 7.3.2')).toMatchObject({
      severity: 'doubtful',
      detail: expect.stringContaining('SESSION_ABSOLUTE_TIMEOUT_NOT_REMEMBERED: 3h'),
    })
  })
})

it('a name that is almost a setting is doubtful, and what doctor itself reads is not', () => {
  const { findings } = examineEnvironment({
    SESION_IDLE_TIMEOUT: '1h',
    CURFEW_NOTHING_OF_OURS: 'x',
    CURFEW_DOCTOR_PASSWORD: 'hunter2',
    PATH: '/bin',
  })
  const misspelled = findings.filter(({ title }) => title === 'This is no setting.')
  expect(misspelled.map(({ id, severity, fix }) => `${id} ${severity}: ${fix}`)).toEqual([
    'SESION_IDLE_TIMEOUT doubtful: Write SESSION_IDLE_TIMEOUT, if that is meant.',
    'CURFEW_NOTHING_OF_OURS doubtful: Leave it out; the README lists the settings.',
  ])
})

describe('settings that cannot be worked with', () => {
  it('are all findings, and the rest is looked at as if they were not set', () => {
    const { findings } = examineEnvironment({
      PORT: 'eighty',
      SESSION_IDLE_TIMEOUT: 'a week',
      CURFEW_PASSWORD_UPDATE_SIGNS_OUT: 'never',
      CURFEW_ORIGINS: 'app.example.com',
    })
    const faults = findings.filter(({ id }) => /^[A-Z_]+$/.test(id))
    expect(faults.map(({ id, severity }) => `${id} ${severity}`)).toEqual([
      'PORT unsafe',
      'CURFEW_ORIGINS unsafe',
      'SESSION_IDLE_TIMEOUT unsafe',
    ])
    for (const { detail, fix } of faults) {
      expect(detail).toMatch(/^[A-Z_]+: .*\.$/s)
      expect(fix).toMatch(/^[A-Z"].*\.$/s)
    }
    expect(findings.find(({ id }) => id === 'ASVS 7.4.3')).toMatchObject({ severity: 'unsafe' })
    expect(findings.filter(({ id }) => id.startsWith('ASVS 7.'))).toHaveLength(19)
  })

  it('are found also where one hides another, and where production lacks its secret', () => {
    const { findings } = examineEnvironment({
      NODE_ENV: 'production',
      SESSION_PROFILE: 'aal2',
      SESSION_ABSOLUTE_TIMEOUT: '30d',
      SESSION_IDLE_TIMEOUT: '2h',
    })
    const faults = findings.filter(({ id }) => /^[A-Z_]+$/.test(id)).map(({ id }) => id)
    expect(faults.toSorted()).toEqual(['CURFEW_SECRET', 'SESSION_ABSOLUTE_TIMEOUT', 'SESSION_IDLE_TIMEOUT'])
    expect(findings.filter(({ id }) => id.startsWith('NIST'))).toHaveLength(12)
  })

  it('are not quoted where they are secrets', () => {
    const short = 'hunter2'
    const text = JSON.stringify([
      examineEnvironment({ CURFEW_SECRET: short }),
      examineEnvironment({ CURFEW_SECRET: SECRET, DATABASE_URL: `postgres://ada:${short}@db.example.com/c` }),
    ])
    expect(text).not.toContain(short)
    expect(text).not.toContain(SECRET)
  })
})
