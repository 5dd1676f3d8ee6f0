import { formatDuration } from '../../kernel/duration.ts'
import { newSecret } from '../../kernel/secret.ts'
import { CloseCode } from '../../protocol/close-codes.ts'
import { SESSION_COOKIE, TOKEN_PREFIX } from '../../protocol/credentials.ts'
import { doubtful, type Finding, met, unknown, unsafe, type Verdict } from '../finding.ts'
import { type Account, attempt, find, inTurn, type Probe, type Subject } from './check.ts'
import { isCleared, readSetCookie } from './cookie.ts'
import { checkCookieFlags } from './cookie-flags.ts'
import { type Credential, presenting, sessionOf } from './graphql.ts'
import { at, nameAt, textAt } from './json.ts'
import { checkPages, FOREIGN_ORIGIN } from './pages.ts'
import { reverify, type Started, signIn, signOut } from './sign-in.ts'
import { ProbeSocket } from './socket.ts'
import { judgeUnprovenRevocation } from './step-up.ts'

const FIXATION: Subject = {
  id: 'session-fixation',
  clauses: ['ASVS 7.2.4'],
  title: 'A cookie that was planted before the sign-in is not adopted.',
}
const ENTROPY: Subject = {
  id: 'session-token',
  clauses: ['ASVS 7.2.2', 'ASVS 7.2.3', 'NIST 5.1 d'],
  title: 'Each sign-in gets a token of its own, with 128 random bits at least.',
}
const LIMITS: Subject = {
  id: 'session-limits',
  clauses: ['ASVS 7.3.1', 'ASVS 7.3.2', 'NIST 5.2'],
  title: 'Sessions have an idle and an absolute limit.',
}
const REPLACED: Subject = {
  id: 'sign-in-replaces',
  clauses: ['ASVS 7.2.4'],
  title: 'Signing in again replaces the session that came along.',
}
const REVERIFIED: Subject = {
  id: 'reverification-replaces',
  clauses: ['ASVS 7.2.4', 'NIST 5.2'],
  title: 'Re-verification replaces the session.',
}
const PROOF: Subject = {
  id: 'proof-needed',
  clauses: ['ASVS 7.5.2', 'ASVS 7.5.3'],
  title: 'Ending a session takes a factor presented just now.',
}
const UPGRADE: Subject = {
  id: 'cross-site-socket',
  clauses: ['ASVS 4.4.2'],
  title: 'A WebSocket of a foreign page is refused.',
}
const SOCKET: Subject = {
  id: 'socket-cut',
  clauses: ['ASVS 7.4.1', 'ASVS 4.4.3'],
  title: 'A live socket is told of the sign-out, and cut.',
}
const SIGN_OUT: Subject = {
  id: 'sign-out-ends',
  clauses: ['ASVS 7.4.1', 'NIST 5.1 e'],
  title: 'The request after a sign-out is refused.',
}
const CLEARED: Subject = {
  id: 'sign-out-clears',
  clauses: ['NIST 5.1 e'],
  title: 'Signing out takes the cookie away.',
}

/** Follows one session through its life: planted, started, replaced, verified, told and ended. */
export async function checkCookieSessions(probe: Probe, account: Account): Promise<readonly Finding[]> {
  const planted: Credential = {
    cookie: `${SESSION_COOKIE}=${TOKEN_PREFIX.session}${newSecret().slice(0, 22)}.${newSecret()}`,
  }
  const first = await signIn(probe, account, { presented: planted })
  if ('refusal' in first) return [find(FIXATION, unknown(`signing in was answered with ${first.refusal}.`))]
  const findings = [...checkCookieFlags(first.cookies)]
  findings.push(
    ...(await inTurn([
      () => attempt(FIXATION, () => judgeFixation(probe, first, planted)),
      () => attempt(LIMITS, () => Promise.resolve(judgeLimits(first))),
    ])),
  )
  const second = await signIn(probe, account, { presented: first.credential })
  if ('refusal' in second)
    return [...findings, find(REPLACED, unknown(`signing in again was answered with ${second.refusal}.`))]
  findings.push(
    ...(await inTurn([
      () => attempt(ENTROPY, () => Promise.resolve(judgeTokens(first, second))),
      () => attempt(REPLACED, () => judgeReplaced(probe, first, second, 'the old cookie')),
    ])),
  )
  const third = await reverify(probe, second, { password: account.password, action: 'UPDATE_PASSWORD' })
  const last = 'refusal' in third ? second : third
  findings.push(
    ...(await inTurn([
      () =>
        attempt(REVERIFIED, () =>
          'refusal' in third
            ? Promise.resolve(unknown(`reverify was answered with ${third.refusal}.`))
            : judgeReplaced(probe, second, third, 'the cookie from before it'),
        ),
      () => attempt(PROOF, () => judgeUnprovenRevocation(probe, last)),
      () => checkPages(probe, last.credential),
      () => attempt(UPGRADE, () => judgeUpgrade(probe, last.credential)),
      () => checkSignOut(probe, last.credential),
    ])),
  )
  return findings
}

async function judgeFixation({ client }: Probe, started: Started, planted: Credential): Promise<Verdict> {
  const adopted =
    started.credential.cookie === planted.cookie ||
    started.cookies.length === 0 ||
    (await sessionOf(client, planted)) !== null
  return adopted
    ? unsafe(
        'the planted cookie is signed in: whoever planted it is, too.',
        'Make a new token at each sign-in, and never take one from the request.',
      )
    : met('a new one was set; the planted one is worth nothing.')
}

const MOST_IDLE = 30 * 86_400_000
const MOST_ABSOLUTE = 30 * 86_400_000

function judgeLimits({ answer }: Started): Verdict {
  const session = at(answer.data, 'signIn.session')
  const time = (field: string): number => Date.parse(textAt(session, field) ?? '')
  const idle = time('idleExpiresAt') - time('lastActiveAt')
  const absolute = time('expiresAt') - time('createdAt')
  if (Number.isNaN(idle) || Number.isNaN(absolute)) return unknown('the session does not say when it ends.')
  const figures = `idle ${formatDuration(idle)}, absolute ${formatDuration(absolute)}`
  if (idle > MOST_IDLE || absolute > MOST_ABSOLUTE)
    return doubtful(
      `${figures}: longer than the 30d that NIST SP 800-63B-4 recommends at most.`,
      'Shorten SESSION_ABSOLUTE_TIMEOUT, or write down why not.',
    )
  return met(`${figures}.`)
}

/** Bits that a text can hold, by how many different characters its kind has. */
function bitsOf(text: string): number {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/]
  const sizes = [26, 26, 10]
  const size = kinds.reduce((sum, kind, index) => sum + (kind.test(text) ? (sizes[index] ?? 0) : 0), 0)
  return Math.floor(text.length * Math.log2(Math.max(size, 2)))
}

function judgeTokens(first: Started, second: Started): Verdict {
  const values = [first, second].map(({ cookies }) => cookies.map(({ value }) => value).join(''))
  const [one = '', other = ''] = values
  if (one === other)
    return unsafe('two sign-ins got the same token.', 'Make a random token of 256 bits at each sign-in.')
  const least = Math.min(bitsOf(one), bitsOf(other))
  return least < 128
    ? unsafe(
        `it can hold ${least} bits: it can be guessed.`,
        'Make a random token of 256 bits at each sign-in.',
      )
    : met('two sign-ins, two tokens, each with room for more than 128 bits.')
}

async function judgeReplaced(
  { client }: Probe,
  old: Started,
  fresh: Started,
  what: string,
): Promise<Verdict> {
  if (fresh.credential.cookie === old.credential.cookie)
    return unsafe('the token stayed the same.', 'Make a new token whenever a factor is presented.')
  if ((await sessionOf(client, old.credential)) !== null)
    return unsafe(
      `${what} is signed in still.`,
      'End the session that came along when a new one takes its place.',
    )
  return (await sessionOf(client, fresh.credential)) === fresh.sessionId
    ? met(`${what} is refused, and the new one is signed in.`)
    : unknown('the new session is not known by its cookie.')
}

async function judgeUpgrade({ client, clock }: Probe, credential: Credential): Promise<Verdict> {
  using own = new ProbeSocket(client.base, { headers: presenting(credential), clock })
  if (!(await own.opened())) return unknown('no WebSocket can be opened at all.')
  using foreign = new ProbeSocket(client.base, {
    headers: { ...presenting(credential), Origin: FOREIGN_ORIGIN },
    clock,
  })
  return (await foreign.opened())
    ? unsafe(
        'the upgrade was taken: any page can open a socket as the person.',
        'Check the Origin of upgrades; a proxy in front must pass it on.',
      )
    : met('the upgrade is refused.')
}

async function checkSignOut(probe: Probe, credential: Credential): Promise<readonly Finding[]> {
  const { client, clock } = probe
  using socket = new ProbeSocket(client.base, { headers: presenting(credential), clock })
  const listening = await subscribe(socket)
  const answer = await signOut(probe, credential)
  const cleared = answer.setCookies.map(readSetCookie).some((cookie) => isCleared(cookie, clock.now()))
  // awaited here: the socket is closed when this function is left
  return await inTurn([
    () =>
      attempt(SIGN_OUT, async () => {
        if ((await sessionOf(client, credential)) !== null)
          return unsafe(
            'the same cookie is signed in still: signing out ends nothing on the server.',
            'End the session on the server, and look it up at each request.',
          )
        probe.started.delete(credential)
        return met('the same cookie is nobody’s.')
      }),
    () =>
      attempt(CLEARED, () =>
        Promise.resolve(
          cleared
            ? met('with Max-Age=0.')
            : doubtful(
                'the cookie stays in the browser.',
                'Clear the cookie, with the flags it was set with.',
              ),
        ),
      ),
    () =>
      attempt(SOCKET, () =>
        listening
          ? judgeEnd(socket)
          : Promise.resolve(unknown('no subscription could be made over a WebSocket.')),
      ),
  ])
}

/** Subscribes, and says whether the server has taken it: what is asked behind it is answered. */
async function subscribe(socket: ProbeSocket): Promise<boolean> {
  if (!(await socket.opened())) return false
  socket.send({ type: 'connection_init' })
  if (!(await socket.next('connection_ack'))) return false
  const query = 'subscription { sessionRevoked { reason message } }'
  socket.send({ type: 'subscribe', id: '1', payload: { query } })
  socket.send({ type: 'subscribe', id: '2', payload: { query: '{ __typename }' } })
  return (await socket.next('complete')) !== null
}

async function judgeEnd(socket: ProbeSocket): Promise<Verdict> {
  const ended = await socket.ended()
  // the event comes before the end, or not at all
  const told = ended && (await socket.next('next'))
  const reason = nameAt(told?.payload, 'data.sessionRevoked.reason')
  if (!ended) return unsafe('the socket is open still.', 'Cut the connections of a session when it ends.')
  const figures = `${reason === null ? 'not told why' : `told ${reason}`}, closed with ${ended.code}`
  return reason !== null && ended.code === CloseCode.sessionEnded
    ? met(`${figures}.`)
    : doubtful(`${figures}.`, `Send the event, and close with ${CloseCode.sessionEnded}.`)
}
