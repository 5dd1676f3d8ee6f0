import { eq, sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { signOut } from '../../src/accounts/sign-out.ts'
import { signUp } from '../../src/accounts/sign-up.ts'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { sessions } from '../../src/database/tables.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import {
  CursorDocument,
  DeleteAccountDocument,
  MySessionsDocument,
  SignInDocument,
  SignOutDocument,
} from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { useApp } from '../kit/use-app.ts'
import { granted, VISITOR } from '../races/kit.ts'

const REVOKED = 'subscription { sessionRevoked(scope: MY_SESSIONS) { reason sessionId actor { kind } } }'
const EVENTS = 'subscription ($after: EventCursor) { sessionEvents(after: $after) { __typename } }'
const MINUTE = 60_000
const DAY = 86_400_000

async function count({ queries }: Database, table: string): Promise<number> {
  const [row] = rowsOf<{ n: string }>(
    await queries.execute(sql`SELECT count(*)::text AS n FROM ${sql.identifier(table)}`),
  )
  return Number(row?.n)
}

describeEachDatabase('the sweeper', (open) => {
  const use = useApp(open, {
    environment: {
      SWEEP_INTERVAL: '1m',
      EVENT_RETENTION: '10d',
      HISTORY_RETENTION: '20d',
      PLACE_RETENTION: '5d',
    },
  })

  it("ends a session that timed out unnoticed, and the user's other devices hear of it", async () => {
    const [phone, laptop] = [new Browser(use.app), new Browser(use.app)]
    const email = anyEmail()
    const { session } = await phone.signUp(email)
    use.app.clock.advance(6 * DAY)
    await laptop.signIn(email)
    using socket = await Socket.subscribed(use.app.url, laptop.cookie, REVOKED)
    // nobody looks: the clock's own timer starts the sweep
    use.app.clock.advance(2 * DAY)
    expect(await socket.data()).toEqual({
      sessionRevoked: { reason: 'IDLE_TIMEOUT', sessionId: session.id, actor: { kind: 'SYSTEM' } },
    })
  })

  it('deletes counters and proofs that are past their time, and keeps the others', async () => {
    const browser = new Browser(use.app)
    const email = anyEmail()
    await browser.signUp(email)
    await browser.reverify('DELETE_ACCOUNT')
    await browser.copy().run(SignInDocument, { input: { email, password: 'not the password' } })
    const { database } = use.database
    await use.app.server.house.sweeper.sweep()
    expect(await count(database, 'attempts')).toBeGreaterThan(0)
    expect(await count(database, 'verifications')).toBe(1)
    use.app.clock.advance(2 * DAY)
    await use.app.server.house.sweeper.sweep()
    expect(await count(database, 'attempts')).toBe(0)
    expect(await count(database, 'verifications')).toBe(0)
  })

  it('ends each session once, on any number of nodes at once', async () => {
    for (let person = 0; person < 5; person++) await new Browser(use.app).signUp(anyEmail())
    use.app.clock.advance(8 * DAY)
    const { sessions } = use.app.server.house.accounts
    // four beside the one that the clock has just started
    await Promise.all(Array.from({ length: 4 }, () => sessions.endOverdue(3)))
    await expect.poll(() => use.app.server.house.sweeper.sweep()).toMatchObject({ ended: 0 })
    const twice = await use.database.database.queries.execute(
      sql`SELECT session_id FROM events WHERE type = 'REVOKED' GROUP BY session_id HAVING count(*) > 1`,
    )
    expect(rowsOf(twice)).toEqual([])
    const live = await use.database.database.queries.execute(
      sql`SELECT id FROM sessions WHERE ended_at IS NULL`,
    )
    expect(rowsOf(live)).toEqual([])
  })

  it('forgets where a session was a while after it ended, and neither the session nor where others were', async () => {
    const { accounts, sweeper } = use.app.server.house
    const place = { network: '203.0.113.0/24', location: { countryCode: 'DE', city: 'Köln' } }
    const input = { email: anyEmail(), password: PASSWORD, transport: 'COOKIE' } as const
    const over = granted(await signUp(accounts, input, { ...VISITOR, place }, null))
    const goesOn = granted(
      await signUp(accounts, { ...input, email: anyEmail() }, { ...VISITOR, place }, null),
    )
    const anomaly = { kind: 'REFRESH_TOKEN_REUSED', occurredAt: use.app.clock.now() } as const
    await use.database.database.transaction(async (transaction) => {
      await accounts.sessions.flag(transaction, over.session.id, { ...anomaly, network: place.network })
      await accounts.sessions.flag(transaction, over.session.id, { ...anomaly, network: null })
    })
    const look = ({ session }: typeof over) => accounts.sessions.view(session.id)
    const { queries } = use.database.database
    const ofOver = eq(sessions.id, over.session.id)
    const countryOf = async () => (await queries.select().from(sessions).where(ofOver))[0]?.refreshCountry
    await queries.update(sessions).set({ refreshCountry: 'DE' }).where(ofOver)
    await signOut(accounts, over.session)
    use.app.clock.advance(5 * DAY - MINUTE)
    await sweeper.sweep()
    expect(await look(over)).toMatchObject({ ...place, places: [place] })
    expect(await countryOf()).toBe('DE')
    await accounts.sessions.touch(goesOn.session, place)
    use.app.clock.advance(2 * MINUTE)
    // the clock may have started one by itself
    await sweeper.sweep()
    expect(await look(over)).toEqual({
      ...over.session,
      network: null,
      location: null,
      places: [],
      anomalies: [
        { ...anomaly, network: null },
        { ...anomaly, network: null },
      ],
      endedAt: expect.any(Date),
      endReason: 'SIGNED_OUT',
    })
    expect(await countryOf()).toBeNull()
    expect(await look(goesOn)).toMatchObject({ ...place, places: [place], endedAt: null })
    expect(await sweeper.sweep()).toMatchObject({ places: 0 })
  })

  it('forgets history and events after their time, and no event that a cursor can still ask for', async () => {
    const browser = new Browser(use.app)
    const email = anyEmail()
    await browser.signUp(email)
    const { eventCursor } = await browser.run(CursorDocument, {})
    await browser.run(SignOutDocument, {})
    const again = await new Browser(use.app).signIn(email)
    expect(again.__typename).toBe('SignInSuccess')
    const sessionsOf = async () => {
      const other = new Browser(use.app)
      await other.signIn(email)
      const { viewer } = await other.run(MySessionsDocument, {})
      const cookie = other.cookie
      return { states: viewer?.sessions.edges.map(({ node }) => node.state), cookie }
    }
    use.app.clock.advance(9 * DAY)
    await use.app.server.house.sweeper.sweep()
    const { cookie, states } = await sessionsOf()
    expect(states).toEqual(['ACTIVE', 'ENDED', 'ENDED'])
    using socket = await Socket.subscribed(use.app.url, cookie, EVENTS, { after: eventCursor })
    // at least once: what came just before the cursor may come again
    let first = await socket.data<{ sessionEvents: { __typename: string } }>()
    while (first.sessionEvents.__typename === 'SessionStarted') first = await socket.data()
    expect(first).toMatchObject({ sessionEvents: { __typename: 'SessionRevoked' } })
    use.app.clock.advance(2 * DAY)
    await use.app.server.house.sweeper.sweep()
    // the sign-out is twelve days old, its event is gone, and a cursor from before it is refused rather than misread
    const late = await sessionsOf()
    using expired = await Socket.subscribed(use.app.url, late.cookie, EVENTS, { after: eventCursor })
    const { payload } = await expired.next()
    expect(JSON.stringify(payload)).toContain('CURSOR_EXPIRED')
    use.app.clock.advance(10 * DAY)
    await use.app.server.house.sweeper.sweep()
    expect((await sessionsOf()).states).toHaveLength(4)
  })
})

describeEachDatabase('what is kept for longer than its time', (open) => {
  const use = useApp(open, {
    environment: { HISTORY_RETENTION: '10m', VERIFICATION_LIFETIME: '1h', SENSITIVE_WINDOW: '1h' },
  })
  const sweep = () => use.app.server.house.sweeper.sweep()

  it('is a session as long as a proof stands on it, and not longer', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    await browser.reverify('UPDATE_PASSWORD')
    await browser.run(SignOutDocument, {})
    use.app.clock.advance(11 * MINUTE)
    // the one that was replaced goes; its successor has a proof of its own
    expect(await sweep()).toMatchObject({ history: 1, verifications: 0 })
    expect(await sweep()).toMatchObject({ history: 0 })
    use.app.clock.advance(50 * MINUTE)
    expect(await sweep()).toMatchObject({ history: 1, verifications: 1 })
    expect(await count(use.database.database, 'sessions')).toBe(0)
  })

  it('is a session that lives, though what it replaced is forgotten', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const { session } = await browser.reverify('UPDATE_PASSWORD')
    use.app.clock.advance(61 * MINUTE)
    expect(await sweep()).toMatchObject({ history: 1, verifications: 1 })
    const query = '{ currentSession { id replaces { id } } }'
    expect((await browser.send({ query })).data).toEqual({
      currentSession: { id: session.id, replaces: null },
    })
  })

  it('is what is left of a deleted account as long as there is any history of it, and nobody else', async () => {
    const { database } = use.database
    const [leaving, staying] = [new Browser(use.app), new Browser(use.app)]
    await staying.signUp(anyEmail())
    await leaving.signUp(anyEmail())
    const { token } = await leaving.reverify('DELETE_ACCOUNT')
    const before = await count(database, 'users')
    await leaving.run(DeleteAccountDocument, { input: { verificationToken: token } })
    expect(await sweep()).toMatchObject({ users: 0 })
    use.app.clock.advance(11 * MINUTE)
    // one of the two sessions goes; the other one has the proof that was spent, and keeps the account
    expect(await sweep()).toMatchObject({ history: 1, users: 0 })
    use.app.clock.advance(50 * MINUTE)
    expect(await sweep()).toMatchObject({ history: 1, users: 1 })
    expect(await count(database, 'users')).toBe(before - 1)
    expect(await staying.currentSessionId()).not.toBeNull()
  })
})

describeEachDatabase('a sweeper that has fallen behind', (open) => {
  const use = useApp(open, { environment: { SWEEP_INTERVAL: '1h' } })

  it('goes on after a moment, and does not leave the rest for the next time', async () => {
    const { database } = use.database
    await database.queries.execute(sql`
      INSERT INTO attempts (key, count, blocked_until, expires_at)
      SELECT 'old' || n, 1, 'epoch', 'epoch' FROM generate_series(1, 25000) n`)
    use.app.clock.advance(60 * MINUTE)
    // goes red when what is left waits for another hour
    await expect.poll(() => count(database, 'attempts'), { timeout: 20_000 }).toBe(0)
    const swept = () =>
      use.app.logs
        .map((line) => JSON.parse(line) as { msg: string; attempts?: number })
        .filter(({ msg }) => msg === 'swept')
        .map(({ attempts }) => attempts)
    // a sweep is told of once it is over
    await expect.poll(swept).toEqual([10_000, 10_000, 5_000])
  })
})
