import { updateMaySignOut } from '../checks/accounts.ts'
import {
  absoluteEnds,
  idleEnds,
  limitsAreDocumented,
  proofsAreShort,
  sensitiveWindowIsShort,
  sessionsAreCapped,
} from '../checks/lifetimes.ts'
import { endIsTheEnd } from '../checks/tokens.ts'
import { met, operators } from '../finding.ts'
import { proof, type Requirement } from '../requirement.ts'

/** OWASP ASVS 5.0, chapter V7. */
export const SESSION_MANAGEMENT: readonly Requirement[] = [
  {
    id: 'ASVS 7.1.1',
    level: 2,
    gist: 'Idle and absolute limits are documented, and deviations from NIST SP 800-63B justified.',
    does: 'The README lists each limit with its default, PROTOCOL.md says how they work; `doctor` names a limit that is longer than its profile recommends. To justify that one is the operator’s.',
    proofs: [
      proof(
        'server/documents',
        'the settings in the README are the ones that the code reads (UPDATE_DOCUMENTS=1 writes them)',
      ),
      proof('doctor/configuration', 'names what each setting breaks'),
    ],
    settings: ['SESSION_ABSOLUTE_TIMEOUT'],
    check: limitsAreDocumented,
  },
  {
    id: 'ASVS 7.1.2',
    level: 2,
    gist: 'How many sessions an account may have, and what happens at the limit, is documented.',
    does: 'MAX_SESSIONS_PER_USER (500), exact also for sign-ins at the same moment; beyond it the oldest end and are told so, or the new one is refused (SESSIONS_BEYOND_LIMIT).',
    proofs: [
      proof(
        'server/attacks',
        'ends the oldest, whoever piles them up, and says why; exact also for sign-ins at the same moment',
      ),
      proof('server/attacks', 'ends nothing, says so, and is exact for sign-ins at the same moment'),
    ],
    check: sessionsAreCapped,
  },
  {
    id: 'ASVS 7.1.3',
    level: 2,
    gist: 'Systems that create or manage sessions in a federation are documented, with how they are coordinated.',
    does: 'Curfew speaks no federation protocol. What other systems can rely on (events, close codes, token lifetimes) is in PROTOCOL.md; which of them do is the operator’s to write down.',
    proofs: [],
    check: () =>
      operators(
        'Curfew speaks no federation protocol; which systems of yours rely on its sessions, it cannot know.',
        'Write down each system that relies on these sessions, and how it hears of their end: PROTOCOL.md says what it can rely on.',
      ),
  },
  {
    id: 'ASVS 7.2.1',
    level: 1,
    gist: 'Session tokens are verified by a trusted back end.',
    does: 'Every request is checked on the server: cookies against the database in constant time, access tokens by signature and then against the session.',
    proofs: [
      proof('graphql/sign-in', 'ignores the right session with another secret'),
      proof(
        'graphql/tokens',
        'is known by its access token, until the session ends, and not a request longer',
      ),
    ],
    check: () => met('verified on the server at each request; clients are believed nothing.'),
  },
  {
    id: 'ASVS 7.2.2',
    level: 1,
    gist: 'Session tokens are generated dynamically; no static secrets or keys serve as sessions.',
    does: 'Each sign-in makes a new token. There are no API keys.',
    proofs: [proof('graphql/sign-in', 'starts a session with a new id and a new secret every time')],
    check: () => met('each sign-in makes a token of its own; there are no static ones.'),
  },
  {
    id: 'ASVS 7.2.3',
    level: 1,
    gist: 'Reference tokens are unique, from a CSPRNG, with at least 128 bits of entropy.',
    does: 'Session cookies and proofs hold 256 bits of the operating system’s CSPRNG beside a unique id; refresh tokens a MAC of 256 bits and 128 random bits of their session.',
    proofs: [
      proof('kernel/values', 'has 256 bits, one spelling, and is known by its hash'),
      proof('tokens/refresh-token', 'of another server, or made from parts of two, is refused'),
    ],
    check: () => met('256 random bits in each session cookie.'),
  },
  {
    id: 'ASVS 7.2.4',
    level: 1,
    gist: 'A new token at authentication and re-authentication; the current one ends.',
    does: 'signIn, signUp and reverify start a session with a new id and secret, and end the one that came along. A planted cookie is never adopted.',
    proofs: [
      proof(
        'graphql/sign-in',
        'never adopts the session that came along, and ends it as replaced if it is of the same user',
      ),
      proof('graphql/step-up', 'gives a proof for one action on one subject, and replaces the session'),
      proof('graphql/tokens', 'gives new tokens when it reverifies, and the old ones are worth nothing'),
    ],
    check: () =>
      met('signing in and reverifying replace the session: new id, new secret, the old one refused.'),
  },
  {
    id: 'ASVS 7.3.1',
    level: 2,
    gist: 'An inactivity timeout forces re-authentication.',
    does: 'A session ends after SESSION_IDLE_TIMEOUT without a request of the person; open sockets and background refreshes don’t count.',
    proofs: [
      proof(
        'graphql/sessions',
        'end it when nobody used it for the idle time: it is refused, and listed as ended',
      ),
      proof('graphql/tokens', 'counts refreshes as activity, unless they say that nobody is there'),
    ],
    settings: ['SESSION_IDLE_TIMEOUT'],
    check: idleEnds,
  },
  {
    id: 'ASVS 7.3.2',
    level: 2,
    gist: 'An absolute maximum lifetime forces re-authentication.',
    does: 'The absolute limit is fixed when the session starts, and neither activity nor refreshing moves it.',
    proofs: [
      proof(
        'graphql/sessions',
        'move with activity, written once an hour at most, but never past the absolute limit, which stays',
      ),
      proof('graphql/tokens', 'ends at the absolute limit, however often it is refreshed'),
      proof(
        'sessions/lifetime',
        'has an absolute limit that no activity moves: however often it is used, it ends by then',
      ),
    ],
    settings: ['SESSION_ABSOLUTE_TIMEOUT', 'SESSION_ABSOLUTE_TIMEOUT_NOT_REMEMBERED'],
    check: absoluteEnds,
  },
  {
    id: 'ASVS 7.4.1',
    level: 1,
    gist: 'After signing out or expiry nothing can go on with the session; self-contained tokens neither.',
    does: 'The session ends in the database before the mutation returns, and every request asks the database; live connections are told why, and cut.',
    proofs: [
      proof('graphql/sign-out', 'ends the session on the server and clears the cookie'),
      proof(
        'graphql/tokens',
        'is known by its access token, until the session ends, and not a request longer',
      ),
      proof('server/push', 'tells every socket why, completes its subscription, and closes it with 4401'),
      proof(
        'connections/two-nodes',
        'SIGNED_OUT_EVERYWHERE: refused at the other node by the very next request',
      ),
    ],
    check: endIsTheEnd,
  },
  {
    id: 'ASVS 7.4.2',
    level: 1,
    gist: 'All sessions end when the account is disabled or deleted.',
    does: 'Disabling and deleting end every session of the user in their own transaction; no sign-in that was under way survives them.',
    proofs: [
      proof('connections/two-nodes', 'ACCOUNT_DISABLED and REVOKED_BY_ADMINISTRATOR'),
      proof('graphql/account', 'ends every session, forgets who it was, and frees the address'),
      proof(
        'races/races',
        'signing in to an account that is being disabled or deleted never leaves a session behind',
      ),
    ],
    check: () => met('disabling and deleting an account end all of its sessions in the same transaction.'),
  },
  {
    id: 'ASVS 7.4.3',
    level: 2,
    gist: 'After a change of an authentication factor the user has the option to end all other sessions.',
    does: 'updatePassword asks (signOutEverywhere); operators may set always, and are told by `doctor` what is wrong with never.',
    proofs: [
      proof('graphql/account', 'signs out everywhere, this device too, if the person says so'),
      proof('doctor/configuration', 'names what each setting breaks'),
    ],
    settings: ['CURFEW_PASSWORD_UPDATE_SIGNS_OUT'],
    check: updateMaySignOut,
  },
  {
    id: 'ASVS 7.4.4',
    level: 2,
    gist: 'Every page that needs a sign-in has an easy, visible sign-out.',
    does: 'signOut and revokeAllSessions need no proof and no reason. Each part of the account page has a sign-out.',
    proofs: [proof('graphql/sign-out', 'succeeds without a session, and with one that has ended')],
    check: () =>
      operators(
        'signing out asks for nothing, and the account page offers it in each of its parts; other pages are those of your application.',
        'Show a sign-out on each page that needs a session.',
      ),
  },
  {
    id: 'ASVS 7.4.5',
    level: 2,
    gist: 'Administrators can end the sessions of a user, or of all.',
    does: 'revokeUserSessions, disableUser, revokeSessions (by a filter) and revokeEverySession (at once, however many there are), for administrators who presented a factor lately; `curfew session revoke`, `revoke-matching` and `revoke-all`, and `user disable`, beside a running server.',
    proofs: [
      proof('graphql/administration', 'end the sessions of a user, who may sign in again; and their own'),
      proof(
        'graphql/revoke-at-scale',
        'holds at once for all that a session can be used with, before any row says so',
      ),
      proof(
        'graphql/revoke-at-scale',
        'ends those to which everything that is given applies, and tells them',
      ),
      proof('cli/commands', 'end a session by the id of the API or by the bare one, once'),
    ],
    check: () => met('administrators end a session, all of a user, those that fit a filter, or everyone’s.'),
  },
  {
    id: 'ASVS 7.5.1',
    level: 2,
    gist: 'Full re-authentication before changing what affects authentication.',
    does: 'Changing the password takes a proof for exactly that, which a factor presented just now gives. The e-mail address cannot be changed.',
    proofs: [
      proof('graphql/account', 'changes nothing without a proof for it, or with one that was used'),
      proof(
        'verification/verifications',
        'is good once, for exactly its session, user, credentials, action and subject',
      ),
    ],
    settings: ['VERIFICATION_LIFETIME'],
    check: proofsAreShort,
  },
  {
    id: 'ASVS 7.5.2',
    level: 2,
    gist: 'Users see their sessions and, authenticated again with a factor, end any or all of them.',
    does: 'User.sessions lists them with device and time; revokeSession and revokeAllSessions(keepCurrent) take a proof. Ending all, this one too, needs none.',
    proofs: [
      proof('graphql/sessions', 'is paged, newest first, and filtered by state'),
      proof('graphql/step-up', 'ends the one that the proof is for, and the proof is spent'),
      proof(
        'graphql/step-up',
        'ends all but this one with a proof, and neither spares the others nor spends the proof without',
      ),
    ],
    check: proofsAreShort,
  },
  {
    id: 'ASVS 7.5.3',
    level: 3,
    gist: 'A factor again before highly sensitive operations.',
    does: 'A proof is for one action on one subject, from one session, once; deleting the account, changing the password and ending other sessions each take their own.',
    proofs: [
      proof('graphql/account', 'changes nothing without a proof for it'),
      proof('races/races', 'two uses of one proof: one wins, and the other is told what it needs'),
      proof(
        'sessions/lifetime',
        'may do what is most sensitive until the window after the last factor is over, and from then on not',
      ),
    ],
    settings: ['SENSITIVE_WINDOW'],
    check: sensitiveWindowIsShort,
  },
  {
    id: 'ASVS 7.6.1',
    level: 2,
    gist: 'Between relying party and identity provider, lifetimes and endings behave as documented.',
    does: 'What Curfew promises to whoever relies on it is in PROTOCOL.md, and held by tests; it is no identity provider, and follows none.',
    proofs: [
      proof('graphql/tokens', 'lives as long as the session, past the access token, and hears of its end'),
    ],
    check: () =>
      operators(
        'Curfew is no identity provider and follows none; what it promises is in PROTOCOL.md.',
        'Where you couple it to one, document whose limits hold, and end sessions here when they end there.',
      ),
  },
  {
    id: 'ASVS 7.6.2',
    level: 2,
    gist: 'A session is created only with consent or an explicit action.',
    does: 'Only signIn, signUp and reverify start one, each with a factor in the request itself; no GET does, and no form of another site.',
    proofs: [
      proof('server/hardening', 'runs no mutation by GET'),
      proof('server/origin', 'of our own, of an allowed site, and of no browser at all is served'),
    ],
    check: () =>
      met(
        'a session starts only with a factor that comes with the request; never by GET, nor from another site.',
      ),
  },
]
