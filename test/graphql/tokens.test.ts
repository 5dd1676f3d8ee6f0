import { eq, sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { sessions } from '../../src/database/tables.ts'
import { localId } from '../../src/kernel/ids.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { EventSourceReader } from '../kit/event-source.ts'
import { SignInDocument, SignOutDocument } from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { TokenClient } from '../kit/token-client.ts'
import { useApp } from '../kit/use-app.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const REVOKED = 'subscription { sessionRevoked { sessionId reason } }'

describeEachDatabase('the TOKEN transport', (open) => {
  const use = useApp(open)
  const anyClient = async () => new TokenClient(use.app).signUp(anyEmail())
  /** From now until then, in minutes. */
  const minutes = (text: string) => Math.round((Date.parse(text) - use.app.clock.now().getTime()) / MINUTE)

  it('gives tokens and no cookie, each for its time', async () => {
    const email = anyEmail()
    await new TokenClient(use.app).signUp(email)
    const client = new TokenClient(use.app)
    const { data, headers } = await client.send<{ signIn: { tokens: Record<string, string> } }>(
      `mutation ($input: SignInInput!) { signIn(input: $input) { ... on SignInSuccess {
        tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt } } } }`,
      { input: { email, password: PASSWORD, transport: 'TOKEN' } },
    )
    expect(headers.getSetCookie()).toEqual([])
    const { tokens } = data.signIn
    expect(tokens['refreshToken']).toMatch(/^cfr_[\w-]{91}$/)
    expect(minutes(tokens['accessTokenExpiresAt'] ?? '')).toBe(15)
    expect(minutes(tokens['refreshTokenExpiresAt'] ?? '')).toBe((7 * DAY) / MINUTE)
  })

  it('is known by its access token, until the session ends, and not a request longer', async () => {
    const client = await anyClient()
    expect(await client.currentSessionId()).toBe(client.sessionId)
    const { data } = await client.send(
      'mutation { signOut { ... on SignOutSuccess { session { id endReason } } } }',
    )
    expect(data).toEqual({ signOut: { session: { id: client.sessionId, endReason: 'SIGNED_OUT' } } })
    const refused = await client.send('{ viewer { id } }')
    expect(refused.data).toEqual({ viewer: null })
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/)
    expect(await client.refresh()).toBe('SIGNED_OUT')
    // once more: there is nothing to sign out of, and nothing wrong with that
    const again = await client.send('mutation { signOut { ... on SignOutSuccess { session { id } } } }')
    expect(again.data).toEqual({ signOut: { session: null } })
  })

  it('is unknown with an access token past its time, says so, and goes on after a refresh', async () => {
    const client = await anyClient()
    use.app.clock.advance(15 * MINUTE)
    const answer = await client.send('{ viewer { id } }')
    expect(answer.data).toEqual({ viewer: null })
    expect(answer.headers.get('www-authenticate')).toContain('expired')
    const signOut = await client.send('mutation { signOut { __typename } }')
    expect(signOut.errors?.[0]?.extensions?.code).toBe('INVALID_ACCESS_TOKEN')
    expect(await client.refresh()).toBe('RefreshSessionSuccess')
    expect(await client.currentSessionId()).toBe(client.sessionId)
  })

  it.each([
    ['nothing', ''],
    ['a word', 'garbage'],
    ['a session token', 'cfs_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a very long one', `${'a'.repeat(5_000)}.b.c`],
  ])('takes no access token that is %s', async (_name, token) => {
    const client = new TokenClient(use.app)
    const { data, errors } = await client.send('{ viewer { id } }', {}, { Authorization: `Bearer ${token}` })
    expect([data, errors]).toEqual([{ viewer: null }, undefined])
  })

  it('takes no refresh token for an access token, nor the other way round, nor a cookie for either', async () => {
    const client = await anyClient()
    const { accessToken, refreshToken } = client.held
    const viewer = await client.send('{ viewer { id } }', {}, { Authorization: `Bearer ${refreshToken}` })
    expect(viewer.data).toEqual({ viewer: null })
    expect(await client.present(accessToken)).toMatchObject({
      __typename: 'InvalidTokenError',
      code: 'INVALID_TOKEN',
    })
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const [, cookieToken = ''] = browser.cookie?.split('=') ?? []
    expect((await client.present(cookieToken)).__typename).toBe('InvalidTokenError')
    const asCookie = new Browser(use.app)
    asCookie.cookie = `__Host-curfew=${accessToken}`
    expect(await asCookie.currentSessionId()).toBeNull()
  })

  it('refuses forged refresh tokens without asking the database', async () => {
    const client = await anyClient()
    const { refreshToken } = client.held
    const forged = `${refreshToken.slice(0, -2)}${refreshToken.endsWith('AA') ? 'BB' : 'AA'}`
    // nobody can read a session for as long as this transaction lasts
    const [locked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const transaction = use.database.database.transaction(async ({ queries }) => {
      await queries.execute(sql`LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE`)
      locked.resolve()
      await gate.promise
    })
    await locked.promise
    for (const token of [forged, '', 'cfr_', 'x'.repeat(90_000), `cfr_${'A'.repeat(91)}`])
      expect((await client.present(token)).__typename).toBe('InvalidTokenError')
    let answered = false
    const genuine = client.refresh().finally(() => {
      answered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(answered).toBe(false)
    gate.resolve()
    await transaction
    expect(await genuine).toBe('RefreshSessionSuccess')
  })

  it('keeps one row however often it rotates, and the row does not grow', async () => {
    const client = await anyClient()
    for (let count = 0; count < 30; count++) expect(await client.refresh()).toBe('RefreshSessionSuccess')
    const { data } = await client.send<{ viewer: { sessions: { edges: unknown[] } } }>(
      '{ viewer { sessions { edges { node { id } } } } }',
    )
    expect(data.viewer.sessions.edges).toHaveLength(1)
  })

  it('counts refreshes as activity, unless they say that nobody is there', async () => {
    const [present, absent] = [await anyClient(), await anyClient()]
    for (let day = 0; day < 6; day++) {
      use.app.clock.advance(DAY)
      expect(await present.refresh()).toBe('RefreshSessionSuccess')
      expect(await absent.refresh({ background: true })).toBe('RefreshSessionSuccess')
    }
    // no more than what is left of the session
    expect(minutes(present.held.refreshTokenExpiresAt)).toBe((7 * DAY) / MINUTE)
    expect(minutes(absent.held.refreshTokenExpiresAt)).toBe(DAY / MINUTE)
    use.app.clock.advance(DAY - 5 * MINUTE)
    expect(await absent.refresh({ background: true })).toBe('RefreshSessionSuccess')
    expect(minutes(absent.held.accessTokenExpiresAt)).toBe(5)
    use.app.clock.advance(5 * MINUTE)
    expect(await present.refresh()).toBe('RefreshSessionSuccess')
    expect(await absent.refresh({ background: true })).toBe('IDLE_TIMEOUT')
  })

  it('counts no refresh in the background, whatever is sent along by habit', async () => {
    const client = await anyClient()
    const lastActive = async (): Promise<string | undefined> => {
      const [row] = await use.database.database.queries
        .select({ lastActiveAt: sessions.lastActiveAt })
        .from(sessions)
        .where(eq(sessions.id, localId(client.sessionId, 'Session') ?? ''))
      return row?.lastActiveAt.toISOString()
    }
    const before = await lastActive()
    const refresh = async (selection: string): Promise<void> => {
      const { accessToken, refreshToken } = client.held
      const { data, errors } = await client.send<{ refreshSession: { tokens: typeof client.held } }>(
        `mutation ($input: RefreshSessionInput!) { ${selection} } fragment Tokens on RefreshSessionSuccess {
          tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt } }`,
        { input: { refreshToken, background: true } },
        { Authorization: `Bearer ${accessToken}` },
      )
      expect(errors).toBeUndefined()
      client.tokens = data.refreshSession.tokens
    }
    // the access token is good each time, and activity is due to be written after an hour
    for (let quarters = 0; quarters < 8; quarters++) {
      use.app.clock.advance(14 * MINUTE)
      await refresh('__typename refreshSession(input: $input) { ...Tokens }')
    }
    expect(await lastActive()).toBe(before)
    // beside another mutation it is a request like any other
    await refresh(
      'refreshSession(input: $input) { ...Tokens } enableUser(input: { userId: "x" }) { __typename }',
    )
    expect(await lastActive()).not.toBe(before)
  })

  it('leaves nothing of its device behind when its account is deleted, nor what knows its user agent again', async () => {
    const client = await anyClient()
    const stored = (): Promise<unknown> =>
      use.database.database.queries
        .select({ label: sessions.deviceLabel, network: sessions.network, agent: sessions.refreshAgent })
        .from(sessions)
        .where(eq(sessions.id, localId(client.sessionId, 'Session') ?? ''))
    const proof = await client.reverify('DELETE_ACCOUNT')
    expect(await client.refresh()).toBe('RefreshSessionSuccess')
    expect(await stored()).toEqual([
      { label: expect.any(String), network: expect.any(String), agent: expect.any(String) },
    ])
    await client.send(
      'mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { __typename ... on Error { code } } }',
      { input: { verificationToken: proof } },
    )
    expect(await stored()).toEqual([{ label: 'Unknown device', network: null, agent: null }])
  })

  it('ends at the absolute limit, however often it is refreshed', async () => {
    const client = await anyClient()
    for (let day = 0; day < 29; day++) {
      use.app.clock.advance(DAY)
      expect(await client.refresh()).toBe('RefreshSessionSuccess')
    }
    expect(minutes(client.held.refreshTokenExpiresAt)).toBe(DAY / MINUTE)
    use.app.clock.advance(DAY)
    expect(await client.refresh()).toBe('ABSOLUTE_TIMEOUT')
  })

  it('recovers a response that was lost, also when that is noticed late', async () => {
    const client = await anyClient()
    for (const delay of [0, 29_000, 31_000, DAY, 6 * DAY]) {
      // sent, answered, never received
      expect((await client.present()).__typename).toBe('RefreshSessionSuccess')
      use.app.clock.advance(delay)
      expect(await client.refresh()).toBe('RefreshSessionSuccess')
      expect(await client.currentSessionId()).toBe(client.sessionId)
    }
  })

  it('gives new tokens when it reverifies, and the old ones are worth nothing', async () => {
    const client = await anyClient()
    const old = client.copy()
    const proof = await client.reverify('UPDATE_PASSWORD')
    expect(client.sessionId).not.toBe(old.sessionId)
    expect(await old.currentSessionId()).toBeNull()
    expect(await old.refresh()).toBe('REPLACED')
    expect(await client.currentSessionId()).toBe(client.sessionId)
    const before = client.copy()
    const { data } = await client.send<{
      updatePassword: { session: { id: string }; tokens: typeof client.held }
    }>(
      `mutation ($input: UpdatePasswordInput!) { updatePassword(input: $input) { ... on Error { code } ... on UpdatePasswordSuccess {
        session { id } tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt } } } }`,
      { input: { newPassword: 'another horse battery', signOutEverywhere: false, verificationToken: proof } },
    )
    expect(data.updatePassword.session.id).toBe(client.sessionId)
    client.tokens = data.updatePassword.tokens
    expect(client.held.refreshToken).not.toBe(before.held.refreshToken)
    expect(await client.refresh()).toBe('RefreshSessionSuccess')
    // one generation further: the one before the new password is over
    expect(await before.refresh()).toBe('REFRESH_TOKEN_REUSED')
  })

  it('ends with everything else when its user signs out everywhere from a browser', async () => {
    const email = anyEmail()
    const client = await new TokenClient(use.app).signUp(email)
    const browser = new Browser(use.app)
    await browser.signIn(email)
    await browser.send({ query: 'mutation { revokeAllSessions { __typename } }' })
    expect(await client.currentSessionId()).toBeNull()
    expect(await client.refresh()).toBe('SIGNED_OUT_EVERYWHERE')
  })

  describe('beside a cookie', () => {
    it('counts before it, also if it is worth nothing', async () => {
      const browser = new Browser(use.app)
      await browser.signUp(anyEmail())
      const client = await anyClient()
      const query = '{ currentSession { id } }'
      const headers = { Authorization: `Bearer ${client.held.accessToken}` }
      const both = await browser.send({ query }, headers)
      expect(both.data).toEqual({ currentSession: { id: client.sessionId } })
      for (const worthless of ['Bearer garbage', 'Bearer', 'bearer\tgarbage']) {
        const { data } = await browser.send({ query }, { Authorization: worthless })
        expect(data, worthless).toEqual({ currentSession: null })
      }
      // and signing out ends what counted, and leaves the cookie where it is
      await browser.send({ query: 'mutation { signOut { __typename } }' }, headers)
      expect(await client.currentSessionId()).toBeNull()
      expect(await browser.currentSessionId()).not.toBeNull()
    })

    it('leaves the session of the cookie alone when it signs in; a cookie that is overwritten ends its own', async () => {
      const browser = new Browser(use.app)
      const email = anyEmail()
      const { session } = await browser.signUp(email)
      const { signIn } = await browser.run(SignInDocument, {
        input: { email, password: PASSWORD, transport: 'TOKEN' },
      })
      expect(signIn).toMatchObject({ tokens: { accessToken: expect.any(String) } })
      expect(await browser.currentSessionId()).toBe(session.id)
      const client = await anyClient()
      const old = browser.copy()
      const { headers } = await browser.send(
        {
          query: `mutation { signIn(input: { email: "${email}", password: "${PASSWORD}" }) { __typename } }`,
        },
        { Authorization: `Bearer ${client.held.accessToken}` },
      )
      expect(headers.getSetCookie()).toHaveLength(1)
      expect(await old.currentSessionId()).toBeNull()
      expect(await client.currentSessionId()).toBe(client.sessionId)
      await browser.run(SignOutDocument, {})
    })

    it('signs out what the operation has signed in, once, and leaves a cookie that lives where it is', async () => {
      const browser = new Browser(use.app)
      const { session } = await browser.signUp(anyEmail())
      const { refreshToken } = (await anyClient()).held
      const { data, headers } = await browser.send({
        query: `mutation ($refreshToken: String!) {
          refreshSession(input: { refreshToken: $refreshToken }) { __typename }
          first: signOut { ... on SignOutSuccess { session { endReason } } }
          second: signOut { ... on SignOutSuccess { session { endReason } } }
        }`,
        variables: { refreshToken },
      })
      expect(data).toEqual({
        refreshSession: { __typename: 'RefreshSessionSuccess' },
        first: { session: { endReason: 'SIGNED_OUT' } },
        second: { session: null },
      })
      expect(headers.getSetCookie()).toEqual([])
      expect(await browser.currentSessionId()).toBe(session.id)
    })

    it('signs out what the operation has refreshed, whatever became of the access token that came along', async () => {
      const client = await anyClient()
      const { data, errors } = await client.send(
        `mutation ($refreshToken: String!) {
          refreshSession(input: { refreshToken: $refreshToken }) { __typename }
          signOut { ... on SignOutSuccess { session { endReason } } }
        }`,
        { refreshToken: client.held.refreshToken },
        { Authorization: 'Bearer garbage' },
      )
      expect(errors).toBeUndefined()
      expect(data).toMatchObject({ signOut: { session: { endReason: 'SIGNED_OUT' } } })
      expect(await client.refresh()).toBe('SIGNED_OUT')
    })
  })

  describe('over a socket', () => {
    it('lives as long as the session, past the access token, and hears of its end', async () => {
      const client = await anyClient()
      using socket = await Socket.open(use.app.url, { accessToken: client.held.accessToken })
      await socket.expect('connection_ack')
      socket.subscribe('1', REVOKED)
      await socket.settled()
      use.app.clock.advance(DAY)
      socket.subscribe('2', '{ currentSession { id } }')
      expect(await socket.data()).toEqual({ currentSession: { id: client.sessionId } })
      await socket.expect('complete')
      expect(await client.refresh()).toBe('RefreshSessionSuccess')
      await client.send('mutation { signOut { __typename } }')
      expect(await socket.data()).toEqual({
        sessionRevoked: { sessionId: client.sessionId, reason: 'SIGNED_OUT' },
      })
      await socket.expect('complete')
      expect(await socket.closed()).toEqual({ code: 4401, reason: 'SIGNED_OUT' })
    })

    it('is told to come back with the next token if it comes with one past its time, unless the session is over', async () => {
      const client = await anyClient()
      const { accessToken } = client.held
      use.app.clock.advance(15 * MINUTE)
      using late = await Socket.open(use.app.url, { accessToken })
      expect(await late.closed()).toEqual({ code: 4403, reason: 'ACCESS_TOKEN_EXPIRED' })
      await client.refresh()
      await client.send('mutation { signOut { __typename } }')
      for (const token of [accessToken, client.held.accessToken]) {
        using over = await Socket.open(use.app.url, { accessToken: token })
        expect(await over.closed()).toEqual({ code: 4401, reason: 'SIGNED_OUT' })
      }
      using none = await Socket.open(use.app.url, { accessToken: 'garbage' })
      expect(await none.closed()).toEqual({ code: 4401, reason: 'NOT_SIGNED_IN' })
    })

    it('means its token and not the cookie that came along', async () => {
      const browser = new Browser(use.app)
      await browser.signUp(anyEmail())
      using socket = await Socket.open(use.app.url, { cookie: browser.cookie, accessToken: 'garbage' })
      expect(await socket.closed()).toEqual({ code: 4401, reason: 'NOT_SIGNED_IN' })
    })

    it('takes nothing but a text for a token: anything else is one that is worth nothing, and no trouble of ours', async () => {
      const browser = new Browser(use.app)
      await browser.signUp(anyEmail())
      const { accessToken } = (await anyClient()).held
      const odd = [null, 1, false, {}, [accessToken], { toString: 1, valueOf: 1 }].map((each) =>
        JSON.stringify(each),
      )
      const logged = use.app.logs.length
      for (const json of [...odd, '['.repeat(20_000) + ']'.repeat(20_000)]) {
        using socket = await Socket.open(use.app.url, { cookie: browser.cookie, init: false })
        socket.send(`{"type":"connection_init","payload":{"accessToken":${json}}}`)
        expect(await socket.closed()).toEqual({ code: 4401, reason: 'NOT_SIGNED_IN' })
      }
      expect(use.app.logs.slice(logged)).toEqual([])
    })

    it('is told to come back when its session is replaced', async () => {
      const client = await anyClient()
      using socket = await Socket.open(use.app.url, { accessToken: client.held.accessToken })
      await socket.expect('connection_ack')
      await client.reverify('DELETE_ACCOUNT')
      expect(await socket.closed()).toEqual({ code: 4403, reason: 'REPLACED' })
    })
  })

  it('subscribes over server-sent events', async () => {
    const client = await anyClient()
    const headers = { Authorization: `Bearer ${client.held.accessToken}` }
    await using stream = await EventSourceReader.open(use.app.url, null, REVOKED, {}, headers)
    await client.send('mutation { signOut { __typename } }')
    expect(JSON.parse((await stream.next())?.data ?? '')).toMatchObject({
      data: { sessionRevoked: { reason: 'SIGNED_OUT' } },
    })
    expect((await stream.next())?.event).toBe('complete')
  })
})
