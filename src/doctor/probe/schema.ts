import { randomUUID } from 'node:crypto'
import { doubtful, type Finding, met, unsafe, type Verdict } from '../finding.ts'
import { attempt, inTurn, type Probe, type Subject } from './check.ts'
import { API, operate } from './graphql.ts'
import { isThisMachine } from './in-clear.ts'
import { at } from './json.ts'

const INTROSPECTION: Subject = {
  id: 'introspection',
  clauses: ['ASVS 4.3.2'],
  title: 'The schema cannot be read from the server in production.',
}
const GRAPHIQL: Subject = {
  id: 'graphiql',
  clauses: ['ASVS 4.3.2'],
  title: 'GraphiQL is not served in production.',
}
const COST: Subject = {
  id: 'operation-limits',
  clauses: ['ASVS 4.3.1'],
  title: 'Operations that ask for too much are refused.',
}
const GUESSES: Subject = {
  id: 'credential-checks',
  clauses: ['ASVS 6.3.1', 'ASVS 4.3.1'],
  title: 'One operation checks one password, whatever its aliases.',
}

/** What GraphQL itself gives away, and lets be asked for. */
export function checkSchema(probe: Probe): Promise<readonly Finding[]> {
  return inTurn([
    () => attempt(INTROSPECTION, () => judgeIntrospection(probe)),
    () => attempt(GRAPHIQL, () => judgeGraphiql(probe)),
    () => attempt(COST, () => judgeCost(probe)),
    () => attempt(GUESSES, () => judgeGuesses(probe)),
  ])
}

/** On one's own machine that is how development is. */
function shown(probe: Probe, what: string): Verdict {
  return isThisMachine(probe.client.base)
    ? met(`${what}, on this machine: as development has it.`)
    : doubtful(
        `${what}.`,
        'Set NODE_ENV to production, and leave GRAPHQL_INTROSPECTION out unless the API is a public one.',
      )
}

async function judgeIntrospection(probe: Probe): Promise<Verdict> {
  const { data } = await operate(probe.client, '{ __schema { queryType { name } } }')
  if (at(data, '__schema.queryType.name') !== undefined) return shown(probe, 'introspection is on')
  const { text } = await operate(probe.client, '{ viewr { id } }')
  return /did you mean/i.test(text)
    ? shown(probe, 'suggestions give the schema away name by name')
    : met('off.')
}

async function judgeGraphiql(probe: Probe): Promise<Verdict> {
  const { headers, text } = await probe.client.ask(API, {
    headers: {
      Accept: 'text/html',
      'Sec-Fetch-Dest': 'document',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Site': 'none',
    },
  })
  const page =
    /text\/html/.test(headers.get('content-type') ?? '') && /graphiql|playground|sandbox/i.test(text)
  return page ? shown(probe, 'GraphiQL is served') : met('off.')
}

async function judgeCost({ client }: Probe): Promise<Verdict> {
  const aliases = Array.from({ length: 200 }, (_, index) => `a${index}: __typename`).join(' ')
  const wide = await operate(client, `{ ${aliases} }`)
  const batch = await client.ask(API, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
  })
  const served = [
    ...(at(wide.data, 'a199') === undefined ? [] : ['200 aliases']),
    ...(Array.isArray(batch.json) && batch.json.length === 2 && at(batch.json[0], 'data') ? ['a batch'] : []),
  ]
  return served.length === 0
    ? met('200 aliases and a batch are refused.')
    : doubtful(
        `${served.join(' and ')} were served: one request does the work, and the guesses, of many.`,
        'Limit aliases, depth and cost, and refuse batches.',
      )
}

async function judgeGuesses({ client }: Probe): Promise<Verdict> {
  const guess = (alias: string): string =>
    `${alias}: signIn(input: { email: "${unknownAddress()}", password: "${randomUUID()}" }) { __typename }`
  const { data } = await operate(client, `mutation { ${guess('a')} ${guess('b')} }`)
  return at(data, 'a.__typename') !== undefined && at(data, 'b.__typename') !== undefined
    ? unsafe(
        'two passwords were checked in one operation: limits per request count one.',
        'Count attempts for each check, or let an operation check one.',
      )
    : met('two are refused before either is checked.')
}

/** An address that nobody has (RFC 2606), and that no two runs share. */
export function unknownAddress(): string {
  return `doctor-${randomUUID()}@curfew.invalid`
}
