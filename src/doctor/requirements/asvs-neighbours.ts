import {
  databaseIsEncrypted,
  isEncrypted,
  originsAreListed,
  proxiesAreNarrow,
  schemaIsNotShown,
  secretIsRandom,
  signInsAreLogged,
} from '../checks/exposure.ts'
import { met } from '../finding.ts'
import { proof, type Requirement } from '../requirement.ts'

const COOKIE_FLAGS = proof(
  'server/cookies',
  'has exactly the flags that keep it from scripts, other sites and plain HTTP, for as long as the session can last',
)
const HEADERS = proof(
  'server/http',
  'sends security headers with everything, and lets nothing of the API be stored',
)
const ORIGINS = proof('server/origin', 'of our own, of an allowed site, and of no browser at all is served')

/** OWASP ASVS 5.0: what other chapters ask of whatever keeps sessions. */
export const NEIGHBOURS: readonly Requirement[] = [
  {
    id: 'ASVS 3.3.1',
    level: 1,
    gist: 'Cookies are Secure, and their name says so.',
    does: '`__Host-curfew` is Secure always; browsers except http://localhost.',
    proofs: [COOKIE_FLAGS],
    check: () => met('__Host-curfew; Secure.'),
  },
  {
    id: 'ASVS 3.3.2',
    level: 2,
    gist: 'Cookies have a SameSite that fits.',
    does: 'SameSite=Lax: following a link to the site doesn’t look like being signed out; no other site can send it with anything else.',
    proofs: [COOKIE_FLAGS],
    check: () => met('SameSite=Lax.'),
  },
  {
    id: 'ASVS 3.3.3',
    level: 2,
    gist: 'Cookies have the prefix __Host-.',
    does: '`__Host-curfew`, with Path=/ and without a Domain.',
    proofs: [COOKIE_FLAGS],
    check: () => met('__Host-curfew; Path=/, without a Domain.'),
  },
  {
    id: 'ASVS 3.3.4',
    level: 2,
    gist: 'Session cookies are HttpOnly, and their value goes nowhere else.',
    does: 'HttpOnly; with transport COOKIE no answer and no log line holds the token.',
    proofs: [
      COOKIE_FLAGS,
      proof(
        'server/hardening-logs',
        'tells what happened, and holds nothing that signs anyone in or says who they are',
      ),
    ],
    check: () => met('HttpOnly; the token stands in Set-Cookie alone.'),
  },
  {
    id: 'ASVS 3.4.2',
    level: 1,
    gist: 'CORS allows a fixed origin, or one of a list.',
    does: 'Origins of CURFEW_ORIGINS alone get Access-Control headers; there is no `*` and no reflection.',
    proofs: [proof('server/origin', 'never lets everybody read an answer')],
    settings: ['CURFEW_ORIGINS'],
    check: originsAreListed,
  },
  {
    id: 'ASVS 3.4.3',
    level: 2,
    gist: 'A content security policy, with object-src and base-uri none.',
    does: 'With every answer; that of the pages lets no script run but their own files.',
    proofs: [
      HEADERS,
      proof(
        'server/pages',
        'run scripts of their own and nothing that is written into them, and stand in no frame',
      ),
    ],
    check: () => met("object-src 'none'; base-uri 'none', with every answer."),
  },
  {
    id: 'ASVS 3.4.4',
    level: 2,
    gist: 'X-Content-Type-Options is nosniff.',
    does: 'With every answer.',
    proofs: [HEADERS],
    check: () => met('nosniff, with every answer.'),
  },
  {
    id: 'ASVS 3.4.6',
    level: 2,
    gist: 'No other page may frame it.',
    does: "frame-ancestors 'none' with every answer.",
    proofs: [HEADERS],
    check: () => met("frame-ancestors 'none', with every answer."),
  },
  {
    id: 'ASVS 3.5.1',
    level: 1,
    gist: 'Requests that a foreign page can make without asking are checked for where they come from.',
    does: 'Origin and Sec-Fetch-Site are checked on every request to the API, before anything is read.',
    proofs: [ORIGINS],
    check: () => met('Origin and Sec-Fetch-Site are checked on each request.'),
  },
  {
    id: 'ASVS 3.5.2',
    level: 1,
    gist: 'Where preflights are relied on, no request without one gets through.',
    does: 'Bodies are JSON and nothing else (415), and the origin is checked all the same.',
    proofs: [proof('server/hardening', 'runs no mutation by GET'), ORIGINS],
    check: () => met('JSON alone is accepted, which no form can send.'),
  },
  {
    id: 'ASVS 3.5.3',
    level: 1,
    gist: 'Nothing is changed by GET.',
    does: 'Mutations go by POST alone.',
    proofs: [proof('server/hardening', 'runs no mutation by GET')],
    check: () => met('mutations by GET are refused.'),
  },
  {
    id: 'ASVS 4.1.3',
    level: 2,
    gist: 'Headers of proxies cannot be set by users.',
    does: 'X-Forwarded-For is believed of CURFEW_TRUSTED_PROXIES alone.',
    proofs: [
      proof('accounts/guessing', 'are believed to come from elsewhere only if a trusted proxy says so'),
      proof('doctor/configuration', 'names what each setting breaks'),
    ],
    settings: ['CURFEW_TRUSTED_PROXIES'],
    check: proxiesAreNarrow,
  },
  {
    id: 'ASVS 4.3.1',
    level: 2,
    gist: 'GraphQL operations are limited in depth, amount or cost.',
    does: 'Tokens, aliases, directives, depth, breadth and cost are limited, batches refused, and one credential is checked in an operation.',
    proofs: [
      proof('server/hardening', 'that doubles with every fragment'),
      proof('server/hardening', 'runs no batch'),
      proof('accounts/guessing', 'in one document, by aliases, are refused before any is checked'),
    ],
    check: () => met('1,000 tokens, 15 aliases, depth 12, breadth 200, cost 5,000; no batches.'),
  },
  {
    id: 'ASVS 4.3.2',
    level: 2,
    gist: 'Introspection is off in production, unless others are to use the API.',
    does: 'Off in production, with suggestions and GraphiQL; GRAPHQL_INTROSPECTION=on is named by `doctor`.',
    proofs: [
      proof('server/hardening', 'cannot be read'),
      proof('server/hardening', 'is not suggested bit by bit'),
      proof('server/hardening', 'comes with no GraphiQL, which is there in development'),
    ],
    settings: ['GRAPHQL_INTROSPECTION', 'NODE_ENV'],
    check: schemaIsNotShown,
  },
  {
    id: 'ASVS 4.4.1',
    level: 1,
    gist: 'WebSockets go over TLS.',
    does: 'TLS ends in front of Curfew, for requests and sockets alike; the cookie never travels without it.',
    proofs: [COOKIE_FLAGS],
    check: isEncrypted,
  },
  {
    id: 'ASVS 4.4.2',
    level: 2,
    gist: 'The Origin of a WebSocket handshake is checked.',
    does: 'An upgrade from an origin that is not listed is refused with 403.',
    proofs: [proof('server/websocket', 'is refused at the upgrade from an origin that is not allowed')],
    check: () => met('the same list of origins holds for sockets.'),
  },
  {
    id: 'ASVS 4.4.3',
    level: 2,
    gist: 'Sockets use the application’s sessions, or tokens that are as good.',
    does: 'A socket belongs to the session of its cookie or access token: it is cut when that ends, and not a second later.',
    proofs: [
      proof('server/push', 'tells every socket why, completes its subscription, and closes it with 4401'),
      proof('connections/connections', 'that open while their session ends are always closed'),
    ],
    check: () => met('sockets belong to the session that opened them.'),
  },
  {
    id: 'ASVS 4.4.4',
    level: 2,
    gist: 'What signs a socket in was obtained over the HTTPS session.',
    does: 'Nothing can be signed in over a socket: mutations go over HTTP alone.',
    proofs: [proof('server/websocket', 'may read, and is told to send mutations over HTTP')],
    check: () => met('sockets present what HTTP gave out, and can obtain nothing themselves.'),
  },
  {
    id: 'ASVS 6.3.1',
    level: 1,
    gist: 'Guessing passwords is slowed down.',
    does: 'Attempts are counted before they are checked, per account and per network, on all nodes together; delays grow to 15 minutes and never lock out for good.',
    proofs: [
      proof(
        'accounts/guessing',
        'are slowed down by a delay that grows, and never past a quarter of an hour',
      ),
      proof('accounts/guessing', 'let no more passwords be checked than through one'),
    ],
    check: () => met('5 guesses at an account from a network, then a delay that doubles from 1 s to 15 m.'),
  },
  {
    id: 'ASVS 6.3.8',
    level: 3,
    gist: 'A sign-in that fails doesn’t tell whether there is such an account.',
    does: 'Wrong passwords, unknown and disabled accounts get the same answer after the same work. What remains is in PROTOCOL.md.',
    proofs: [
      proof(
        'graphql/sign-in',
        'gives the same answer for a wrong password, an unknown, a disabled and an impossible address',
      ),
      proof('accounts/guessing', 'are counted the same for an account that does not exist'),
    ],
    check: () => met('the same answer, after the same work.'),
  },
  {
    id: 'ASVS 8.3.2',
    level: 3,
    gist: 'Changes of what somebody may do apply at once.',
    does: 'User and roles are read with the session at each request.',
    proofs: [proof('connections/two-nodes', 'ACCOUNT_DISABLED and REVOKED_BY_ADMINISTRATOR')],
    check: () => met('read from the database at each request.'),
  },
  {
    id: 'ASVS 11.5.1',
    level: 2,
    gist: 'What must not be guessed has 128 random bits at least.',
    does: 'The master secret that keys are derived from has 32 bytes at least; production wants one of its own.',
    proofs: [
      proof('server/startup', 'when there is no secret in production'),
      proof('doctor/configuration', 'names what each setting breaks'),
    ],
    settings: ['CURFEW_SECRET'],
    check: secretIsRandom,
  },
  {
    id: 'ASVS 12.3.1',
    level: 2,
    gist: 'Connections to databases are encrypted.',
    does: 'DATABASE_URL takes sslmode; the embedded database needs none.',
    proofs: [proof('doctor/configuration', 'names what each setting breaks')],
    settings: ['DATABASE_URL'],
    check: databaseIsEncrypted,
  },
  {
    id: 'ASVS 14.3.2',
    level: 2,
    gist: 'Answers with personal data are not stored by browsers.',
    does: 'Cache-Control: no-store with everything that comes from the API.',
    proofs: [
      proof('server/http', 'sends security headers with everything, and lets nothing of the API be stored'),
    ],
    check: () => met('Cache-Control: no-store on all of the API.'),
  },
  {
    id: 'ASVS 16.2.5',
    level: 2,
    gist: 'Tokens are not logged, or only hashed.',
    does: 'Log lines hold ids and reasons; passwords, tokens and addresses of people never.',
    proofs: [
      proof(
        'server/hardening-logs',
        'tells what happened, and holds nothing that signs anyone in or says who they are',
      ),
    ],
    check: () => met('no token is logged, not even hashed.'),
  },
  {
    id: 'ASVS 16.3.1',
    level: 2,
    gist: 'Every authentication is logged, failed ones too, with its factor.',
    does: 'Sign-ins, failures and reverifications are logged with user, network and factor, at level info and warn.',
    proofs: [
      proof(
        'server/hardening-logs',
        'tells what happened, and holds nothing that signs anyone in or says who they are',
      ),
    ],
    settings: ['LOG_LEVEL'],
    check: signInsAreLogged,
  },
]
