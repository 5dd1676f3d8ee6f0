import { describeLimits } from '../checks/lifetimes.ts'
import { accessTokensExpire, algorithmIsChosen, audienceIsNamed, keysRotate } from '../checks/tokens.ts'
import { met, operators } from '../finding.ts'
import { proof, type Requirement } from '../requirement.ts'

const FORGED = proof(
  'tokens/access-token',
  'is refused if somebody else signed it, with any key that they could bring',
)
const UNSIGNED = proof(
  'tokens/access-token',
  'is refused if it is signed with nothing, or with our public key as a secret',
)
const CLAIMS = proof('tokens/access-token', 'says what it is about, and is read as that')

/** OWASP ASVS 5.0: self-contained tokens, and what V10 says of refreshing. */
export const TOKENS: readonly Requirement[] = [
  {
    id: 'ASVS 9.1.1',
    level: 1,
    gist: 'Self-contained tokens are verified by their signature before anything in them is believed.',
    does: 'Access tokens are verified under the server’s own keys; one with a character changed is nobody.',
    proofs: [
      FORGED,
      proof('tokens/access-token', 'is worth nothing with any character changed, also after it was seen'),
    ],
    check: () => met('the signature is checked before any claim.'),
  },
  {
    id: 'ASVS 9.1.2',
    level: 1,
    gist: 'Only algorithms of a list are accepted, and none is not among them.',
    does: 'EdDSA or ES256, by configuration; never `none`, never a MAC under a public key.',
    proofs: [UNSIGNED, proof('doctor/curfew', 'finds nothing unsafe about a server as it comes')],
    check: algorithmIsChosen,
  },
  {
    id: 'ASVS 9.1.3',
    level: 1,
    gist: 'Keys come from a trusted source and never from the token.',
    does: 'Keys are the server’s own, encrypted at rest; a header may name a key and bring none.',
    proofs: [
      FORGED,
      proof('tokens/signing-keys', 'are of no use to whoever has the table and not the secret'),
    ],
    check: keysRotate,
  },
  {
    id: 'ASVS 9.2.1',
    level: 1,
    gist: 'Tokens are accepted within their time alone.',
    does: 'exp and iat are always there and always checked.',
    proofs: [
      proof(
        'graphql/tokens',
        'is unknown with an access token past its time, says so, and goes on after a refresh',
      ),
    ],
    check: accessTokensExpire,
  },
  {
    id: 'ASVS 9.2.2',
    level: 2,
    gist: 'Tokens are of the right type for what they are used for.',
    does: 'typ is at+jwt (RFC 9068); a refresh token is no access token, and the other way round.',
    proofs: [
      proof(
        'graphql/tokens',
        'takes no refresh token for an access token, nor the other way round, nor a cookie for either',
      ),
    ],
    check: () => met('the typ is at+jwt, and is checked.'),
  },
  {
    id: 'ASVS 9.2.3',
    level: 2,
    gist: 'Tokens for others are refused.',
    does: 'iss and aud are checked.',
    proofs: [CLAIMS],
    check: () => met('the iss and aud are checked.'),
  },
  {
    id: 'ASVS 9.2.4',
    level: 2,
    gist: 'Tokens name their audience where one key serves several.',
    does: 'Each token names one audience: CURFEW_AUDIENCE.',
    proofs: [CLAIMS],
    check: audienceIsNamed,
  },
  {
    id: 'ASVS 10.4.5',
    level: 1,
    gist: 'A refresh token that is used again is noticed, and ends everything of its session.',
    does: 'Each use rotates; a replay outside of the rules for retries ends the session, and everyone is told.',
    proofs: [
      proof(
        'tokens/rotation',
        'is reused if it is older than the one before, displaced, or of a generation never given out',
      ),
      proof('tokens/thief', 'and uses them last is found out at once'),
      proof('tokens/thief', 'is recorded, and everyone who is connected is told before they are cut'),
    ],
    check: () =>
      met('tokens rotate; the same request may be repeated for 30 s, and any other reuse ends the session.'),
  },
  {
    id: 'ASVS 10.4.8',
    level: 2,
    gist: 'Refresh tokens end absolutely, however often they are used.',
    does: 'A refresh token is good for what is left of its session, whose absolute limit never moves.',
    proofs: [proof('graphql/tokens', 'ends at the absolute limit, however often it is refreshed')],
    check: (config) => met(`${describeLimits(config)}; refreshing moves the idle limit alone.`),
  },
  {
    id: 'ASVS 10.4.9',
    level: 2,
    gist: 'Users can revoke tokens in a page.',
    does: 'The account page, and the API, list and end sessions with all of their tokens.',
    proofs: [proof('graphql/step-up', 'ends the one that the proof is for, and the proof is spent')],
    check: () =>
      operators(
        'the account page (/) lists sessions and ends them with their tokens.',
        'Lead people there, or show them their sessions (User.sessions) with a way to end each (revokeSession).',
      ),
  },
]
