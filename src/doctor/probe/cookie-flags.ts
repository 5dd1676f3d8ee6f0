import { doubtful, type Finding, met, unsafe, type Verdict } from '../finding.ts'
import { find, type Subject } from './check.ts'
import type { SetCookie } from './cookie.ts'

const SECURE: Subject = {
  id: 'cookie-secure',
  clauses: ['ASVS 3.3.1', 'NIST 5.1.1'],
  title: 'Session cookies are Secure.',
}
const HTTP_ONLY: Subject = {
  id: 'cookie-http-only',
  clauses: ['ASVS 3.3.4', 'NIST 5.1.1'],
  title: 'Scripts cannot read session cookies.',
}
const SAME_SITE: Subject = {
  id: 'cookie-same-site',
  clauses: ['ASVS 3.3.2', 'NIST 5.1.1'],
  title: 'Session cookies have a SameSite.',
}
const HOST: Subject = {
  id: 'cookie-host',
  clauses: ['ASVS 3.3.3', 'NIST 5.1.1'],
  title: 'Session cookies belong to this host alone (__Host-, no Domain, Path=/).',
}

/** What pages are meant to read, to send it back in a header. */
const FOR_SCRIPTS = /csrf|xsrf/i

/** Looks at the flags of every cookie that a server sets at a sign-in (ASVS 3.3.1 to 3.3.4). */
export function checkCookieFlags(cookies: readonly SetCookie[]): readonly Finding[] {
  const secrets = cookies.filter(({ name }) => !FOR_SCRIPTS.test(name))
  return [
    find(
      SECURE,
      lacking(cookies, ({ attributes }) => attributes.has('secure')) ?? met(`${names(cookies)}: Secure.`),
    ),
    find(
      HTTP_ONLY,
      lackingHttpOnly(secrets) ??
        met(secrets.length > 0 ? `${names(secrets)}: HttpOnly.` : 'no such cookie is set.'),
    ),
    find(SAME_SITE, sameSite(cookies)),
    find(HOST, host(cookies)),
  ]
}

function lacking(cookies: readonly SetCookie[], has: (cookie: SetCookie) => boolean): Verdict | null {
  const without = cookies.filter((cookie) => !has(cookie))
  return without.length === 0
    ? null
    : unsafe(
        `${names(without)}: without Secure; whoever is on the network of one plain request has the session.`,
        'Set the cookie with Secure.',
      )
}

function lackingHttpOnly(cookies: readonly SetCookie[]): Verdict | null {
  const without = cookies.filter(({ attributes }) => !attributes.has('httponly'))
  return without.length === 0
    ? null
    : unsafe(
        `${names(without)}: without HttpOnly; any script that gets into a page has the session.`,
        'Set the cookie with HttpOnly.',
      )
}

function sameSite(cookies: readonly SetCookie[]): Verdict {
  const loose = cookies.filter(({ attributes }) => !/^(lax|strict)$/i.test(attributes.get('samesite') ?? ''))
  if (loose.length === 0) return met(`${names(cookies)}: SameSite.`)
  return doubtful(
    `${names(loose)}: SameSite is missing, or None: other sites can send it along.`,
    'Set the cookie with SameSite=Lax or Strict.',
  )
}

function host(cookies: readonly SetCookie[]): Verdict {
  const shared = cookies.filter(({ attributes }) => attributes.has('domain'))
  if (shared.length > 0)
    return doubtful(
      `${names(shared)}: has a Domain, so that every host below it gets the session, and can set one.`,
      'Leave Domain out, and name the cookie __Host-….',
    )
  const unnamed = cookies.filter(
    ({ name, attributes }) => !name.startsWith('__Host-') || attributes.get('path') !== '/',
  )
  return unnamed.length === 0
    ? met(`${names(cookies)}: Path=/, without a Domain.`)
    : doubtful(
        `${names(unnamed)}: without __Host- (and Path=/), another host of the domain can plant a session.`,
        'Name the cookie __Host-…, with Path=/.',
      )
}

/** The names of cookies, which are no secrets. */
function names(cookies: readonly SetCookie[]): string {
  return `cookie ${cookies.map(({ name }) => name.slice(0, 60)).join(', ')}`
}
