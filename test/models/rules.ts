/**
 * What sessions and their credentials do, as PROTOCOL.md says it: a model to compare the server with. It knows nothing of how
 * the server works; where time matters, it stands still during a request.
 */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const RETRY_WINDOW = 30 * SECOND
/** For so long after a replacement, whoever leaves with the old credential leaves the successor. */
const LEAVING_WINDOW = 30 * SECOND
const ACCESS_LIFETIME = 15 * MINUTE
const PROOF_LIFETIME = 10 * MINUTE
const IDLE_TIMEOUT = 7 * DAY
const ABSOLUTE_TIMEOUT = 30 * DAY
const TOUCH_INTERVAL = HOUR

export type Transport = 'COOKIE' | 'TOKEN'

/** One session. The numbers and what follows them are those of the table under "Refreshing". */
export interface Session {
  readonly user: string
  readonly transport: Transport
  /** The first session of its chain of replacements. */
  readonly line: string
  readonly limit: number
  active: number
  ended: { readonly reason: string; readonly at: number } | null
  current: number
  retry: number
  seen: number
  rotatedAt: number
  agent: string | null
  displaced: number[]
}

interface User {
  password: string
  /** Rises with each new password. */
  version: number
  disabled: boolean
}

interface Proof {
  readonly session: string
  readonly action: string
  readonly subject: string | null
  readonly version: number
  readonly expires: number
  spent: boolean
}

/** All there is, as plain data. */
export interface World {
  now: number
  readonly users: Record<string, User>
  readonly sessions: Record<string, Session>
  readonly proofs: Record<string, Proof>
}

export interface RefreshToken {
  readonly session: string
  readonly generation: number
}
export interface AccessToken extends RefreshToken {
  readonly expires: number
}
export interface Cookie {
  readonly session: string
}

/** What is asked of the server. `text` of credentials is the server's; nothing here looks at it. */
export type Request =
  | {
      readonly do: 'signIn'
      readonly user: string
      readonly password: string
      readonly transport: Transport
      /** What the browser holds already. */
      readonly with: Cookie | null
    }
  | { readonly do: 'refresh'; readonly token: RefreshToken; readonly background: boolean }
  | { readonly do: 'use' | 'list' | 'signOut' | 'everywhere'; readonly with: Cookie | AccessToken }
  | {
      readonly do: 'reverify'
      readonly with: Cookie | AccessToken
      readonly password: string
      readonly action: string
      readonly subject: string | null
    }
  | {
      readonly do: 'revoke'
      readonly with: Cookie | AccessToken
      readonly proof: string
      readonly subject: string
    }
  | { readonly do: 'revokeOthers'; readonly with: Cookie | AccessToken; readonly proof: string }
  | {
      readonly do: 'updatePassword'
      readonly with: Cookie | AccessToken
      readonly proof: string
      readonly password: string
      readonly everywhere: boolean
    }
  | { readonly do: 'disable' | 'enable'; readonly user: string }
  | { readonly do: 'administratorEnds'; readonly session: string }

/** A request, and the user agent that it comes from. */
export type Sent = Request & { readonly agent: string }

/** What the server says. Names that the server makes up (of new sessions and proofs) are taken over from it. */
export interface Answer {
  readonly is: string
  readonly session?: string | null
  readonly generation?: number
  readonly accessExpires?: number
  readonly ends?: number
  readonly proof?: string
  readonly count?: number
  readonly list?: readonly string[]
}

/** What a request remembers from one of its steps to the next. */
export interface Memo {
  /** The live session that it comes from. */
  viewer?: string
  /** The session whose genuine credential it carries, live or ended. */
  holds?: string
  /** Whether leaving has something to end. */
  canLeave?: boolean
  expired?: boolean
  version?: number
}

/** One step of a request: nothing of another request comes in between. The last one answers. */
export type Step = (world: World, memo: Memo, told: Answer) => Answer | null

export function stepsOf(request: Sent): readonly Step[] {
  switch (request.do) {
    case 'use':
      return [enter(request.with), touch, (_, { viewer }) => ({ is: 'Used', session: viewer ?? null })]
    case 'list':
      return [enter(request.with), touch, list]
    case 'refresh':
      return [(world) => refresh(world, request)]
    case 'signIn':
      return [
        ...(request.with ? [enter(request.with), touch] : []),
        (world, memo) => checkPassword(world, memo, request.user, request.password),
        (world, memo, told) => signIn(world, memo, told, request),
      ]
    case 'reverify':
      return [
        enter(request.with),
        touch,
        (world, memo) => {
          if (!memo.viewer || userOf(world, memo.viewer).disabled) return NOT_SIGNED_IN
          return checkPassword(world, memo, sessionOf(world, memo.viewer).user, request.password)
        },
        (world, memo, told) => reverify(world, memo, told, request),
      ]
    case 'signOut':
      return [enter(request.with), touch, signOut]
    case 'everywhere':
      return [
        enter(request.with),
        touch,
        asViewer((world, viewer) => ({
          is: 'RevokeAllSessionsSuccess',
          count: endAll(world, viewer, 'SIGNED_OUT_EVERYWHERE', null),
        })),
      ]
    case 'revokeOthers':
      return [
        enter(request.with),
        touch,
        asViewer((world, viewer, id) => {
          if (!spend(world, id, request.proof, 'REVOKE_OTHER_SESSIONS', null)) return VERIFICATION_REQUIRED
          return {
            is: 'RevokeAllSessionsSuccess',
            count: endAll(world, viewer, 'SIGNED_OUT_EVERYWHERE', id),
          }
        }),
      ]
    case 'revoke':
      return [
        enter(request.with),
        touch,
        asViewer((world, viewer, id) => {
          if (!canSpend(world, id, request.proof, 'REVOKE_SESSION', request.subject))
            return VERIFICATION_REQUIRED
          const target = world.sessions[request.subject]
          const ended =
            target?.user === viewer.user ? endLine(world, target.line, 'REVOKED_BY_USER', null) : null
          // what fails leaves the proof as it was
          if (!ended) return { is: 'SessionNotFoundError' }
          spend(world, id, request.proof, 'REVOKE_SESSION', request.subject)
          return { is: 'RevokeSessionSuccess', session: ended }
        }),
      ]
    case 'updatePassword':
      return [
        enter(request.with),
        touch,
        (world, { viewer }) => {
          if (!viewer) return NOT_SIGNED_IN
          return canSpend(world, viewer, request.proof, 'UPDATE_PASSWORD', null)
            ? null
            : VERIFICATION_REQUIRED
        },
        asViewer((world, viewer, id) => {
          if (!spend(world, id, request.proof, 'UPDATE_PASSWORD', null)) return VERIFICATION_REQUIRED
          const user = userOf(world, id)
          user.password = request.password
          user.version++
          const count = request.everywhere ? endAll(world, viewer, 'PASSWORD_UPDATED', null) : 0
          const is = 'UpdatePasswordSuccess'
          if (request.everywhere) return { is, session: null, count }
          if (viewer.transport === 'TOKEN') rotate(world, viewer, request.agent)
          return { ...granted(world, is, id), count }
        }),
      ]
    case 'disable':
      return [
        (world) => {
          const user = world.users[request.user]
          if (!user || user.disabled) return { is: 'nothing' }
          user.disabled = true
          const all = Object.values(world.sessions).filter((each) => each.user === request.user)
          return { is: 'disabled', count: endEach(world, all, 'ACCOUNT_DISABLED') }
        },
      ]
    case 'enable':
      return [
        (world) => {
          const user = world.users[request.user]
          if (!user?.disabled) return { is: 'nothing' }
          user.disabled = false
          return { is: 'enabled' }
        },
      ]
    case 'administratorEnds':
      return [
        (world) => {
          const { line } = sessionOf(world, request.session)
          const ended = endLine(world, line, 'REVOKED_BY_ADMINISTRATOR', null)
          return ended ? { is: 'ended', session: ended } : { is: 'SessionNotFoundError' }
        },
      ]
  }
}

/** Time passes; whatever reaches a limit ends, whoever notices, and is said to have ended by the limit that came first. */
export function wait(world: World, milliseconds: number): void {
  world.now += milliseconds
  for (const session of Object.values(world.sessions)) {
    if (session.ended || world.now < endsAt(session)) continue
    const reason = endsAt(session) < session.limit ? 'IDLE_TIMEOUT' : 'ABSOLUTE_TIMEOUT'
    end(world, session, reason)
  }
}

/** The moments at which something changes by itself: where mistakes are made. */
export function edgesOf({ now, sessions, proofs }: World): readonly number[] {
  const live = Object.values(sessions).filter(({ ended }) => !ended)
  const edges = [
    ...live.flatMap((session) => [session.rotatedAt + RETRY_WINDOW, endsAt(session)]),
    ...live.flatMap(({ rotatedAt, active }) => [rotatedAt + ACCESS_LIFETIME, active + TOUCH_INTERVAL]),
    ...Object.values(sessions).flatMap(({ ended }) => (ended ? [ended.at + LEAVING_WINDOW] : [])),
    ...Object.values(proofs).map(({ expires }) => expires),
  ]
  return [...new Set(edges)].filter((edge) => edge > now).sort((a, b) => a - b)
}

/** The verdicts of the table under "Refreshing". */
function refresh(world: World, request: Sent & { do: 'refresh' }): Answer {
  const { token, agent, background } = request
  const session = sessionOf(world, token.session)
  if (session.ended) return { is: `SessionEndedError ${session.ended.reason}` }
  const inWindow = world.now - session.rotatedAt < RETRY_WINDOW
  if (token.generation === session.current) {
    rotate(world, session, agent)
  } else if (token.generation === session.retry && agent === session.agent && inWindow) {
    // the same again
  } else if (
    token.generation === session.retry &&
    agent === session.agent &&
    session.seen < session.current
  ) {
    session.displaced.push(session.current)
    session.current++
    session.rotatedAt = world.now
  } else {
    end(world, session, 'REFRESH_TOKEN_REUSED')
    return { is: 'SessionEndedError REFRESH_TOKEN_REUSED' }
  }
  if (!background) markActive(world, session)
  return granted(world, 'RefreshSessionSuccess', token.session)
}

function rotate(world: World, session: Session, agent: string): void {
  session.seen = Math.max(session.seen, session.current)
  session.retry = session.current
  session.current++
  session.rotatedAt = world.now
  session.agent = agent
}

/** What a credential is worth: it makes a viewer of whoever brings it, or not. */
function enter(credential: Cookie | AccessToken): Step {
  return (world, memo) => {
    const session = sessionOf(world, credential.session)
    if ('generation' in credential) {
      if (credential.expires <= world.now) {
        memo.expired = true
        return null
      }
      if (!session.ended && session.displaced.includes(credential.generation))
        end(world, session, 'REFRESH_TOKEN_REUSED')
      if (!session.ended) session.seen = Math.max(session.seen, credential.generation)
    }
    memo.holds = credential.session
    if (session.ended) {
      const { reason, at } = session.ended
      memo.canLeave = reason === 'REPLACED' && world.now - at < LEAVING_WINDOW
    } else {
      memo.canLeave = true
      memo.viewer = credential.session
    }
    return null
  }
}

const touch: Step = (world, { viewer }) => {
  if (viewer) markActive(world, sessionOf(world, viewer))
  return null
}

function markActive(world: World, session: Session): void {
  if (!session.ended && world.now - session.active >= TOUCH_INTERVAL) session.active = world.now
}

const list: Step = (world, { viewer }) => {
  if (!viewer) return { is: 'Listed', list: [] }
  const { user } = sessionOf(world, viewer)
  const own = Object.entries(world.sessions).filter(([, session]) => session.user === user)
  return { is: 'Listed', list: own.map(([id, { ended }]) => `${id} ${ended?.reason ?? 'ACTIVE'}`).sort() }
}

const signOut: Step = (world, { expired, holds, canLeave }) => {
  if (expired) return { is: 'INVALID_ACCESS_TOKEN' }
  const ended = holds && canLeave ? endLine(world, sessionOf(world, holds).line, 'SIGNED_OUT', null) : null
  return { is: 'SignOutSuccess', session: ended !== null && ended === holds ? ended : null }
}

function checkPassword(world: World, memo: Memo, name: string, password: string): Answer | null {
  const user = world.users[name]
  if (!user || user.disabled || user.password !== password) return INVALID_CREDENTIALS
  memo.version = user.version
  return null
}

function signIn(world: World, memo: Memo, told: Answer, request: Sent & { do: 'signIn' }): Answer {
  const user = world.users[request.user]
  if (!user || user.disabled || user.version !== memo.version) return INVALID_CREDENTIALS
  const id = told.session ?? 'a new session'
  const left = memo.holds && memo.canLeave ? sessionOf(world, memo.holds) : null
  const same = left?.user === request.user
  start(world, id, request.user, request.transport, same ? left.line : id)
  if (left) endLine(world, left.line, same ? 'REPLACED' : 'SIGNED_OUT', id)
  return granted(world, 'SignInSuccess', id)
}

function reverify(world: World, memo: Memo, told: Answer, request: Sent & { do: 'reverify' }): Answer {
  const viewer = sessionOf(world, memo.viewer ?? '')
  const user = world.users[viewer.user]
  if (!user || user.disabled) return NOT_SIGNED_IN
  if (user.version !== memo.version) return INVALID_CREDENTIALS
  if (viewer.ended) return NOT_SIGNED_IN
  end(world, viewer, 'REPLACED')
  const id = told.session ?? 'a new session'
  start(world, id, viewer.user, viewer.transport, viewer.line)
  const proof = told.proof ?? 'a new proof'
  world.proofs[proof] = {
    session: id,
    action: request.action,
    subject: request.subject,
    version: user.version,
    expires: world.now + PROOF_LIFETIME,
    spent: false,
  }
  return { ...granted(world, 'ReverifySuccess', id), proof }
}

function start(world: World, id: string, user: string, transport: Transport, line: string): void {
  const { now } = world
  const times = { limit: now + ABSOLUTE_TIMEOUT, active: now, ended: null }
  const tokens = { current: 1, retry: 0, seen: 0, rotatedAt: now, agent: null, displaced: [] }
  world.sessions[id] = { user, transport, line, ...times, ...tokens }
}

/** What a success says: until when, and of TOKEN sessions what is held from now on. */
function granted(world: World, is: string, id: string): Answer {
  const session = sessionOf(world, id)
  const ends = endsAt(session)
  if (session.transport === 'COOKIE') return { is, session: id, ends }
  const accessExpires = Math.min(world.now + ACCESS_LIFETIME, ends)
  return { is, session: id, ends, generation: session.current, accessExpires }
}

/** What only a session that lives when it is done can do. */
function asViewer(act: (world: World, viewer: Session, id: string) => Answer): Step {
  return (world, memo) => {
    const viewer = memo.viewer ? sessionOf(world, memo.viewer) : null
    return viewer && !viewer.ended ? act(world, viewer, memo.viewer ?? '') : NOT_SIGNED_IN
  }
}

function canSpend(
  world: World,
  viewer: string,
  name: string,
  action: string,
  subject: string | null,
): boolean {
  const proof = world.proofs[name]
  return (
    proof !== undefined &&
    proof.session === viewer &&
    proof.action === action &&
    proof.subject === subject &&
    proof.version === userOf(world, viewer).version &&
    world.now < proof.expires &&
    !proof.spent
  )
}

function spend(...[world, viewer, name, action, subject]: Parameters<typeof canSpend>): boolean {
  const proof = world.proofs[name]
  if (!proof || !canSpend(world, viewer, name, action, subject)) return false
  proof.spent = true
  return true
}

function endsAt({ active, limit }: Session): number {
  return Math.min(active + IDLE_TIMEOUT, limit)
}

function end(world: World, session: Session, reason: string): void {
  // what has ended stays ended
  if (session.ended) return
  session.ended = { reason, at: world.now }
  // nothing else of it matters any more: worlds that differ in no more than that are one
  session.active = session.current = session.retry = session.seen = session.rotatedAt = 0
  session.displaced = []
}

function endEach(world: World, sessions: readonly Session[], reason: string): number {
  const live = sessions.filter(({ ended }) => !ended)
  for (const session of live) end(world, session, reason)
  return live.length
}

function endAll(world: World, { user }: Session, reason: string, except: string | null): number {
  const all = Object.entries(world.sessions).filter(([id, each]) => each.user === user && id !== except)
  return endEach(
    world,
    all.map(([, session]) => session),
    reason,
  )
}

/** Ends the live session of a chain of replacements. @returns its id */
function endLine(world: World, line: string, reason: string, except: string | null): string | null {
  const live = Object.entries(world.sessions).find(
    ([id, session]) => session.line === line && !session.ended && id !== except,
  )
  if (!live) return null
  end(world, live[1], reason)
  return live[0]
}

function sessionOf(world: World, id: string): Session {
  const session = world.sessions[id]
  if (!session) throw new Error(`the model has no session ${id}`)
  return session
}

function userOf(world: World, id: string): User {
  const user = world.users[sessionOf(world, id).user]
  if (!user) throw new Error('the model has no such user')
  return user
}

const NOT_SIGNED_IN: Answer = { is: 'NotSignedInError' }
const INVALID_CREDENTIALS: Answer = { is: 'InvalidCredentialsError' }
const VERIFICATION_REQUIRED: Answer = { is: 'VerificationRequiredError' }
