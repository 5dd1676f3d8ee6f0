import { isEncrypted } from '../checks/exposure.ts'
import { keepsToItsLevel, levelIsThatOfTheFactors } from '../checks/lifetimes.ts'
import { met, operators } from '../finding.ts'
import { proof, type Requirement } from '../requirement.ts'

const COOKIE_FLAGS = proof(
  'server/cookies',
  'has exactly the flags that keep it from scripts, other sites and plain HTTP, for as long as the session can last',
)

/** NIST SP 800-63B-4, section 5. It numbers no requirement within a section: the letters are ours, in its order. */
export const NIST_SESSIONS: readonly Requirement[] = [
  {
    id: 'NIST 5.1 a',
    level: null,
    gist: 'A secret is issued at authentication, and its possession is what continues the session.',
    does: 'The secret comes with the answer to signIn, signUp or reverify, and with nothing else.',
    proofs: [
      proof('graphql/sign-in', 'starts a session with a new id and a new secret every time'),
      proof('graphql/sign-in', 'ignores the right session with another secret'),
    ],
    check: () => met('issued in the answer to a factor, and presented with each request.'),
  },
  {
    id: 'NIST 5.1 b',
    level: null,
    gist: 'Cookies that remember a browser are not used instead of authentication.',
    does: 'There is no device cookie: who is signed out presents a factor.',
    proofs: [
      proof(
        'graphql/sign-in',
        'never adopts the session that came along, and ends it as replaced if it is of the same user',
      ),
    ],
    check: () => met('nothing but a factor signs in.'),
  },
  {
    id: 'NIST 5.1 c',
    level: null,
    gist: 'A session is never at a higher level than its authentication.',
    does: 'A session says which factors it was started with; a profile is about its limits alone.',
    proofs: [proof('doctor/configuration', 'names what each setting breaks')],
    settings: ['SESSION_PROFILE'],
    check: levelIsThatOfTheFactors,
  },
  {
    id: 'NIST 5.1 d',
    level: null,
    gist: 'Session secrets have at least 64 random bits.',
    does: '256 bits of the operating system’s CSPRNG.',
    proofs: [proof('kernel/values', 'has 256 bits, one spelling, and is known by its hash')],
    check: () => met('256 bits.'),
  },
  {
    id: 'NIST 5.1 e',
    level: null,
    gist: 'Secrets are worth nothing after signing out or the limit of the level.',
    does: 'The session ends on the server, and its cookie is cleared.',
    proofs: [
      proof('graphql/sign-out', 'ends the session on the server and clears the cookie'),
      proof(
        'graphql/sessions',
        'end it when nobody used it for the idle time: it is refused, and listed as ended',
      ),
    ],
    check: () => met('ended on the server, and the cookie is cleared.'),
  },
  {
    id: 'NIST 5.1 f',
    level: null,
    gist: 'Secrets travel over encrypted connections alone, and never fall back.',
    does: 'The cookie is Secure; TLS ends in front of Curfew.',
    proofs: [COOKIE_FLAGS],
    check: isEncrypted,
  },
  {
    id: 'NIST 5.1 g',
    level: null,
    gist: 'Secrets are not kept where scripts read them, such as local storage.',
    does: 'Browsers get an HttpOnly cookie. Where clients of transport TOKEN keep theirs is their own doing.',
    proofs: [COOKIE_FLAGS],
    check: () =>
      operators(
        'cookies are out of reach of scripts; where clients of transport TOKEN keep their tokens is theirs.',
        'Use transport COOKIE in browsers; elsewhere keep tokens in the keychain of the system.',
      ),
  },
  {
    id: 'NIST 5.1 h',
    level: null,
    gist: 'A POST carries a session identifier that is verified, against forgery from other sites.',
    does: 'The session is verified with each POST, its Origin is checked, and the cookie is SameSite.',
    proofs: [
      proof('server/origin', 'of our own, of an allowed site, and of no browser at all is served'),
      COOKIE_FLAGS,
    ],
    check: () => met('verified with each POST; the origin is checked too.'),
  },
  {
    id: 'NIST 5.1.1',
    level: null,
    gist: 'Cookies: HTTPS alone, fewest hosts and paths, HttpOnly, expiry with the session, __Host-, SameSite, opaque.',
    does: '`__Host-curfew=cfs_…; Path=/; Secure; HttpOnly; SameSite=Lax`, with a Max-Age to the absolute limit.',
    proofs: [
      COOKIE_FLAGS,
      proof(
        'server/cookies',
        'goes with the browser if the person does not want to be remembered, and so does its successor',
      ),
    ],
    check: () =>
      met(
        '__Host-curfew; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age to the absolute limit; an opaque token.',
      ),
  },
  {
    id: 'NIST 5.1.2',
    level: null,
    gist: 'An access token alone doesn’t say that the person is there.',
    does: 'Access tokens say when a factor was presented (auth_time) and which (amr); sensitive actions take a proof beside them.',
    proofs: [proof('graphql/tokens', 'counts refreshes as activity, unless they say that nobody is there')],
    check: () => met('tokens say when and how in auth_time and amr; sensitive actions take a proof.'),
  },
  {
    id: 'NIST 5.2',
    level: null,
    gist: 'Either timeout ends the session; activity moves the one, re-authentication both; both keep to the level.',
    does: 'Profiles standard (AAL1), aal2 and aal3; the strict ones refuse longer limits at the start.',
    proofs: [
      proof('sessions/lifetime', 'ends at the earlier of both limits'),
      proof('graphql/step-up', 'gives a proof for one action on one subject, and replaces the session'),
    ],
    settings: ['SESSION_ABSOLUTE_TIMEOUT'],
    check: keepsToItsLevel,
  },
  {
    id: 'NIST 5.3',
    level: null,
    gist: 'Sessions may be monitored for fraud, and what is collected for that is assessed.',
    does: 'A refresh that another user agent repeats, or that comes out of order, ends the session. Networks are truncated; addresses are not kept.',
    proofs: [
      proof('tokens/thief', 'and comes within the window with another user agent is found out at once'),
      proof('devices/network', 'is the same for all addresses of a /24, and for each of them in IPv6 form'),
    ],
    check: () =>
      operators(
        'kept of a session: browser, system, kind of device, times, and the truncated networks, countries and cities that it was used from; docs/privacy.md says for how long, and how to keep less.',
        'Name these in your privacy assessment.',
      ),
  },
]
