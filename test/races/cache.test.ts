import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deleteAccount } from '../../src/accounts/delete-account.ts'
import { disableUser } from '../../src/accounts/disable-user.ts'
import type { AccountParts } from '../../src/accounts/parts.ts'
import { refreshSession } from '../../src/accounts/refresh-session.ts'
import { reverify } from '../../src/accounts/reverify.ts'
import { revokeAllSessions } from '../../src/accounts/revoke-all-sessions.ts'
import { revokeEverySession } from '../../src/accounts/revoke-every-session.ts'
import { revokeSession } from '../../src/accounts/revoke-session.ts'
import { revokeSessions } from '../../src/accounts/revoke-sessions.ts'
import { revokeUserSessions } from '../../src/accounts/revoke-user-sessions.ts'
import { signOut } from '../../src/accounts/sign-out.ts'
import { signUp } from '../../src/accounts/sign-up.ts'
import { updatePassword } from '../../src/accounts/update-password.ts'
import { ARGON2_PARAMETERS } from '../../src/credentials/argon2.ts'
import { Passwords } from '../../src/credentials/password.ts'
import { openPostgres } from '../../src/database/postgres.ts'
import { users } from '../../src/database/tables.ts'
import { sleep, systemClock } from '../../src/kernel/clock.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { Attempts } from '../../src/limits/attempts.ts'
import { DatabaseAttempts } from '../../src/limits/store/database.ts'
import { memoryBus } from '../../src/revocations/bus/memory.ts'
import { SYSTEM } from '../../src/revocations/event.ts'
import { EventLog } from '../../src/revocations/event-log.ts'
import { performHere } from '../../src/server/control-deeds.ts'
import { noCache } from '../../src/sessions/cache/session-cache.ts'
import type { Presented } from '../../src/sessions/credential.ts'
import { type LiveSession, Sessions, type StartedSession } from '../../src/sessions/sessions.ts'
import type { Purpose } from '../../src/verification/verifications.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { MovableClock } from '../kit/clock.ts'
import { databaseKinds, openTestDatabase, type TestDatabase } from '../kit/databases.ts'
import { describeOnRedis } from '../kit/installed.ts'
import { type RedisServer, startRedis } from '../kit/redis-server.ts'
import { startProxy, type Proxy as WayTo } from '../kit/tcp-proxy.ts'
import { enter, granted, VISITOR } from './kit.ts'

/*
 * The table of guarantees in the README, measured: none, memory and redis, on one node and on three.
 *
 * Each of these was put in on purpose once, and seen red here: a cache without tombstones, a fill that is not conditional, no lease,
 * and a tombstone that is set after the answer.
 */

type Kind = 'none' | 'memory' | 'redis'

const LEASE = 1_000
/** The bus tells of nothing, and nor does the poll: what a node hears, it hears for its lease. */
const POLL = '1m'
const QUERY = '{ currentSession { id user { id email } } }'

/** Somebody with a session, by what it is presented with. */
type Person = LiveSession & StartedSession & { readonly email: string; readonly presented: Presented }

/** Nodes on one database, and what stands between them and what they stand on. */
interface Stand extends AsyncDisposable {
  readonly test: TestDatabase
  /** The one that people talk to. */
  readonly here: TestApp
  readonly others: readonly TestApp[]
  /** A node whose clock is a year ahead: for it every session is over. */
  readonly ahead: TestApp
  /** On the way of the first node to Redis; null without. */
  readonly way: WayTo | null
}

async function startStand(
  kind: Kind,
  { nodes, lease = LEASE, deaf = true }: { nodes: number; lease?: number; deaf?: boolean },
): Promise<Stand> {
  const stack = new AsyncDisposableStack()
  const test = stack.use(await openTestDatabase('postgres'))
  if (!test.postgres) throw new Error('this needs a server')
  // whoever listens listens in vain: what is announced does not come through
  const busWay = stack.use(await startProxy(test.postgres.url))
  const redis: RedisServer | null = kind === 'redis' ? stack.use(await startRedis()) : null
  const way = redis && stack.use(await startProxy(redis.url))
  const started: TestApp[] = []
  for (let node = 0; node <= nodes; node++) {
    const database = stack.use(openPostgres({ ...test.postgres, poolSize: 5 }))
    const postgres = { ...test.postgres, url: deaf ? busWay.url : test.postgres.url }
    const environment = {
      SESSION_CACHE: kind,
      SESSION_CACHE_LEASE: `${lease}ms`,
      EVENT_POLL_INTERVAL: POLL,
      EVENT_BUS: 'postgres',
      ...(redis && way ? { REDIS_URL: node === 0 ? way.url : redis.url } : {}),
    }
    const opened = { database, postgres, [Symbol.asyncDispose]: async () => {} }
    const clock = new MovableClock()
    if (node === nodes) clock.advance(366 * 86_400_000)
    started.push(stack.use(await startApp(opened, { environment, clock })))
  }
  if (deaf) await busWay.set('silent')
  const [here, ...rest] = started
  const ahead = rest.pop()
  if (!here || !ahead) throw new Error('there are no nodes')
  const owned = stack.move()
  // or each node waits for a connection that says nothing
  owned.defer(() => busWay.set('refused'))
  return { test, here, others: rest, ahead, way, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** These tests are about order, and neither about passwords nor about guesses, which a new Redis is strict about. */
function partsOf({ server }: TestApp): AccountParts {
  const { accounts } = server.house
  const { database, clock } = accounts
  const parameters = { ...ARGON2_PARAMETERS, memoryCost: 1_024, timeCost: 1 }
  const store = new DatabaseAttempts(database)
  return {
    ...accounts,
    passwords: new Passwords({ concurrency: 8, parameters }),
    attempts: new Attempts({ store, clock, key: Buffer.alloc(32) }),
  }
}

async function anyPerson(parts: AccountParts, transport: 'COOKIE' | 'TOKEN' = 'COOKIE'): Promise<Person> {
  const email = anyEmail()
  const person = granted(await signUp(parts, { email, password: PASSWORD, transport }, VISITOR, null))
  const { session, user, credential } = person
  const presented: Presented =
    credential.transport === 'COOKIE'
      ? credential.token
      : { sessionId: session.id, userId: user.id, generation: credential.refreshToken.generation }
  return { ...person, email, presented }
}

async function anyAdministrator(stand: Stand): Promise<Person> {
  const person = await anyPerson(partsOf(stand.here))
  await stand.test.database.queries.execute(
    sql`UPDATE ${users} SET roles = '{ADMINISTRATOR}' WHERE id = ${person.user.id}`,
  )
  return { ...person, user: { ...person.user, roles: ['ADMINISTRATOR'] } }
}

const isAccepted = async ({ server }: TestApp, { presented }: Person): Promise<boolean> =>
  (await server.house.accounts.sessions.find(presented))?.state === 'live'

/** Has each node use the session until its cache holds it. */
async function warm(kind: Kind, nodes: readonly TestApp[], person: Person): Promise<void> {
  for (const node of nodes) {
    await expect
      .poll(async () => {
        if (!(await isAccepted(node, person))) throw new Error('a session that goes on was refused')
        return kind === 'none' || (await node.server.house.cache.look(person.session.id)).held !== null
      })
      .toBe(true)
  }
}

const prove = async (parts: AccountParts, viewer: LiveSession, purpose: Purpose) => {
  const { session, verification } = granted(
    await reverify(parts, viewer, { password: PASSWORD, purpose }, VISITOR),
  )
  return { viewer: { session, user: viewer.user }, verificationToken: verification.token }
}

/** Every way in which sessions end: what has to be ready before, and what ends them. */
const WAYS: Record<string, (stand: Stand, person: Person) => Promise<() => Promise<unknown>>> = {
  'signing out':
    async ({ here }, { session }) =>
    () =>
      signOut(partsOf(here), session),
  'signing in over it':
    async ({ here }, { email, session }) =>
    () =>
      enter(partsOf(here), email, session),
  'signing out everywhere':
    async ({ here }, person) =>
    () =>
      revokeAllSessions(partsOf(here), person, { keepCurrent: false, verificationToken: '' }),
  'the end of another session': async ({ here }, { email, user, session }) => {
    const other = granted(await enter(partsOf(here), email))
    const purpose: Purpose = { action: 'REVOKE_SESSION', subjectId: session.id }
    const { viewer, verificationToken } = await prove(partsOf(here), { ...other, user }, purpose)
    return () => revokeSession(partsOf(here), viewer, { sessionId: session.id, verificationToken })
  },
  'the end of all others': async ({ here }, { email, user }) => {
    const other = granted(await enter(partsOf(here), email))
    const purpose: Purpose = { action: 'REVOKE_OTHER_SESSIONS', subjectId: null }
    const { viewer, verificationToken } = await prove(partsOf(here), { ...other, user }, purpose)
    return () => revokeAllSessions(partsOf(here), viewer, { keepCurrent: true, verificationToken })
  },
  'a reverification, which replaces it':
    async ({ here }, person) =>
    () =>
      prove(partsOf(here), person, { action: 'ADMINISTER', subjectId: null }),
  'a new password': async ({ here }, { email, user }) => {
    const other = granted(await enter(partsOf(here), email))
    const purpose: Purpose = { action: 'UPDATE_PASSWORD', subjectId: null }
    const { viewer, verificationToken } = await prove(partsOf(here), { ...other, user }, purpose)
    const input = { newPassword: 'another battery staple', signOutEverywhere: true, verificationToken }
    return () => updatePassword(partsOf(here), viewer, input, VISITOR)
  },
  'the deletion of the account': async ({ here }, { email, user }) => {
    const other = granted(await enter(partsOf(here), email))
    const purpose: Purpose = { action: 'DELETE_ACCOUNT', subjectId: null }
    const { viewer, verificationToken } = await prove(partsOf(here), { ...other, user }, purpose)
    return () => deleteAccount(partsOf(here), viewer, { verificationToken })
  },
  'an administrator who disables the user': async (stand, { user }) => {
    const administrator = await anyAdministrator(stand)
    return () => disableUser(partsOf(stand.here), administrator, { userId: user.id, reason: null })
  },
  "an administrator who ends the user's sessions": async (stand, { user }) => {
    const administrator = await anyAdministrator(stand)
    return () => revokeUserSessions(partsOf(stand.here), administrator, { userId: user.id, reason: null })
  },
  'an administrator who ends the sessions that fit': async (stand, { user }) => {
    const administrator = await anyAdministrator(stand)
    const input = { filter: { userId: user.id }, reason: 'a test', keepCurrent: true }
    return () => revokeSessions(partsOf(stand.here), administrator, input)
  },
  "an administrator who ends everyone's sessions": async (stand) => {
    const administrator = await anyAdministrator(stand)
    const input = { reason: 'a test', keepCurrent: true }
    return () => revokeEverySession(partsOf(stand.here), administrator, input)
  },
  'the command line, by the control channel':
    async ({ here }, { session }) =>
    () =>
      performHere(partsOf(here), 'revokeSession', { session: session.id }),
  'a limit that is noticed on the spot':
    async ({ ahead }, person) =>
    () =>
      isAccepted(ahead, person),
  'a limit that the sweeper notices':
    async ({ ahead }) =>
    () =>
      ahead.server.house.sweeper.sweep(),
}

/** Ways in which a node other than the first ends it: for a cache in memory it is the first that is told by the log alone. */
const ELSEWHERE = new Set(['a limit that is noticed on the spot', 'a limit that the sweeper notices'])

/** Runs a suite where there is PostgreSQL, and Redis if it needs one. */
function describeCache(kind: Kind, name: string, suite: () => void): void {
  const withPostgres = (): void => {
    describe.runIf(databaseKinds().includes('postgres'))(`${name} (postgres)`, suite)
  }
  if (kind === 'redis') describeOnRedis('with Redis', withPostgres)
  else withPostgres()
}

for (const kind of ['none', 'memory', 'redis'] as const) {
  for (const nodes of [1, 3]) {
    describeCache(kind, `SESSION_CACHE=${kind} on ${nodes === 1 ? 'one node' : 'three nodes'}`, () => {
      let stand: Stand
      beforeAll(async () => {
        stand = await startStand(kind, { nodes })
      })
      afterAll(() => stand[Symbol.asyncDispose]())

      /** Which nodes refuse at once, by the table; the others within the lease. */
      const exact = (way: string): readonly TestApp[] => {
        if (kind !== 'memory') return [stand.here, ...stand.others]
        return ELSEWHERE.has(way) ? [] : [stand.here]
      }

      /** Of each request that starts a lease or longer after the end was acknowledged, that it is refused. */
      async function expectRefusedWithinLease(person: Person, acknowledged: number): Promise<void> {
        for (const node of [stand.here, ...stand.others]) {
          for (let accepted = true; accepted; ) {
            const since = systemClock.elapsed() - acknowledged
            accepted = await isAccepted(node, person)
            if (!accepted) break
            expect(since).toBeLessThan(LEASE)
            // a cache that answers at once would let nothing else happen
            await sleep(systemClock, 10)
          }
        }
      }

      it.for(Object.keys(WAYS))('%s: refused when the table says so', async (way, { expect: expectHere }) => {
        const person = await anyPerson(partsOf(stand.here))
        const end = await WAYS[way]?.(stand, person)
        await warm(kind, [stand.here, ...stand.others], person)
        const result = await end?.()
        const acknowledged = systemClock.elapsed()
        expectHere(result).not.toBeInstanceOf(Refusal)
        for (const node of exact(way)) expectHere(await isAccepted(node, person)).toBe(false)
        await expectRefusedWithinLease(person, acknowledged)
      })

      it('a refresh token that is used twice: the access token is refused when the table says so', async () => {
        const parts = partsOf(stand.here)
        const person = await anyPerson(parts, 'TOKEN')
        await warm(kind, [stand.here, ...stand.others], person)
        if (person.credential.transport !== 'TOKEN') throw new Error('it has no refresh token')
        const first = parts.refreshTokens.write(person.credential.refreshToken)
        const refresh = async (refreshToken: string) =>
          refreshSession(parts, { refreshToken, background: true }, VISITOR)
        const second = granted(await refresh(first)).tokens.refreshToken
        await refresh(second)
        await warm(kind, [stand.here, ...stand.others], person)
        expect(await refresh(first)).toMatchObject({ code: 'SESSION_ENDED', reason: 'REFRESH_TOKEN_REUSED' })
        const acknowledged = systemClock.elapsed()
        for (const node of exact('')) expect(await isAccepted(node, person)).toBe(false)
        await expectRefusedWithinLease(person, acknowledged)
      })

      it('a node that is killed between its commit and everything else: refused within the lease', async () => {
        const { test, here, others } = stand
        const person = await anyPerson(partsOf(here))
        await warm(kind, [here, ...others], person)
        // it commits, and tells nobody: no bus, no tombstone
        const log = new EventLog({
          database: test.database,
          bus: memoryBus(),
          clock: systemClock,
          retention: 86_400_000,
        })
        const { policy } = here.server.house.accounts.sessions
        const { logger } = here.server.house.accounts
        const parts = { database: test.database, log, clock: systemClock, logger, policy, cache: noCache() }
        const killed = new Sessions(parts)
        await test.database.transaction((transaction) =>
          killed.end(transaction, person.session.id, { reason: 'SIGNED_OUT', actor: SYSTEM }),
        )
        const acknowledged = systemClock.elapsed()
        if (kind === 'none')
          for (const node of [here, ...others]) expect(await isAccepted(node, person)).toBe(false)
        await expectRefusedWithinLease(person, acknowledged)
      })
    })
  }
}

describeCache('redis', 'a cache in Redis, on a slow way', () => {
  let stand: Stand
  beforeAll(async () => {
    // no node hears of anything by itself while a test goes on
    stand = await startStand('redis', { nodes: 3, lease: 60_000 })
    await stand.way?.set({ slow: 200 })
  })
  afterAll(() => stand[Symbol.asyncDispose]())

  it('an end is answered when the tombstone is there, and no sooner', async () => {
    const { here, others } = stand
    for (let time = 0; time < 3; time++) {
      const person = await anyPerson(partsOf(here))
      await warm('redis', others, person)
      await signOut(partsOf(here), person.session)
      for (const node of others) expect(await isAccepted(node, person)).toBe(false)
    }
  })

  it('a node that is paused between its read and its fill, while the session ends elsewhere, fills in vain', async () => {
    const { here, others } = stand
    const [other, third] = others
    if (!other || !third) throw new Error('there are too few nodes')
    const person = await anyPerson(partsOf(other))
    const missed = await here.server.house.cache.look(person.session.id)
    await warm('redis', [other], person)
    const { held: read } = await other.server.house.cache.look(person.session.id)
    if (missed.held || !read) throw new Error('this is another order than the test is about')
    await signOut(partsOf(other), person.session)
    await missed.fill(read)
    for (const node of [third, here, other]) expect(await isAccepted(node, person)).toBe(false)
  })
})

describe.for(databaseKinds())('a cache in memory, on the %s database', (database) => {
  it('answers who somebody is without asking the database', async () => {
    await using test = await openTestDatabase(database)
    await using app = await startApp(test, { environment: { SESSION_CACHE: 'memory' } })
    const browser = new Browser(app)
    const email = anyEmail()
    await browser.signUp(email)
    const ask = async () => browser.send<{ currentSession: { user: { email: string } } }>({ query: QUERY })
    await ask()
    await test.database.transaction(async ({ queries }) => {
      // nobody else reads these now, and on the embedded database nobody reads anything
      await queries.execute(sql`LOCK TABLE users, sessions, session_eras IN ACCESS EXCLUSIVE MODE`)
      for (let time = 0; time < 3; time++)
        expect((await ask()).data).toMatchObject({ currentSession: { user: { email } } })
    })
  })
})

describeCache('memory', 'a cache in memory, on a database that is gone', () => {
  it('goes on for its lease, and accepts nobody after it', async () => {
    const stack = new AsyncDisposableStack()
    await using _ = stack
    const test = stack.use(await openTestDatabase('postgres'))
    if (!test.postgres) throw new Error('this needs a server')
    const way = stack.use(await startProxy(test.postgres.url))
    const database = stack.use(openPostgres({ ...test.postgres, url: way.url }))
    const app = stack.use(
      await startApp(
        { ...test, database },
        { environment: { SESSION_CACHE: 'memory', SESSION_CACHE_LEASE: `${LEASE}ms` } },
      ),
    )
    const person = await anyPerson(partsOf(app))
    await warm('memory', [app], person)
    await way.set('refused')
    const gone = systemClock.elapsed()
    const isStillAccepted = () => isAccepted(app, person).catch(() => false)
    for (let accepted = true; accepted; ) {
      const since = systemClock.elapsed() - gone
      accepted = await isStillAccepted()
      if (accepted) expect(since).toBeLessThan(LEASE)
      await sleep(systemClock, 10)
    }
    await expect(isAccepted(app, person)).rejects.toThrow()
    await way.set('open')
    await expect.poll(isStillAccepted).toBe(true)
  })
})
