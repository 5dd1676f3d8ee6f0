import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Finding, met, unknown, unsafe, type Verdict } from '../finding.ts'
import { type Account, attempt, type Probe, type Subject } from './check.ts'
import { operate } from './graphql.ts'
import { at, nameAt } from './json.ts'
import { unknownAddress } from './schema.ts'

const SAME_ANSWER: Subject = {
  id: 'account-enumeration',
  clauses: ['ASVS 6.3.8'],
  title: 'A wrong password and an unknown account get the same answer.',
}

/** One wrong password and one unknown account: two attempts, that are counted. */
export function checkEnumeration(probe: Probe, { email }: Account): Promise<Finding> {
  return attempt(SAME_ANSWER, async () => {
    const wrong = await guess(probe, email)
    const nobody = await guess(probe, unknownAddress())
    return judge(wrong, nobody)
  })
}

async function guess({ client }: Probe, email: string): Promise<unknown> {
  const { status, data, errors } = await operate(
    client,
    'mutation ($input: SignInInput!) { signIn(input: $input) { __typename ... on Error { code message } } }',
    { variables: { input: { email, password: randomUUID() } } },
  )
  return { status, answer: at(data, 'signIn') ?? null, errors }
}

function judge(wrong: unknown, nobody: unknown): Verdict {
  const names = [wrong, nobody].map((each) => nameAt(each, 'answer.__typename') ?? 'an error')
  if (names.includes('TooManyAttemptsError'))
    return unknown('there were too many attempts just now.', 'Try again in a quarter of an hour.')
  return isDeepStrictEqual(wrong, nobody)
    ? met(`both are answered with ${names[0]}, word for word.`)
    : unsafe(
        'the answers differ: anybody can find out who has an account.',
        'Answer both with the same words and the same status.',
      )
}
