import { newSecret } from '../../kernel/secret.ts'
import { TOKEN_PREFIX } from '../../protocol/credentials.ts'
import { met, unknown, unsafe, type Verdict } from '../finding.ts'
import type { Probe } from './check.ts'
import { operate } from './graphql.ts'
import { nameAt } from './json.ts'
import type { Started } from './sign-in.ts'

/** Asks to end the probe's own session with a proof that nobody gave: whatever comes of it, nobody else is signed out (ASVS 7.5.2). */
export async function judgeUnprovenRevocation({ client }: Probe, started: Started): Promise<Verdict> {
  const { data, errors } = await operate(
    client,
    'mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { __typename } }',
    {
      variables: {
        input: {
          sessionId: started.sessionId,
          verificationToken: `${TOKEN_PREFIX.verification}${newSecret()}`,
        },
      },
      credential: started.credential,
    },
  )
  const answer = nameAt(data, 'revokeSession.__typename') ?? errors[0] ?? 'nothing'
  if (answer === 'VerificationRequiredError') return met('a made-up proof is refused.')
  return answer === 'RevokeSessionSuccess'
    ? unsafe('a made-up proof was taken.', 'Ask for a factor, and bind its proof to the action.')
    : unknown(`revokeSession was answered with ${answer}.`)
}
