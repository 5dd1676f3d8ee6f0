import { formatDuration } from '../../kernel/duration.ts'
import type { Config } from '../../server/config.ts'
import { doubtful, met, operators, type Verdict } from '../finding.ts'

/** Beyond this, signing out is late wherever tokens are verified alone (milliseconds). */
const LONGEST_LIFETIME = 1_800_000

/** ASVS 7.4.1: nothing goes on after the end, however long its tokens would last elsewhere. */
export function endIsTheEnd({ accessTokens }: Config): Verdict {
  const lifetime = formatDuration(accessTokens.lifetime)
  const figures = `this server asks the database at each request; who verifies access tokens without asking it accepts them for ${lifetime} at most`
  return accessTokens.lifetime > LONGEST_LIFETIME
    ? doubtful(
        `${figures}: that long after signing out, for whoever doesn't follow the revocations.`,
        'Set ACCESS_TOKEN_LIFETIME to 15m or less.',
      )
    : met(`${figures}, and hears of the end by sessionRevoked.`)
}

/** ASVS 9.2.1: access tokens are short. */
export function accessTokensExpire({ accessTokens }: Config): Verdict {
  return met(
    `every access token has exp, ${formatDuration(accessTokens.lifetime)} after iat at most, and never past its session.`,
  )
}

/** ASVS 9.1.2: one asymmetric algorithm, by configuration. */
export function algorithmIsChosen({ signingKeys }: Config): Verdict {
  return met(`${signingKeys.algorithm}; EdDSA and ES256 are accepted, and nothing else.`)
}

/** ASVS 9.1.3: keys come from the database alone, and change. */
export function keysRotate({ signingKeys }: Config): Verdict {
  const { rotationInterval, lead } = signingKeys
  return met(
    `the server's own keys, published ${formatDuration(lead)} before they sign and changed every ${formatDuration(rotationInterval)}.`,
  )
}

/** ASVS 9.2.3, 9.2.4: tokens say whom they are for. */
export function audienceIsNamed({ accessTokens, production }: Config): Verdict {
  const { issuer, audience } = accessTokens
  const figures = `the iss is ${issuer}, the aud ${audience}`
  return production && (issuer === 'curfew' || audience === 'curfew')
    ? operators(
        `${figures}: as every other installation has it that sets neither; signatures alone tell them apart.`,
        'Set CURFEW_ISSUER and CURFEW_AUDIENCE to the public URLs of this server and of what its tokens open.',
      )
    : met(`${figures}; both are checked.`)
}
