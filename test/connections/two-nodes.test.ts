import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { disableAccount, revokeSessionAsAdministrator } from '../../src/accounts/administer.ts'
import { revokeEverySessionAsOperator } from '../../src/accounts/revoke-every-session.ts'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres.ts'
import { users } from '../../src/database/tables.ts'
import { SESSION_END_MESSAGES } from '../../src/protocol/sessions.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import {
  CursorDocument as cursorDocument,
  DeleteAccountDocument,
  RevokeAllSessionsDocument,
  RevokeSessionDocument,
  SignOutDocument,
  UpdatePasswordDocument,
} from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'

const REVOKED = `subscription ($scope: RevocationScope! = THIS_SESSION, $after: EventCursor) {
  sessionRevoked(scope: $scope, after: $after) {
    id cursor sessionId reason message replacedBy actor { kind sessionId }
  }
}`

interface Revoked {
  sessionRevoked: {
    id: string
    cursor: string
    sessionId: string
    reason: keyof typeof SESSION_END_MESSAGES
    message: string
    replacedBy: string | null
    actor: { kind: string; sessionId: string | null }
  }
}

describeOnPostgres('two nodes', (open) => {
  let test: TestDatabase
  let other: Database
  /** Where things are done, and where others listen. */
  let here: TestApp
  let there: TestApp
  let email: string
  /** The person's browser at the first node, and another device of theirs whose socket is at the second. */
  let laptop: Browser
  let phone: Browser
  let laptopId: string
  let phoneId: string
  beforeAll(async () => {
    test = await open()
    if (!test.postgres) throw new Error('two nodes need a server')
    other = openPostgres(test.postgres)
    here = await startApp(test)
    there = await startApp(
      { database: other, postgres: test.postgres, [Symbol.asyncDispose]: async () => {} },
      { clock: here.clock },
    )
  })
  afterAll(async () => {
    await here[Symbol.asyncDispose]()
    await there[Symbol.asyncDispose]()
    await other.close()
    await test[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    email = anyEmail()
    laptop = new Browser(here)
    phone = new Browser(there)
    laptopId = (await laptop.signUp(email)).session.id
    phoneId = (await phone.signIn(email)).session.id
    return async () => {
      // nobody is left behind, whatever the test did
      for (const { server } of [here, there]) {
        await expect.poll(() => server.house.connections.size).toBe(0)
        expect(server.house.connections.followers).toBe(0)
      }
    }
  })

  /** The socket hears of the end of its session and is cut, and the cookie is worth nothing at the node where it was not done. */
  async function expectEnd(
    socket: Socket,
    browser: Browser,
    expected: { sessionId: string; reason: string; actor: object },
  ): Promise<Revoked['sessionRevoked']> {
    const { sessionRevoked } = await socket.data<Revoked>()
    expect(sessionRevoked).toMatchObject(expected)
    expect(sessionRevoked.message).toBe(SESSION_END_MESSAGES[sessionRevoked.reason])
    expect(sessionRevoked.cursor).toHaveLength(42)
    if (expected.reason === 'REPLACED') {
      expect(await socket.closed()).toEqual({ code: 4403, reason: 'REPLACED' })
      expect(socket.unread).toEqual([])
    } else {
      await socket.expect('complete')
      expect(await socket.closed()).toEqual({ code: 4401, reason: expected.reason })
    }
    for (const app of [here, there]) {
      const thief = new Browser(app)
      thief.cookie = browser.cookie
      expect(await thief.currentSessionId()).toBeNull()
    }
    return sessionRevoked
  }

  const byLaptop = () => ({ kind: 'USER', sessionId: laptopId })

  it('SIGNED_OUT: the same browser at the other node', async () => {
    using socket = await Socket.subscribed(there.url, laptop.cookie, REVOKED)
    const copy = laptop.copy()
    await laptop.run(SignOutDocument, {})
    await expectEnd(socket, copy, { sessionId: laptopId, reason: 'SIGNED_OUT', actor: byLaptop() })
    expect(await phone.currentSessionId()).toBe(phoneId)
  })

  it('SIGNED_OUT_EVERYWHERE: refused at the other node by the very next request', async () => {
    using socket = await Socket.subscribed(there.url, phone.cookie, REVOKED)
    await laptop.run(RevokeAllSessionsDocument, {})
    expect(await phone.currentSessionId()).toBeNull()
    await expectEnd(socket, phone, {
      sessionId: phoneId,
      reason: 'SIGNED_OUT_EVERYWHERE',
      actor: byLaptop(),
    })
  })

  it('REVOKED_BY_ADMINISTRATOR, everyone at once: on both nodes, before it is written out, and once by its id', async () => {
    using near = await Socket.subscribed(here.url, laptop.cookie, REVOKED)
    using far = await Socket.subscribed(there.url, phone.cookie, REVOKED)
    await revokeEverySessionAsOperator(here.server.house.accounts, { reason: 'a test' })
    expect(await phone.currentSessionId()).toBeNull()
    const end = {
      reason: 'REVOKED_BY_ADMINISTRATOR',
      actor: { kind: 'ADMINISTRATOR', sessionId: null },
    } as const
    const told = [
      await expectEnd(near, laptop, { ...end, sessionId: laptopId }),
      await expectEnd(far, phone, { ...end, sessionId: phoneId }),
    ]
    await there.server.house.sweeper.sweep()
    const written = rowsOf<{ event_id: string }>(
      await test.database.queries.execute(
        sql`SELECT event_id FROM events WHERE type = 'REVOKED' AND event_id = ANY(${`{${told.map(({ id }) => id).join(',')}}`}::uuid[])`,
      ),
    )
    // goes red when the sweeper's events are others than those that were told
    expect(written.map(({ event_id }) => event_id).sort()).toEqual(told.map(({ id }) => id).sort())
  })

  it('REVOKED_BY_USER, and REPLACED on the way there', async () => {
    using socket = await Socket.subscribed(there.url, phone.cookie, REVOKED)
    using tab = await Socket.subscribed(there.url, laptop.cookie, REVOKED)
    const old = laptop.copy()
    const { token, session } = await laptop.reverify('REVOKE_SESSION', phoneId)
    const replaced = await expectEnd(tab, old, {
      sessionId: laptopId,
      reason: 'REPLACED',
      actor: byLaptop(),
    })
    expect(replaced.replacedBy).toBeNull()
    await laptop.run(RevokeSessionDocument, { input: { sessionId: phoneId, verificationToken: token } })
    await expectEnd(socket, phone, {
      sessionId: phoneId,
      reason: 'REVOKED_BY_USER',
      actor: { kind: 'USER', sessionId: session.id },
    })
  })

  it('REPLACED by signing in again over the same cookie', async () => {
    using tab = await Socket.subscribed(there.url, laptop.cookie, REVOKED)
    const old = laptop.copy()
    const { session } = await laptop.signIn(email)
    await expectEnd(tab, old, {
      sessionId: laptopId,
      reason: 'REPLACED',
      actor: { kind: 'USER', sessionId: session.id },
    })
    expect(await laptop.currentSessionId()).toBe(session.id)
  })

  it('PASSWORD_UPDATED', async () => {
    using socket = await Socket.subscribed(there.url, phone.cookie, REVOKED)
    const { token, session } = await laptop.reverify('UPDATE_PASSWORD')
    await laptop.run(UpdatePasswordDocument, {
      input: { newPassword: `${PASSWORD}, new`, signOutEverywhere: true, verificationToken: token },
    })
    await expectEnd(socket, phone, {
      sessionId: phoneId,
      reason: 'PASSWORD_UPDATED',
      actor: { kind: 'USER', sessionId: session.id },
    })
  })

  it('ACCOUNT_DELETED', async () => {
    using socket = await Socket.subscribed(there.url, phone.cookie, REVOKED)
    const { token, session } = await laptop.reverify('DELETE_ACCOUNT')
    await laptop.run(DeleteAccountDocument, { input: { verificationToken: token } })
    await expectEnd(socket, phone, {
      sessionId: phoneId,
      reason: 'ACCOUNT_DELETED',
      actor: { kind: 'USER', sessionId: session.id },
    })
  })

  it('ACCOUNT_DISABLED and REVOKED_BY_ADMINISTRATOR', async () => {
    const { accounts } = here.server.house
    const idOf = (globalId: string) => Buffer.from(globalId, 'base64url').toString().split(':')[1] ?? ''
    const actor = { kind: 'ADMINISTRATOR', sessionId: null }
    using socket = await Socket.subscribed(there.url, phone.cookie, REVOKED)
    await revokeSessionAsAdministrator(accounts, idOf(phoneId))
    await expectEnd(socket, phone, { sessionId: phoneId, reason: 'REVOKED_BY_ADMINISTRATOR', actor })
    using last = await Socket.subscribed(there.url, laptop.cookie, REVOKED)
    const [user] = await test.database.queries.select().from(users).where(eq(users.email, email))
    expect(await disableAccount(accounts, user?.id ?? '')).toBe(1)
    await expectEnd(last, laptop, { sessionId: laptopId, reason: 'ACCOUNT_DISABLED', actor })
  })

  it('IDLE_TIMEOUT and ABSOLUTE_TIMEOUT by the timer of the connection alone', async () => {
    const { idleTimeout, absoluteTimeout } = here.server.house.accounts.sessions.policy
    const actor = { kind: 'SYSTEM', sessionId: null }
    using idle = await Socket.subscribed(there.url, phone.cookie, REVOKED)
    using used = await Socket.subscribed(there.url, laptop.cookie, REVOKED)
    const days = (count: number) => count * 86_400_000
    here.clock.advance(idleTimeout - days(1))
    expect(await laptop.currentSessionId()).toBe(laptopId)
    here.clock.advance(days(1))
    await expectEnd(idle, phone, { sessionId: phoneId, reason: 'IDLE_TIMEOUT', actor })
    for (let passed = idleTimeout; passed < absoluteTimeout - days(6); passed += days(5)) {
      here.clock.advance(days(5))
      expect(await laptop.currentSessionId()).toBe(laptopId)
    }
    // not one request more
    here.clock.advance(days(6))
    await expectEnd(used, laptop, { sessionId: laptopId, reason: 'ABSOLUTE_TIMEOUT', actor })
    const events = rowsOf(
      await test.database.queries.execute(`SELECT 1 FROM events WHERE type = 'REVOKED'
      AND session_id IN ('${uuidOf(phoneId)}', '${uuidOf(laptopId)}')`),
    )
    expect(events).toHaveLength(2)
  })

  const uuidOf = (globalId: string) => Buffer.from(globalId, 'base64url').toString().split(':')[1] ?? ''

  it('an old cookie during and after a reverification: no new cookie, 4403 while it may be under way, then 4401', async () => {
    const old = new Browser(there)
    old.cookie = laptop.cookie
    await laptop.reverify('UPDATE_PASSWORD')
    const answer = await old.send({ query: '{ viewer { email } }' })
    expect(answer.data).toEqual({ viewer: null })
    expect(answer.headers.getSetCookie()).toEqual([])
    using quick = await Socket.open(there.url, { cookie: old.cookie })
    expect(await quick.closed()).toEqual({ code: 4403, reason: 'REPLACED' })
    here.clock.advance(31_000)
    using late = await Socket.open(there.url, { cookie: old.cookie })
    expect(await late.closed()).toEqual({ code: 4401, reason: 'REPLACED' })
    expect(await laptop.currentSessionId()).not.toBeNull()
  })

  it('MY_SESSIONS hears of every device, and shows a successor to the successor alone', async () => {
    using observer = await Socket.subscribed(there.url, phone.cookie, REVOKED, { scope: 'MY_SESSIONS' })
    const { eventCursor } = await laptop.run(cursorDocument, {})
    const { session } = await laptop.reverify('UPDATE_PASSWORD')
    const seen = (await observer.data<Revoked>()).sessionRevoked
    expect(seen).toMatchObject({ sessionId: laptopId, reason: 'REPLACED', replacedBy: null })
    using own = await Socket.subscribed(there.url, laptop.cookie, REVOKED, {
      scope: 'MY_SESSIONS',
      after: eventCursor,
    })
    let replayed = (await own.data<Revoked>()).sessionRevoked
    // at least once: what came just before the cursor may come again
    while (replayed.id !== seen.id) replayed = (await own.data<Revoked>()).sessionRevoked
    expect(replayed).toMatchObject({ id: seen.id, replacedBy: session.id })
    // resumed behind what it has: the next one is the next one
    await laptop.run(SignOutDocument, {})
    expect(await own.data<Revoked>()).toMatchObject({ sessionRevoked: { reason: 'SIGNED_OUT' } })
    await own.expect('complete')
    expect((await observer.data<Revoked>()).sessionRevoked.reason).toBe('SIGNED_OUT')
    using resumed = await Socket.subscribed(there.url, phone.cookie, REVOKED, {
      scope: 'MY_SESSIONS',
      after: seen.cursor,
    })
    const missed = []
    while (missed.at(-1)?.reason !== 'SIGNED_OUT') missed.push((await resumed.data<Revoked>()).sessionRevoked)
    // at least once, and never less
    expect(missed.filter(({ reason }) => reason === 'SIGNED_OUT')).toHaveLength(1)
    await phone.run(SignOutDocument, {})
  })
})
