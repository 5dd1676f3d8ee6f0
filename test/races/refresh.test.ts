import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SignedIn } from '../../src/accounts/open-session.ts'
import type { AccountParts, Visitor } from '../../src/accounts/parts.ts'
import { refreshSession } from '../../src/accounts/refresh-session.ts'
import { revokeAllSessions } from '../../src/accounts/revoke-all-sessions.ts'
import { signOut } from '../../src/accounts/sign-out.ts'
import { signUp } from '../../src/accounts/sign-up.ts'
import { rowsOf } from '../../src/database/database.ts'
import { sessions } from '../../src/database/tables.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { RETRY_WINDOW } from '../../src/tokens/rotation.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'
import { describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import { TokenClient } from '../kit/token-client.ts'
import { bothOrders, expectSoundness, granted, untilQueued, VISITOR } from './kit.ts'

const TIMES = 5
const CLIENT: Visitor = { ...VISITOR, userAgent: 'one client' }

describeOnPostgres('refreshing, side by side with', (open) => {
  let test: TestDatabase
  let app: TestApp
  let parts: AccountParts
  beforeAll(async () => {
    test = await open()
    app = await startApp(test)
    parts = app.server.house.accounts
  })
  afterAll(async () => {
    await expectSoundness(test.database)
    await app[Symbol.asyncDispose]()
    await test[Symbol.asyncDispose]()
  })

  const anyClient = async () =>
    granted(await signUp(parts, { email: anyEmail(), password: PASSWORD, transport: 'TOKEN' }, CLIENT, null))
  const tokenOf = ({ tokens }: Pick<SignedIn, 'tokens'>) => tokens?.refreshToken ?? ''
  const refresh = (refreshToken: string, background = false) =>
    refreshSession(parts, { refreshToken, background }, CLIENT)
  const rotationOf = async (sessionId: string) => {
    const {
      refreshCurrent: current,
      refreshRetry: retry,
      refreshSeen: seen,
      refreshDisplaced: displaced,
    } = sessions
    const rows = test.database.queries.select({ current, retry, seen, displaced }).from(sessions)
    return (await rows.where(eq(sessions.id, sessionId)))[0]
  }
  /** What an access token is worth now. */
  const use = async (accessToken: string) => {
    const verified = await parts.accessTokens.verify(accessToken)
    return verified && (await parts.sessions.find(verified.claims))
  }

  /** Holds a session's row, so that everything about it queues up; lets go in the order in which it came. */
  const lockSession = async (sessionId: string) => {
    const [locked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const done = test.database.transaction(async ({ queries }) => {
      await queries.execute(sql`SELECT id FROM sessions WHERE id = ${sessionId} FOR UPDATE`)
      locked.resolve()
      await gate.promise
    })
    await locked.promise
    return async () => {
      gate.resolve()
      await done
    }
  }

  it('forty-nine others of the same token: all succeed with one token, by one rotation', async () => {
    const client = await new TokenClient(app).signUp(anyEmail())
    const stale = client.copy()
    const answers = await Promise.all(Array.from({ length: 50 }, () => stale.present()))
    const tokens = answers.map((answer) => ('tokens' in answer ? answer.tokens.refreshToken : answer))
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).toMatch(/^cfr_/)
    const access = answers.map((answer) => ('tokens' in answer ? answer.tokens.accessToken : ''))
    for (const token of access) expect(await use(token)).toMatchObject({ state: 'live' })
    const [row] = rowsOf<{ rotations: number }>(
      await test.database.queries.execute(
        sql`SELECT max(refresh_current) - 1 AS rotations FROM sessions WHERE refresh_salt IS NOT NULL`,
      ),
    )
    expect(row?.rotations).toBe(1)
    client.tokens =
      'tokens' in (answers[0] ?? {}) ? (answers[0] as { tokens: typeof client.held }).tokens : null
    expect(await client.refresh()).toBe('RefreshSessionSuccess')
  })

  it('a sign-out, in both orders: there is never a live token afterwards', async () => {
    for (const order of bothOrders(TIMES)) {
      const client = await anyClient()
      const lift = await lockSession(client.session.id)
      const contenders = [() => refresh(tokenOf(client)), () => signOut(parts, client.session)] as const
      const running: Promise<unknown>[] = []
      for (const contender of order(contenders as never) as unknown as (() => Promise<unknown>)[]) {
        running.push(contender())
        await untilQueued(test.database, running.length)
      }
      await lift()
      for (const result of await Promise.all(running)) {
        const tokens = (result as Partial<SignedIn> | null)?.tokens
        if (!tokens) continue
        expect(await use(tokens.accessToken)).toMatchObject({ state: 'ended' })
        expect(await refresh(tokens.refreshToken)).toMatchObject({ code: 'SESSION_ENDED' })
      }
      expect(await refresh(tokenOf(client))).toMatchObject({ code: 'SESSION_ENDED', reason: 'SIGNED_OUT' })
    }
  })

  it('signing out everywhere, unqueued and often: there is never a live token afterwards', async () => {
    for (let time = 0; time < 20; time++) {
      const client = await anyClient()
      const viewer = { session: client.session, user: client.user }
      const [first, second, , third] = await Promise.all([
        refresh(tokenOf(client)),
        refresh(tokenOf(client), true),
        revokeAllSessions(parts, viewer, { keepCurrent: false, verificationToken: '' }),
        refresh(tokenOf(client)),
      ])
      for (const result of [first, second, third]) {
        if (result instanceof Refusal) {
          expect(result).toMatchObject({ code: 'SESSION_ENDED', reason: 'SIGNED_OUT_EVERYWHERE' })
          continue
        }
        expect(await use(result.tokens.accessToken)).toMatchObject({ state: 'ended' })
        expect(await refresh(result.tokens.refreshToken)).toMatchObject({ code: 'SESSION_ENDED' })
      }
    }
  })

  it('the sweep of a session that times out: it ends once, and no token is given', async () => {
    const clients = await Promise.all(Array.from({ length: TIMES }, anyClient))
    app.clock.advance(parts.sessions.policy.idleTimeout)
    const refreshes = await Promise.all([
      ...clients.map((client) => refresh(tokenOf(client))),
      ...clients.map((client) => refresh(tokenOf(client), true)),
      parts.sessions.endOverdue(100).then(() => null),
      parts.sessions.endOverdue(100).then(() => null),
    ])
    for (const result of refreshes)
      if (result) expect(result).toMatchObject({ code: 'SESSION_ENDED', reason: 'IDLE_TIMEOUT' })
  })

  it('the first use of what a lost response answered: either that use or the recovery counts, never both', async () => {
    const outcomes = new Set<string>()
    for (let time = 0; time < 20; time++) {
      const client = await anyClient()
      const ahead = granted(await refresh(tokenOf(client)))
      app.clock.advance(RETRY_WINDOW)
      const [used, recovered] = await Promise.all([use(ahead.tokens.accessToken), refresh(tokenOf(client))])
      const verdict = recovered instanceof Refusal ? recovered.code : 'recovered'
      outcomes.add(`${used?.state} ${verdict}`)
      const rotation = await rotationOf(client.session.id)
      if (verdict === 'recovered') {
        expect(rotation).toMatchObject({ current: 3, seen: 1, displaced: [2] })
        // which of both came first cannot be told from outside; that the other one counts as a reuse can
        expect(await use(ahead.tokens.accessToken)).toMatchObject({ state: 'ended' })
      } else {
        expect(rotation).toMatchObject({ current: 2, seen: 2 })
      }
    }
    expect([...outcomes].every((each) => !each.startsWith('live recovered'))).toBe(true)
  })

  it('two recoveries at once: one displaces, and the other is a retry of it', async () => {
    for (let time = 0; time < TIMES; time++) {
      const client = await anyClient()
      granted(await refresh(tokenOf(client)))
      app.clock.advance(RETRY_WINDOW)
      const [one, two] = (await Promise.all([refresh(tokenOf(client)), refresh(tokenOf(client))])).map(
        granted,
      )
      expect(one?.tokens.refreshToken).toBe(two?.tokens.refreshToken)
      expect(await rotationOf(client.session.id)).toMatchObject({ current: 3, retry: 1, displaced: [2] })
    }
  })

  it('the next refresh of another tab: the slower one asks again, and both go on', async () => {
    for (let time = 0; time < TIMES; time++) {
      const client = await anyClient()
      const next = granted(await refresh(tokenOf(client)))
      const results = await Promise.all([
        refresh(next.tokens.refreshToken),
        refresh(next.tokens.refreshToken),
        use(next.tokens.accessToken),
      ])
      expect(results.some((result) => result instanceof Refusal)).toBe(false)
      expect(await rotationOf(client.session.id)).toMatchObject({ current: 3, retry: 2, displaced: [] })
    }
  })
})
