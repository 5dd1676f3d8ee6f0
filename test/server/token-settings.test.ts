import { describe, expect, it } from 'vitest'
import { InvalidConfig, readConfig } from '../../src/server/config.ts'
import { JWKS_MAX_AGE, RELOAD_INTERVAL } from '../../src/tokens/key-times.ts'

const MINUTE = 60_000

function refused(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof InvalidConfig) return error.message.split('\n')
    throw error
  }
  throw new Error(`not refused: ${JSON.stringify(environment)}`)
}

describe('the settings of tokens and keys', () => {
  it('are fifteen minutes, EdDSA, ninety days, ten minutes', () => {
    expect(readConfig({})).toMatchObject({
      previousSecret: null,
      accessTokens: { issuer: 'curfew', audience: 'curfew', lifetime: 15 * MINUTE },
      signingKeys: { algorithm: 'EdDSA', rotationInterval: 90 * 1_440 * MINUTE, lead: 10 * MINUTE },
    })
  })

  it('leave everybody who keeps the public keys the time to learn of a new one', () => {
    const { lead } = readConfig({ SIGNING_KEY_LEAD: '6m' }).signingKeys
    expect(lead).toBeGreaterThan(JWKS_MAX_AGE + RELOAD_INTERVAL)
    expect(refused({ SIGNING_KEY_LEAD: '359s' })).toEqual([
      'SIGNING_KEY_LEAD: 359s is out of range; give 6m to 30d.',
    ])
  })

  it('let no more than one key wait for its turn', () => {
    expect(refused({ SIGNING_KEY_LEAD: '31m', SIGNING_KEY_ROTATION_INTERVAL: '1h' })).toEqual([
      'SIGNING_KEY_LEAD: 31m is longer than half of SIGNING_KEY_ROTATION_INTERVAL (30m); make it shorter, or the other longer.',
    ])
    expect(readConfig({ SIGNING_KEY_LEAD: '30m', SIGNING_KEY_ROTATION_INTERVAL: '1h' })).toBeTruthy()
  })

  it.each([
    [{ ACCESS_TOKEN_LIFETIME: '59s' }, 'ACCESS_TOKEN_LIFETIME: 59s is out of range; give 1m to 1h.'],
    [{ ACCESS_TOKEN_LIFETIME: '61m' }, 'ACCESS_TOKEN_LIFETIME: 61m is out of range; give 1m to 1h.'],
    [{ SIGNING_ALGORITHM: 'RS256' }, 'SIGNING_ALGORITHM: "RS256" is not possible; give EdDSA or ES256.'],
    [
      { CURFEW_ISSUER: 'two words' },
      'CURFEW_ISSUER: give 1 to 256 characters of ASCII without spaces, such as https://auth.example.com.',
    ],
    [
      { CURFEW_SECRET_PREVIOUS: 'short' },
      'CURFEW_SECRET_PREVIOUS: it is too short: give the whole of a former master secret, at least 32 bytes.',
    ],
  ])('refuse %o', (environment, said) => {
    expect(refused(environment as Record<string, string>)).toEqual([said])
  })
})
