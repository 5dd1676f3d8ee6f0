import { doubtful, type Finding, met, operators, unsafe, type Verdict } from '../finding.ts'
import { attempt, inTurn, type Probe, type Subject } from './check.ts'
import type { ProbeAnswer } from './client.ts'
import { API, type Credential, operate, presenting, readAnswer } from './graphql.ts'
import { isThisMachine } from './in-clear.ts'
import { at } from './json.ts'

/** A page that nobody allowed. The name can never be anybody's (RFC 2606). */
export const FOREIGN_ORIGIN = 'https://attacker.invalid'

const TLS: Subject = {
  id: 'tls',
  clauses: ['ASVS 4.4.1', 'ASVS 3.4.1', 'NIST 5.1 f'],
  title: 'It is reached over TLS, and browsers are told never to do without.',
}
const HEADERS: Subject = {
  id: 'security-headers',
  clauses: ['ASVS 3.4.3', 'ASVS 3.4.4', 'ASVS 3.4.5', 'ASVS 3.4.6'],
  title: 'Answers say that they are not to be sniffed, framed or referred to, and bring no plugins.',
}
const CACHE: Subject = {
  id: 'cache-headers',
  clauses: ['ASVS 14.3.2'],
  title: 'Answers of the API are not stored.',
}
const CORS: Subject = {
  id: 'cors',
  clauses: ['ASVS 3.4.2'],
  title: 'A foreign page may not read answers.',
}
const ORIGIN: Subject = {
  id: 'cross-site-origin',
  clauses: ['ASVS 3.5.1', 'NIST 5.1 h'],
  title: 'Requests of a foreign page are refused.',
}
const FETCH_SITE: Subject = {
  id: 'cross-site-fetch-metadata',
  clauses: ['ASVS 3.5.1'],
  title: 'Requests that come from another site by Sec-Fetch-Site are refused.',
}
const FORMS: Subject = {
  id: 'form-bodies',
  clauses: ['ASVS 3.5.2'],
  title: 'What a form can send is not accepted.',
}
const GET: Subject = {
  id: 'get-mutation',
  clauses: ['ASVS 3.5.3', 'ASVS 7.6.2'],
  title: 'Nothing is changed by GET.',
}

const HARMLESS = JSON.stringify({ query: '{ __typename }' })

/** What can be seen of how a server treats pages. With a credential, requests are made as its browser would make them. */
export function checkPages(probe: Probe, credential: Credential): Promise<readonly Finding[]> {
  const { client } = probe
  const post = (headers: Record<string, string>): Promise<ProbeAnswer> =>
    client.ask(API, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...presenting(credential), ...headers },
      body: HARMLESS,
    })
  return inTurn([
    () => attempt(TLS, async () => judgeTls(client.base, (await post({})).headers)),
    () => attempt(HEADERS, async () => judgeHeaders((await post({})).headers)),
    () => attempt(CACHE, async () => judgeCaching((await post({})).headers)),
    () => attempt(CORS, async () => judgeCors(await corsAnswers(probe, credential))),
    () => attempt(ORIGIN, async () => judgeRefusal(await post({ Origin: FOREIGN_ORIGIN }), 'Origin')),
    () =>
      attempt(FETCH_SITE, async () =>
        judgeRefusal(
          await post({ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }),
          'Sec-Fetch-Site',
        ),
      ),
    () => attempt(FORMS, () => judgeForms(probe, credential)),
    () => attempt(GET, () => judgeGet(probe)),
  ])
}

const YEAR = 31_536_000 // seconds

function judgeTls(base: URL, headers: Headers): Verdict {
  if (base.protocol === 'https:') {
    const age = /max-age="?(\d+)/i.exec(headers.get('strict-transport-security') ?? '')?.[1]
    return Number(age ?? 0) >= YEAR
      ? met('by https, with HSTS for a year.')
      : doubtful(
          age === undefined ? 'by https, without HSTS.' : `by https, with HSTS for ${age} s.`,
          'Send Strict-Transport-Security with a max-age of 31536000, from the proxy that ends TLS.',
        )
  }
  if (isThisMachine(base))
    return operators('plain HTTP, on this machine.', 'Try the address that browsers use, too.')
  return unsafe(
    `${base.origin} is not encrypted: whoever is on the way reads passwords and cookies.`,
    'Put a proxy in front that ends TLS, and give doctor the https address.',
  )
}

function judgeHeaders(headers: Headers): Verdict {
  const policy = headers.get('content-security-policy') ?? ''
  const missing = [
    ...(headers.get('x-content-type-options')?.toLowerCase() === 'nosniff'
      ? []
      : ['X-Content-Type-Options: nosniff']),
    ...(/frame-ancestors/.test(policy) ? [] : ['Content-Security-Policy: frame-ancestors']),
    ...(/(object|default)-src 'none'/.test(policy) ? [] : ["Content-Security-Policy: object-src 'none'"]),
    ...(/base-uri 'none'/.test(policy) ? [] : ["Content-Security-Policy: base-uri 'none'"]),
    ...(headers.has('referrer-policy') ? [] : ['Referrer-Policy']),
  ]
  return missing.length === 0
    ? met('nosniff, a referrer policy, and a content security policy.')
    : doubtful(`missing: ${missing.join('; ')}.`, 'Send them; a proxy in front may have dropped them.')
}

function judgeCaching(headers: Headers): Verdict {
  const control = headers.get('cache-control') ?? ''
  return /no-store/i.test(control)
    ? met('Cache-Control: no-store.')
    : doubtful(
        control === '' ? 'there is no Cache-Control.' : `Cache-Control is ${control.slice(0, 80)}.`,
        'Send Cache-Control: no-store; a proxy in front may have changed it.',
      )
}

async function corsAnswers({ client }: Probe, credential: Credential): Promise<readonly Headers[]> {
  const preflight = await client.ask(API, {
    method: 'OPTIONS',
    headers: {
      Origin: FOREIGN_ORIGIN,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type',
    },
  })
  const request = { Origin: FOREIGN_ORIGIN }
  const { headers } = await operate(client, '{ __typename }', { credential, headers: request })
  const sandboxed = await operate(client, '{ __typename }', { credential, headers: { Origin: 'null' } })
  return [preflight.headers, headers, sandboxed.headers]
}

function judgeCors(answers: readonly Headers[]): Verdict {
  const open = answers.filter((headers) =>
    ['*', 'null', FOREIGN_ORIGIN].includes(headers.get('access-control-allow-origin') ?? ''),
  )
  const fix = 'Name the origins of your own pages (CURFEW_ORIGINS), and no others.'
  if (open.length === 0) return met('no Access-Control-Allow-Origin for it.')
  const allowed = open.map((headers) => headers.get('access-control-allow-origin')).join(', ')
  const withCredentials = open.some(
    (headers) => headers.get('access-control-allow-credentials')?.toLowerCase() === 'true',
  )
  return withCredentials
    ? unsafe(
        `Access-Control-Allow-Origin is ${allowed}, with credentials: any page can read as the person.`,
        fix,
      )
    : doubtful(`Access-Control-Allow-Origin is ${allowed}: any page can read what needs no session.`, fix)
}

/** Whether an operation was carried out: its answer is there. */
function wasServed(answer: ProbeAnswer): boolean {
  const { data } = readAnswer(answer)
  return data !== null && at(data, '__typename') !== undefined
}

function judgeRefusal(answer: ProbeAnswer, header: string): Verdict {
  return wasServed(answer)
    ? unsafe(
        `a request whose ${header} is another site's was served.`,
        `Refuse requests of other origins; a proxy in front must pass ${header} and Host on.`,
      )
    : met(`refused with ${answer.status}.`)
}

const FORM_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
] as const

async function judgeForms({ client }: Probe, credential: Credential): Promise<Verdict> {
  const served: string[] = []
  for (const type of FORM_TYPES) {
    const form = formOf(type)
    const answer = await client.ask(API, {
      method: 'POST',
      headers: { 'Content-Type': type, ...presenting(credential) },
      body: form,
    })
    if (wasServed(answer)) served.push(type.split(';')[0] ?? type)
  }
  return served.length === 0
    ? met('bodies of type text/plain and both types of forms are refused.')
    : unsafe(
        `a body of type ${served.join(', ')} was served: any page can send one without being asked.`,
        'Accept application/json alone.',
      )
}

function formOf(type: (typeof FORM_TYPES)[number]): string {
  switch (type) {
    case 'text/plain':
      return HARMLESS
    case 'application/x-www-form-urlencoded':
      return 'query=%7B__typename%7D'
    default:
      return '--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n{ __typename }\r\n--x--\r\n'
  }
}

/** Signing out without a session changes nothing, wherever it is carried out. */
async function judgeGet({ client }: Probe): Promise<Verdict> {
  const query = new URLSearchParams({ query: 'mutation { signOut { __typename } }' })
  const answer = await client.ask(`${API}?${query}`, { headers: { Accept: 'application/json' } })
  const { data } = readAnswer(answer)
  return at(data, 'signOut') !== undefined && at(data, 'signOut') !== null
    ? unsafe('a mutation was carried out by GET: a link or an image is enough.', 'Refuse mutations by GET.')
    : met(`refused with ${answer.status}.`)
}
