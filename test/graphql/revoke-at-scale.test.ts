import { sql } from 'drizzle-orm'
import { print } from 'graphql'
import { expect, it } from 'vitest'
import { createAccount } from '../../src/accounts/administer.ts'
import { rowsOf } from '../../src/database/database.ts'
import { localId } from '../../src/graphql/global-ids.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { EventSourceReader } from '../kit/event-source.ts'
import {
  CursorDocument,
  MySessionsDocument,
  RevokeEverySessionDocument,
  RevokeSessionsDocument,
  type RevokeSessionsInput,
  SessionsDocument,
} from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { TokenClient } from '../kit/token-client.ts'
import { expectNoChange, type Use, useApp } from '../kit/use-app.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const BY_ADMINISTRATOR = 'REVOKED_BY_ADMINISTRATOR'
const REVOKED = `subscription ($scope: RevocationScope! = THIS_SESSION, $after: EventCursor) {
  sessionRevoked(scope: $scope, after: $after) { id cursor sessionId reason occurredAt actor { kind sessionId } }
}`

interface Revoked {
  readonly sessionRevoked: {
    readonly id: string
    readonly sessionId: string
    readonly reason: string
    readonly occurredAt: string
    readonly actor: { readonly kind: string; readonly sessionId: string | null }
  }
}

const eventsOf = (socket: Socket) => socket.data<Revoked>().then(({ sessionRevoked }) => sessionRevoked)

async function administrator(use: Use) {
  const email = anyEmail()
  const account = { email, password: PASSWORD, roles: ['ADMINISTRATOR' as const] }
  const created = await createAccount(use.app.server.house.accounts, account)
  if (created instanceof Refusal) throw new Error(created.code)
  const browser = new Browser(use.app)
  return { email, browser, ...(await browser.signIn(email)) }
}

async function person(use: Use) {
  const [email, browser] = [anyEmail(), new Browser(use.app)]
  return { email, browser, ...(await browser.signUp(email)) }
}

const endEvery = async (browser: Browser, input = {}) =>
  (await browser.run(RevokeEverySessionDocument, { input: { reason: 'a stolen backup', ...input } }))
    .revokeEverySession

const endFitting = async (browser: Browser, filter: RevokeSessionsInput['filter'], input = {}) =>
  (await browser.run(RevokeSessionsDocument, { input: { filter, reason: 'a stolen list', ...input } }))
    .revokeSessions

describeEachDatabase('ending everyone’s sessions', (open) => {
  const use = useApp(open)
  const sweep = () => use.app.server.house.sweeper.sweep()
  const query = async <Row>(text: ReturnType<typeof sql>) =>
    rowsOf<Row>(await use.database.database.queries.execute(text))

  it('holds at once for all that a session can be used with, before any row says so', async () => {
    const { browser: admin, session: own } = await administrator(use)
    const ada = await person(use)
    const program = await new TokenClient(use.app).signUp(anyEmail())
    using socket = await Socket.subscribed(use.app.url, ada.browser.cookie, REVOKED)
    using tokenSocket = await Socket.open(use.app.url, { accessToken: program.held.accessToken })
    await tokenSocket.expect('connection_ack')
    await using stream = await EventSourceReader.open(use.app.url, ada.browser.cookie, REVOKED)
    const before = (await query<{ n: number }>(sql`SELECT count(*)::int AS n FROM sessions`))[0]?.n

    const { cookie } = admin
    const ended = await endEvery(admin)
    expect(ended).toMatchObject({ __typename: 'RevokeEverySessionSuccess', session: null })
    const endedAt = 'endedAt' in ended ? ended.endedAt : ''

    expect(await ada.browser.currentSessionId()).toBeNull()
    expect(await program.currentSessionId()).toBeNull()
    expect(await program.refresh()).toBe(BY_ADMINISTRATOR)
    await expect(ada.browser.reverify('ADMINISTER')).rejects.toThrow('NOT_SIGNED_IN')
    // goes red when the administrator's own is forgotten
    expect(admin.cookie).toBeNull()
    admin.cookie = cookie
    expect(await admin.currentSessionId()).toBeNull()
    const told = await eventsOf(socket)
    expect(told).toEqual({
      id: expect.any(String),
      cursor: expect.any(String),
      sessionId: ada.session.id,
      reason: BY_ADMINISTRATOR,
      occurredAt: endedAt,
      actor: { kind: 'ADMINISTRATOR', sessionId: own.id },
    })
    await socket.expect('complete')
    for (const each of [socket, tokenSocket])
      expect(await each.closed()).toEqual({ code: 4401, reason: BY_ADMINISTRATOR })
    const streamed = JSON.parse((await stream.next())?.data ?? '{}') as { data: Revoked }
    expect(streamed.data.sessionRevoked).toEqual(told)
    using late = await Socket.open(use.app.url, { cookie: ada.browser.cookie })
    expect(await late.closed()).toEqual({ code: 4401, reason: BY_ADMINISTRATOR })

    // nothing of this is in the rows yet
    const open = await query(sql`SELECT id FROM sessions WHERE ended_at IS NULL`)
    expect(open.length).toBe(before)

    // the lists and counts show what is true, and who comes back sees it
    await ada.browser.signIn(ada.email)
    const { viewer } = await ada.browser.run(MySessionsDocument, {})
    const shown = viewer?.sessions.edges.map(({ node }) => [node.state, node.endReason, node.endedAt])
    expect(shown).toEqual([
      ['ACTIVE', null, null],
      ['ENDED', BY_ADMINISTRATOR, endedAt],
    ])
    const listed = await ada.browser.run(MySessionsDocument, { state: 'ACTIVE' })
    expect(listed.viewer?.sessions.edges).toHaveLength(1)
    const passed = await ada.browser.run(MySessionsDocument, { state: 'ENDED' })
    expect(passed.viewer?.sessions.edges.map(({ node }) => node.id)).toEqual([ada.session.id])

    // the sweeper writes it out, and tells those who were away under the same id
    await sweep()
    expect(await query(sql`SELECT id FROM sessions WHERE ended_at IS NULL`)).toHaveLength(1)
    const after = (await ada.browser.run(CursorDocument, {})).eventCursor
    expect(after).not.toBe('')
    const [event] = await query<{ event_id: string; occurred_at: string }>(
      sql`SELECT event_id, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS occurred_at
        FROM events WHERE type = 'REVOKED' AND session_id = ${localId(ada.session.id, 'Session')}`,
    )
    expect(event).toEqual({ event_id: told.id, occurred_at: endedAt })
    expect(await sweep()).toMatchObject({ ofPastEras: 0 })
    const rows = (await ada.browser.run(MySessionsDocument, { state: 'ENDED' })).viewer?.sessions.edges
    expect(rows?.map(({ node }) => [node.endReason, node.endedAt])).toEqual([[BY_ADMINISTRATOR, endedAt]])
  })

  it('tells whoever was away and comes back behind a cursor, once by its id', async () => {
    const { browser: admin } = await administrator(use)
    const ada = await person(use)
    const { eventCursor } = await ada.browser.run(CursorDocument, {})
    using there = await Socket.subscribed(use.app.url, ada.browser.cookie, REVOKED)
    await endEvery(admin)
    const told = await eventsOf(there)
    await ada.browser.signIn(ada.email)
    using back = await Socket.subscribed(use.app.url, ada.browser.cookie, REVOKED, {
      scope: 'MY_SESSIONS',
      after: eventCursor,
    })
    await sweep()
    // at least once: what came just before the cursor may come again
    let again = await eventsOf(back)
    while (again.sessionId !== ada.session.id) again = await eventsOf(back)
    expect(again).toEqual({ ...told, cursor: expect.any(String) })
  })

  it('keeps the session that it is done from if that is wanted, through any number of eras', async () => {
    const { browser: admin, session, email } = await administrator(use)
    const phone = new Browser(use.app)
    await phone.signIn(email)
    using socket = await Socket.subscribed(use.app.url, admin.cookie, REVOKED, { scope: 'MY_SESSIONS' })
    for (let era = 0; era < 2; era++) {
      const ended = await endEvery(admin, { keepCurrent: true })
      expect(ended).toMatchObject({ session: { id: session.id, state: 'ACTIVE' } })
      expect(await admin.currentSessionId()).toBe(session.id)
    }
    expect(await phone.currentSessionId()).toBeNull()
    await sweep()
    // the first that it hears of is its other device
    expect((await eventsOf(socket)).sessionId).not.toBe(session.id)
    const reverified = await admin.reverify('ADMINISTER')
    expect(await admin.currentSessionId()).toBe(reverified.session.id)
    await endEvery(admin)
    expect(await admin.currentSessionId()).toBeNull()
  })

  it('counts no place for what is over, before and after it is written out', async () => {
    await using test = await open()
    await using app = await startApp(test, {
      environment: { MAX_SESSIONS_PER_USER: '2', SESSIONS_BEYOND_LIMIT: 'refuse' },
    })
    const one: Use = { app, database: test }
    const { browser: admin } = await administrator(one)
    const ada = await person(one)
    await new Browser(app).signIn(ada.email)
    await expect(new Browser(app).signIn(ada.email)).rejects.toThrow('SESSION_LIMIT')
    await endEvery(admin)
    await new Browser(app).signIn(ada.email)
    await app.server.house.sweeper.sweep()
    await new Browser(app).signIn(ada.email)
    await expect(new Browser(app).signIn(ada.email)).rejects.toThrow('SESSION_LIMIT')
  })

  it('is refused to whoever may not, and needs a reason; nothing is changed by that', async () => {
    const ada = await person(use)
    const { browser: admin } = await administrator(use)
    const filter = { transport: 'COOKIE' } as const
    await expectNoChange(use, async () => {
      const forbidden = { __typename: 'ForbiddenError', code: 'FORBIDDEN' }
      expect(await endEvery(ada.browser)).toMatchObject(forbidden)
      expect(await endFitting(ada.browser, filter)).toMatchObject(forbidden)
      // who may not learns nothing, not even whether the id is anybody's
      expect(await endFitting(ada.browser, { userId: 'nobody' })).toMatchObject(forbidden)
      const stranger = new Browser(use.app)
      expect(await endEvery(stranger)).toMatchObject({ code: 'NOT_SIGNED_IN' })
      expect(await endFitting(stranger, filter)).toMatchObject({ code: 'NOT_SIGNED_IN' })
      for (const reason of ['', '  ', 'x'.repeat(201), 'x\0']) {
        await expect(endEvery(admin, { reason })).rejects.toThrow('input.reason')
        await expect(endFitting(admin, filter, { reason })).rejects.toThrow('input.reason')
      }
    })
    use.app.clock.advance(31 * MINUTE)
    // whoever uses it now writes that down
    await admin.currentSessionId()
    await expectNoChange(use, async () => {
      const required = { __typename: 'VerificationRequiredError', action: 'ADMINISTER' }
      expect(await endEvery(admin)).toMatchObject(required)
      expect(await endFitting(admin, filter)).toMatchObject(required)
    })
  })
})

describeEachDatabase('ending sessions that fit', (open) => {
  const use = useApp(open)
  const stateOf = async (admin: Browser, userId: string) =>
    (await admin.run(SessionsDocument, { filter: { userId } })).sessions.edges.map(({ node }) => node.state)

  it('ends those to which everything that is given applies, and tells them', async () => {
    const { browser: admin } = await administrator(use)
    const old = await person(use)
    use.app.clock.advance(2 * MINUTE)
    const noon = use.app.clock.now().toISOString()
    const ada = await person(use)
    const program = await new TokenClient(use.app).signIn(ada.email)
    using socket = await Socket.subscribed(use.app.url, ada.browser.cookie, REVOKED)
    const { id: userId } = ada.viewer
    for (const filter of [
      { userId, createdBefore: noon },
      { userId, lastActiveBefore: noon },
      { userId, state: 'ENDED' },
      { userId, network: '198.51.100.7' },
      { userId: old.viewer.id, createdAfter: noon },
      { userId: old.viewer.id, lastActiveAfter: noon },
      { userId: 'nobody' },
    ] as const) {
      expect([filter, await endFitting(admin, filter)]).toEqual([
        filter,
        {
          __typename: 'RevokeSessionsSuccess',
          revokedCount: 0,
          hasMore: false,
        },
      ])
    }
    const one = { revokedCount: 1, hasMore: false }
    expect(await endFitting(admin, { userId, transport: 'TOKEN', createdAfter: noon })).toMatchObject(one)
    expect(await program.currentSessionId()).toBeNull()
    expect(await ada.browser.currentSessionId()).toBe(ada.session.id)
    const { sessions } = await admin.run(SessionsDocument, {
      filter: { userId, transport: 'COOKIE', network: '127.0.0.1', lastActiveAfter: noon },
    })
    expect(sessions.edges.map(({ node }) => node.id)).toEqual([ada.session.id])
    expect(
      await endFitting(admin, { network: '127.0.0.0/24', deviceKind: 'OTHER', createdAfter: noon }),
    ).toMatchObject(one)
    expect((await eventsOf(socket)).reason).toBe(BY_ADMINISTRATOR)
    expect(await socket.closed()).toEqual({ code: 4401, reason: BY_ADMINISTRATOR })
    expect(await old.browser.currentSessionId()).toBe(old.session.id)
    expect(await endFitting(admin, { userId: old.viewer.id, createdBefore: noon })).toMatchObject(one)
    expect(await stateOf(admin, old.viewer.id)).toEqual(['ENDED'])
  })

  it('refuses a filter that says nothing, and a network that is none', async () => {
    const { browser: admin } = await administrator(use)
    await expectNoChange(use, async () => {
      for (const filter of [{}, { userId: null }, { state: 'ACTIVE' }] as const)
        await expect(endFitting(admin, filter)).rejects.toThrow('revokeEverySession')
      for (const network of ['', 'here', '127.0.0.1/8', '127.0.0.1/24/24x'])
        await expect(endFitting(admin, { network })).rejects.toThrow('filter.network')
      const { errors } = await admin.send({
        query: print(SessionsDocument),
        variables: { filter: { network: 'x' } },
      })
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    })
  })

  it('refuses moments that no database knows: before the year 1, and after 9999, in UTC', async () => {
    const { browser: admin } = await administrator(use)
    for (const moment of ['0000-06-01T00:00:00Z', '0001-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00']) {
      const { errors } = await admin.send({
        query: print(SessionsDocument),
        variables: { filter: { lastActiveBefore: moment } },
      })
      expect(errors, moment).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    }
  })

  it('goes on from call to call however many they are, and ends the caller’s own last, or not at all', async () => {
    const { browser: admin, session, viewer } = await administrator(use)
    const crowd = await person(use)
    // many at once: of one person, as after years
    await use.database.database.queries.execute(sql`
      INSERT INTO sessions (id, user_id, secret_hash, transport, factors, remembered, created_at, last_active_at, verified_at,
        expires_at, lineage_id, device_label, device_kind, network)
      SELECT id, ${localId(crowd.viewer.id, 'User')}::uuid, sha256('x'), 'COOKIE', '{PASSWORD}', TRUE, at, at, at, at + interval '30 days', id,
        'Firefox', 'TV', '203.0.113.0/24'
      FROM (SELECT gen_random_uuid() AS id, ${use.app.clock.now().toISOString()}::timestamptz AS at FROM generate_series(1, 1500)) made`)
    await use.database.database.queries.execute(
      sql`UPDATE sessions SET network = '203.0.113.0/24' WHERE id = ${localId(session.id, 'Session')}`,
    )
    const filter = { network: '203.0.113.77' }
    expect(await endFitting(admin, filter)).toMatchObject({ revokedCount: 1_000, hasMore: true })
    // goes red when the caller's own is ended like the others
    expect(await admin.currentSessionId()).toBe(session.id)
    const kept = await endFitting(admin, filter, { keepCurrent: true })
    expect(kept).toMatchObject({ revokedCount: 500, hasMore: false })
    expect(await admin.currentSessionId()).toBe(session.id)
    expect(await endFitting(admin, filter)).toMatchObject({ revokedCount: 1, hasMore: false })
    expect(admin.cookie).toBeNull()
    await admin.signIn((viewer as { email: string }).email)
    const { sessions } = await admin.run(SessionsDocument, { filter: { ...filter, state: 'ACTIVE' } })
    expect(sessions.edges).toEqual([])
  })

  it('leaves alone what was idle when it was asked for and has been used since', async () => {
    const { browser: admin } = await administrator(use)
    const ada = await person(use)
    use.app.clock.advance(2 * HOUR)
    await admin.signIn((await administrator(use)).email)
    const asked = use.app.clock.now().toISOString()
    expect(await ada.browser.currentSessionId()).toBe(ada.session.id)
    expect(await endFitting(admin, { userId: ada.viewer.id, lastActiveBefore: asked })).toMatchObject({
      revokedCount: 0,
    })
  })
})
