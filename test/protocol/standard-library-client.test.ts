import { execFile } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { eq } from 'drizzle-orm'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { users } from '../../src/database/tables.ts'
import { startApp, TEST_SECRET } from '../kit/app.ts'
import { describeEachDatabase, describeOnPostgres } from '../kit/databases.ts'
import { type Use, useApp } from '../kit/use-app.ts'
import {
  CookieClient,
  type Ending,
  Fault,
  Refused,
  ResourceServer,
  type SessionRevoked,
  subscribe,
  TokenClient,
  type TokenClientOptions,
  TokenStore,
  TokenVerifier,
} from './standard-library-client.ts'

// What PROTOCOL.md says, tried by a client that was written from it alone.

const PASSWORD = 'correct horse battery'
const WINDOW = 30_000 // ms, of retries
const MINUTE = 60_000 // ms
const VIEWER = '{ viewer { email } }'
const SIGNED_OUT_HERE = 'subscription { sessionRevoked { id } }'

let people = 0
const somebody = (): string => `person-${++people}@example.com`

describeEachDatabase('a client of the standard library', (open) => {
  const use = useApp(open)
  const client = (options: Partial<TokenClientOptions> = {}): TokenClient =>
    new TokenClient({ url: use.app.url, ...options })
  const signedUp = async (options: Partial<TokenClientOptions> = {}) => {
    const me = client(options)
    const email = somebody()
    const sessionId = await me.signUp(email, PASSWORD)
    return { me, email, sessionId }
  }

  describe('refreshing', () => {
    test('rotated: both tokens are others, and the new ones are taken', async () => {
      const { me, email } = await signedUp()
      const first = held(me)
      const next = await me.refresh(first.accessToken)
      expect(next.refreshToken).not.toBe(first.refreshToken)
      expect(next.accessToken).not.toBe(first.accessToken)
      expect(me.store.read()).toEqual(next)
      expect(await me.query(VIEWER)).toEqual({ viewer: { email } })
    })

    test('retried: a response that was lost on its way comes again, with the same refresh token', async () => {
      const lines = lossy()
      const { me, email } = await signedUp({ fetch: lines.fetch })
      lines.lose(1)
      const next = await me.refresh(held(me).accessToken)
      expect(lines.refreshTokens()).toHaveLength(2)
      expect(lines.refreshTokens()[1]).toBe(lines.refreshTokens()[0])
      expect(next.refreshToken).toBe(lines.received().at(0)?.refreshToken)
      expect(next.accessToken).not.toBe(lines.received().at(0)?.accessToken)
      expect(await me.query(VIEWER)).toEqual({ viewer: { email } })
    })

    test('an attempt that hangs is aborted before the same token is sent again', async () => {
      let calls = 0
      const aborted: boolean[] = []
      const hangsOnce: typeof fetch = async (input, init) => {
        const response = await fetch(input, init)
        if (!isRefresh(init) || ++calls > 1) return response
        return new Promise((_, reject) => {
          init?.signal?.addEventListener('abort', () => {
            aborted.push(true)
            reject(init.signal?.reason)
          })
        })
      }
      const { me, email } = await signedUp({ fetch: hangsOnce, refreshTimeout: 300 })
      await me.refresh(held(me).accessToken)
      expect(aborted).toEqual([true])
      expect(await me.query(VIEWER)).toEqual({ viewer: { email } })
    })

    test('recovered: days later the same token still goes on, if nothing that came back was used', async () => {
      const lines = lossy()
      const { me, email } = await signedUp({ fetch: lines.fetch, refreshAttempts: 1 })
      const first = held(me)
      lines.lose(1)
      await expect(me.refresh(first.accessToken)).rejects.toThrow('lost')
      expect(me.store.read()).toEqual(first)

      use.app.clock.advance(2 * 24 * 60 * MINUTE)
      const next = await me.refresh(first.accessToken)
      expect(next.refreshToken).not.toBe(lines.received().at(0)?.refreshToken)
      expect(await me.query(VIEWER)).toEqual({ viewer: { email } })
    })

    test('many requests with an expired token make one refresh, whoever shares the store', async () => {
      const lines = lossy()
      const store = new TokenStore()
      const { me, email } = await signedUp({ fetch: lines.fetch, store })
      const tab = client({ fetch: lines.fetch, store })
      use.app.clock.advance(16 * MINUTE)
      const answers = await Promise.all([me, tab, me, tab, me].map((one) => one.query(VIEWER)))
      expect(answers).toEqual(answers.map(() => ({ viewer: { email } })))
      expect(lines.refreshTokens()).toHaveLength(1)
    })

    describe('reused: the session ends, and everyone connected is told', () => {
      /** Two generations: what was signed in with, and what came of refreshing, used or not. */
      const twoGenerations = async () => {
        const { me, email, sessionId } = await signedUp()
        const first = held(me)
        const second = await me.refresh(first.accessToken)
        return { me, email, sessionId, first, second }
      }

      test('the token before, after the window, though the one in force was used', async () => {
        const { me, first } = await twoGenerations()
        await me.query(VIEWER)
        use.app.clock.advance(WINDOW + 1_000)
        await expectReuse(holding(me, first), me)
      })

      test('an older one, at once', async () => {
        const { me, first, second } = await twoGenerations()
        await me.refresh(second.accessToken)
        await expectReuse(holding(me, first), me)
      })

      test('a displaced one', async () => {
        const { me, first, second } = await twoGenerations()
        use.app.clock.advance(WINDOW + 1_000)
        const owner = holding(me, first)
        await owner.refresh(first.accessToken)
        await expectReuse(holding(me, second), owner)
      })

      test('the access token of a displaced one', async () => {
        const { me, first, second } = await twoGenerations()
        use.app.clock.advance(WINDOW + 1_000)
        const owner = holding(me, first)
        const third = await owner.refresh(first.accessToken)
        await expectRefusal(holding(me, second).query(VIEWER), 'SESSION_ENDED', 'REFRESH_TOKEN_REUSED')
        await expectRefusal(owner.refresh(third.accessToken), 'SESSION_ENDED', 'REFRESH_TOKEN_REUSED')
      })

      test('a retry from another user agent', async () => {
        const { me, first } = await twoGenerations()
        await expectReuse(holding(me, first, { userAgent: 'somebody-else/1.0' }), me)
      })

      test('a recovery from another user agent', async () => {
        const { me, first } = await twoGenerations()
        use.app.clock.advance(WINDOW + 1_000)
        await expectReuse(holding(me, first, { userAgent: 'somebody-else/1.0' }), me)
      })

      test('the owner’s connection is told, then cut, and drops the tokens', async () => {
        const { me, email, sessionId, first } = await twoGenerations()
        const { ending, events } = await following(me, email)
        use.app.clock.advance(WINDOW + 1_000)
        const thief = holding(me, first)
        await expectRefusal(thief.refresh(first.accessToken), 'SESSION_ENDED', 'REFRESH_TOKEN_REUSED')
        expect(await ending).toEqual({ by: 'close', code: 4401, reason: 'REFRESH_TOKEN_REUSED' })
        expect(events.at(-1)).toMatchObject({ sessionId, reason: 'REFRESH_TOKEN_REUSED' })
        expect(me.store.read()).toBeNull()
      })
    })

    test('ended: says why, and drops the tokens', async () => {
      const { me } = await signedUp()
      const copy = holding(me, held(me))
      await me.signOut()
      await expectRefusal(copy.refresh(held(copy).accessToken), 'SESSION_ENDED', 'SIGNED_OUT')
      expect(copy.store.read()).toBeNull()
    })

    test('ended by time: the idle limit, which a refresh in the background does not move', async () => {
      const { me } = await signedUp()
      use.app.clock.advance(6 * 24 * 60 * MINUTE)
      await me.refresh(held(me).accessToken, true)
      use.app.clock.advance(2 * 24 * 60 * MINUTE)
      await expectRefusal(me.refresh(held(me).accessToken), 'SESSION_ENDED', 'IDLE_TIMEOUT')
    })

    test('what the server never wrote is no token', async () => {
      const { me } = await signedUp()
      const forged = { ...held(me), refreshToken: `${held(me).refreshToken.slice(0, -4)}AAAA` }
      const forger = holding(me, forged)
      await expectRefusal(forger.refresh(forged.accessToken), 'INVALID_TOKEN')
      expect(forger.store.read()).toBeNull()
      expect((await me.query(VIEWER))['viewer']).not.toBeNull()
    })

    test('what was stored meanwhile is neither overwritten nor dropped', async () => {
      const { me, email } = await signedUp()
      const first = held(me)
      const other = client()
      await other.signIn(email, PASSWORD)
      const late: typeof fetch = async (input, init) => {
        const response = await fetch(input, init)
        me.store.write(held(other)) // somebody else signs in while the response is on its way
        return response
      }
      await new TokenClient({ url: use.app.url, store: me.store, fetch: late }).refresh(first.accessToken)
      expect(me.store.read()).toEqual(held(other))
    })
  })

  describe('access tokens that are not taken', () => {
    test('an expired one is refreshed, and what was asked is asked again', async () => {
      const { me, email } = await signedUp()
      const first = held(me)
      use.app.clock.advance(16 * MINUTE)
      expect(await me.query(VIEWER)).toEqual({ viewer: { email } })
      expect(me.store.read()).not.toEqual(first)
    })

    test('the status is not 401: the challenge alone says that the token was not taken', async () => {
      const { me } = await signedUp()
      for (const Accept of ['application/json', 'application/graphql-response+json']) {
        const response = await fetch(new URL('/graphql', use.app.url), {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            Accept,
            Authorization: `Bearer ${held(me).accessToken}x`,
          },
          body: JSON.stringify({ query: VIEWER }),
        })
        expect(response.status).toBe(200)
        expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer error="invalid_token"/)
        expect(await response.json()).toEqual({ data: { viewer: null } })
      }
    })

    test('signing out with an expired one ends the session all the same', async () => {
      const { me } = await signedUp()
      const copy = holding(me, held(me))
      use.app.clock.advance(16 * MINUTE)
      await me.signOut()
      expect(me.store.read()).toBeNull()
      const refused = copy.refresh(held(copy).accessToken)
      // signing out refreshed first: the copy is an older token of a session that is over
      await expectRefusal(refused, 'SESSION_ENDED', 'SIGNED_OUT')
    })

    test('a client that holds nothing is nobody, and is told so', async () => {
      expect(await client().query(VIEWER)).toEqual({ viewer: null })
      await expect(client().mutate('revokeAllSessions', {}, 'revokedCount')).rejects.toThrow(Refused)
    })

    test('a fault carries its code', async () => {
      const { me } = await signedUp()
      const fault = await me.query('{ users { edges { node { id } } } }').catch((error: unknown) => error)
      expect(fault).toBeInstanceOf(Fault)
      expect((fault as Fault).code).toBe('FORBIDDEN')
    })
  })

  describe('step-up', () => {
    test('ending another session: refused, proved, done; the client goes on as the successor', async () => {
      const { me, email, sessionId } = await signedUp()
      const phone = client()
      const phoneId = await phone.signIn(email, PASSWORD)
      await me.prove(PASSWORD, 'revokeSession', { sessionId: phoneId }, 'session { id }')
      await expectRefusal(phone.query(VIEWER), 'SESSION_ENDED', 'REVOKED_BY_USER')
      const { currentSession } = (await me.query('{ currentSession { id } }')) as {
        currentSession: { id: string }
      }
      expect(currentSession.id).not.toBe(sessionId)
    })

    test('a new password gives the next tokens of the successor', async () => {
      const { me, email } = await signedUp()
      const first = held(me)
      await me.updatePassword(PASSWORD, 'another horse battery')
      expect(me.store.read()).not.toEqual(first)
      expect(await me.query(VIEWER)).toEqual({ viewer: { email } })
      await me.refresh(held(me).accessToken)
      await expectRefusal(client().signIn(email, PASSWORD), 'INVALID_CREDENTIALS')
      await client().signIn(email, 'another horse battery')
    })

    test('to a refresh that did not wait for a reverification the session is over', async () => {
      const { me } = await signedUp()
      const impatient = holding(me, held(me))
      await me.reverify(PASSWORD, 'DELETE_ACCOUNT')
      await expectRefusal(impatient.refresh(held(impatient).accessToken), 'SESSION_ENDED', 'REPLACED')
    })

    test('refreshing and reverifying at once sign nobody out', async () => {
      const { me, email } = await signedUp()
      await Promise.all([
        me.reverify(PASSWORD, 'DELETE_ACCOUNT'),
        me.refresh(held(me).accessToken),
        me.query(VIEWER),
      ])
      expect(await me.query(VIEWER)).toEqual({ viewer: { email } })
    })

    test('a connection of the session before is cut with 4403, and follows the successor', async () => {
      const { me, email } = await signedUp()
      const endings: Ending[] = []
      const events: SessionRevoked[] = []
      const reconnected = Promise.withResolvers<void>()
      const ending = me.follow({
        scope: 'MY_SESSIONS',
        after: await cursorOf(me),
        onEvent: (event) => events.push(event),
        onReconnect: (ending) => {
          endings.push(ending)
          reconnected.resolve()
        },
      })
      await me.reverify(PASSWORD, 'DELETE_ACCOUNT')
      await reconnected.promise
      expect(endings[0]).toEqual({ by: 'close', code: 4403, reason: 'REPLACED' })
      await client()
        .signIn(email, PASSWORD)
        .then(() => me.mutate('revokeAllSessions', {}, 'revokedCount'))
      expect(await ending).toEqual({ by: 'close', code: 4401, reason: 'SIGNED_OUT_EVERYWHERE' })
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
      expect(events.map(({ reason }) => reason)).toContain('REPLACED')
    })
  })

  describe('connections', () => {
    test('one that begins with an expired token is renewed and goes on', async () => {
      const { me } = await signedUp()
      use.app.clock.advance(16 * MINUTE)
      const renewed = Promise.withResolvers<Ending>()
      const ending = me.follow({ scope: 'THIS_SESSION', onEvent: () => {}, onReconnect: renewed.resolve })
      expect(await renewed.promise).toEqual({ by: 'close', code: 4403, reason: 'ACCESS_TOKEN_EXPIRED' })
      await me.mutate('revokeAllSessions', {}, 'revokedCount')
      expect(await ending).toMatchObject({ code: 4401 })
    })

    test('a fault of a subscription comes in a next, and of what it was given in an error', async () => {
      const { me } = await signedUp()
      const ask = (argument: string): Promise<Ending> => {
        const query = `subscription { sessionRevoked(${argument}) { id } }`
        return subscribe(use.app.url, held(me), { query, variables: {} }, { onNext: () => {} })
      }
      expect(await ask('scope: ALL')).toMatchObject({ by: 'error', code: 'FORBIDDEN', type: 'next' })
      expect(await ask('after: "no cursor"')).toMatchObject({ code: 'BAD_USER_INPUT', type: 'error' })
      expect(await ask('scope: NONE')).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED', type: 'error' })
    })

    test('without a token there is no session: 4401', async () => {
      const operation = { query: SIGNED_OUT_HERE, variables: {} }
      const ending = await subscribe(use.app.url, {}, operation, { onNext: () => {} })
      expect(ending).toEqual({ by: 'close', code: 4401, reason: 'NOT_SIGNED_IN' })
    })

    test('a token of a session that was replaced: 4403 for 30 seconds, then 4401 with the reason', async () => {
      const { me } = await signedUp()
      const { accessToken } = held(me)
      await me.reverify(PASSWORD, 'DELETE_ACCOUNT')
      const connect = (): Promise<Ending> =>
        subscribe(
          use.app.url,
          { accessToken },
          { query: SIGNED_OUT_HERE, variables: {} },
          { onNext: () => {} },
        )
      expect(await connect()).toEqual({ by: 'close', code: 4403, reason: 'REPLACED' })
      use.app.clock.advance(WINDOW + 1_000)
      expect(await connect()).toEqual({ by: 'close', code: 4401, reason: 'REPLACED' })
    })
  })

  describe('cookies', () => {
    test('signing in, being replaced by a reverification, and signing out', async () => {
      const me = new CookieClient(use.app.url)
      const email = somebody()
      await me.signUp(email, PASSWORD)
      expect(me.cookie).toMatch(/^__Host-curfew=cfs_/)
      expect(await me.query(VIEWER)).toEqual({ viewer: { email } })

      const old = Object.assign(new CookieClient(use.app.url), { cookie: me.cookie })
      await me.mutate(
        'reverify',
        { action: 'DELETE_ACCOUNT', factor: { password: PASSWORD } },
        'session { id }',
      )
      expect(me.cookie).not.toBe(old.cookie)
      expect(await old.query(VIEWER)).toEqual({ viewer: null })
      expect(await me.query(VIEWER)).toEqual({ viewer: { email } })

      await me.query('mutation { signOut { __typename } }')
      expect(me.cookie).toBeNull()
    })

    test('a stream without a session is told so in an event', async () => {
      const nobody = new CookieClient(use.app.url).listen(() => {})
      await expect(nobody).rejects.toMatchObject({ name: 'Fault', code: 'NOT_SIGNED_IN' })
    })

    test('a stream is told why its session ended, and completed', async () => {
      const me = new CookieClient(use.app.url)
      await me.signUp(somebody(), PASSWORD)
      const events: SessionRevoked[] = []
      const opened = Promise.withResolvers<void>()
      const completed = me.listen((event) => events.push(event), opened.resolve)
      await opened.promise
      await me.query('mutation { signOut { __typename } }')
      expect(await completed).toBe(true)
      expect(events).toMatchObject([{ reason: 'SIGNED_OUT' }])
    })
  })

  describe('a resource server', () => {
    const verifier = (load: typeof fetch = fetch): TokenVerifier =>
      new TokenVerifier({
        url: use.app.url,
        issuer: 'curfew',
        audience: 'curfew',
        fetch: load,
        now: () => use.app.clock.now().getTime(),
      })

    test('takes what was signed, by the ids that the API gives, until it expires', async () => {
      const { me, sessionId } = await signedUp()
      const { viewer } = (await me.query('{ viewer { id } }')) as { viewer: { id: string } }
      const server = verifier()
      expect(await server.verify(held(me).accessToken)).toMatchObject({
        sub: viewer.id,
        sid: sessionId,
        amr: ['pwd'],
        gen: 1,
      })
      use.app.clock.advance(15 * MINUTE + 6_000)
      expect(await server.verify(held(me).accessToken)).toBeNull()
    })

    test('refuses every token that is changed, for others, or signed by somebody else', async () => {
      const { me } = await signedUp()
      const { accessToken } = held(me)
      const [header = '', payload = '', signature = ''] = accessToken.split('.')
      const { privateKey } = generateKeyPairSync('ed25519')
      const foreign = sign(null, Buffer.from(`${header}.${payload}`), privateKey).toString('base64url')
      const changed = (part: string, change: object): string =>
        encode({ ...JSON.parse(Buffer.from(part, 'base64url').toString()), ...change })
      const server = verifier()
      for (const token of [
        '',
        'a.b.c',
        `${accessToken}.`,
        `${header}.${payload}.`,
        `${header}.${payload}.${foreign}`,
        `${header}.${changed(payload, { sub: 'another' })}.${signature}`,
        ...[{ typ: 'JWT' }, { alg: 'none' }, { alg: 'ES256' }, { alg: 'HS256' }, { kid: 'another' }].map(
          (change) => `${changed(header, change)}.${payload}.${signature}`,
        ),
        'x'.repeat(2_049),
      ])
        expect(await server.verify(token), token).toBeNull()
      const now = () => use.app.clock.now().getTime()
      const elsewhere = { url: use.app.url, now }
      const other = new TokenVerifier({ ...elsewhere, issuer: 'curfew', audience: 'another' })
      expect(await other.verify(accessToken)).toBeNull()
      const another = new TokenVerifier({ ...elsewhere, issuer: 'another', audience: 'curfew' })
      expect(await another.verify(accessToken)).toBeNull()
      const early = { issuer: 'curfew', audience: 'curfew', now: () => now() - MINUTE }
      expect(await new TokenVerifier({ ...elsewhere, ...early }).verify(accessToken)).toBeNull()
      expect(await server.verify(accessToken)).not.toBeNull()
    })

    test('loads the keys once for their max-age, and again for an unknown kid, though not for each', async () => {
      const loads: number[] = []
      const server = verifier(async (...call) => {
        const response = await fetch(...call)
        loads.push(response.status)
        return response
      })
      const { me } = await signedUp()
      const { accessToken } = held(me)
      await Promise.all([server.verify(accessToken), server.verify(accessToken)])
      await server.verify(accessToken)
      expect(loads).toEqual([200])

      const unknown = [
        encode({ typ: 'at+jwt', alg: 'EdDSA', kid: 'nobody' }),
        ...accessToken.split('.').slice(1),
      ]
      use.app.clock.advance(6_000)
      for (let i = 0; i < 5; i++) expect(await server.verify(unknown.join('.'))).toBeNull()
      expect(loads).toEqual([200, 304])
      use.app.clock.advance(5 * MINUTE)
      expect(await server.verify(accessToken)).not.toBeNull()
      expect(loads).toEqual([200, 304, 304])
    })

    test('learns by the subscription of an administrator that a session has ended', async () => {
      const { me: administrator, email } = await signedUp()
      await promote(use, email)
      const service = new ResourceServer(verifier())
      const told = Promise.withResolvers<void>()
      const stop = new AbortController()
      const { me, sessionId } = await signedUp()
      const ending = administrator.follow({
        scope: 'ALL',
        after: await cursorOf(administrator),
        signal: stop.signal,
        onEvent: (event) => {
          service.onEvent(event)
          if (event.sessionId === sessionId) told.resolve()
        },
      })
      const authorization = `Bearer ${held(me).accessToken}`
      expect(await service.authenticate(authorization)).toMatchObject({ sid: sessionId })
      await me.signOut()
      await told.promise
      expect(await service.authenticate(authorization)).toBeNull()
      stop.abort()
      expect(await ending).toMatchObject({ code: 1000 })
    })

    test('that begins without a cursor does not know what has ended before', async () => {
      const { me: administrator, email } = await signedUp()
      await promote(use, email)
      const after = await cursorOf(administrator)
      const { me, sessionId: ended } = await signedUp()
      const authorization = `Bearer ${held(me).accessToken}`
      const stop = new AbortController()
      const watching = me.follow({
        scope: 'THIS_SESSION',
        after: await cursorOf(me),
        signal: stop.signal,
        onEvent: () => {},
      })
      await me.signOut()
      // cut, and so the node has told all whom it had to tell by then
      await watching
      const service = new ResourceServer(verifier())
      const events: SessionRevoked[] = []
      const follow = (from: string | null) =>
        administrator.follow({
          scope: 'ALL',
          after: from,
          signal: stop.signal,
          onEvent: (event) => {
            service.onEvent(event)
            events.push(event)
          },
        })
      const late = follow(null)
      const another = client()
      await expect
        .poll(async () => {
          await another.signIn(email, PASSWORD).then(() => another.signOut())
          return events.length
        })
        .toBeGreaterThan(0)
      expect(events.map((event) => event.sessionId)).not.toContain(ended)
      expect(await service.authenticate(authorization)).not.toBeNull()
      const resumed = follow(after)
      await expect.poll(() => events.map((event) => event.sessionId)).toContain(ended)
      expect(await service.authenticate(authorization)).toBeNull()
      stop.abort()
      await Promise.all([late, resumed])
    })

    test('reverifies when the window of its administrator has closed before it reconnects', async () => {
      const { me: administrator, email } = await signedUp()
      await promote(use, email)
      use.app.clock.advance(31 * MINUTE)
      let reverified = 0
      const told = Promise.withResolvers<SessionRevoked>()
      const stop = new AbortController()
      const ending = administrator.follow({
        scope: 'ALL',
        after: await cursorOf(administrator),
        signal: stop.signal,
        onEvent: told.resolve,
        onVerificationRequired: async () => {
          reverified++
          await administrator.reverify(PASSWORD, 'ADMINISTER')
        },
      })
      const { me } = await signedUp()
      await me.signOut()
      await told.promise
      expect(reverified).toBe(1)
      stop.abort()
      await ending
    })
  })
})

describeEachDatabase('a client of the standard library, across restarts', (open) => {
  test('resumes behind its last event, and is told what it missed, once', async () => {
    await using database = await open()
    const before = await startApp(database)
    const asked = repeatEveryEvent()
    const me = new TokenClient({ url: before.url })
    const email = somebody()
    await me.signUp(email, PASSWORD)
    const events: SessionRevoked[] = []
    const cut = Promise.withResolvers<Ending>()
    const gate = Promise.withResolvers<void>()
    const stop = new AbortController()
    const ending = me.follow({
      scope: 'MY_SESSIONS',
      after: await cursorOf(me),
      signal: stop.signal,
      onEvent: (event) => events.push(event),
      onReconnect: (ending) => {
        cut.resolve(ending)
        return gate.promise
      },
    })
    const phone = new TokenClient({ url: before.url })
    await phone.signIn(email, PASSWORD)
    await phone.signOut()
    await expect.poll(() => events.length).toBe(1)

    await before[Symbol.asyncDispose]()
    expect(await cut.promise).toEqual({ by: 'close', code: 1001, reason: 'GOING_AWAY' })
    await using after = await startApp(database, { environment: { PORT: new URL(before.url).port } })
    expect(after.url).toBe(before.url)
    await phone.signIn(email, PASSWORD)
    await phone.signOut()
    gate.resolve()
    await expect.poll(() => events.length).toBe(2)
    expect(new Set(events.map(({ id }) => id)).size).toBe(2)
    expect(asked.at(-1)).toBe(events[0]?.cursor)
    stop.abort()
    await ending
  })

  test('loads its state again when the log does not reach back to its cursor', async () => {
    await using database = await open()
    await using app = await startApp(database, { environment: { EVENT_RETENTION: '1h' } })
    const me = new TokenClient({ url: app.url })
    const email = somebody()
    await me.signUp(email, PASSWORD)
    const old = await cursorOf(me)
    app.clock.advance(2 * 60 * MINUTE)
    let loads = 0
    const told = Promise.withResolvers<SessionRevoked>()
    const stop = new AbortController()
    const ending = me.follow({
      scope: 'MY_SESSIONS',
      after: old,
      signal: stop.signal,
      onEvent: told.resolve,
      onCursorExpired: async () => {
        loads++
        return cursorOf(me)
      },
    })
    await expect.poll(() => loads).toBeGreaterThan(0)
    const phone = new TokenClient({ url: app.url })
    await phone.signIn(email, PASSWORD)
    await phone.signOut()
    // it may have to load twice: the node's own reader of the log was away as long, and says so when it notices
    expect((await told.promise).reason).toBe('SIGNED_OUT')
    stop.abort()
    await ending
  })

  test('comes back to a node that was full', async () => {
    await using database = await open()
    await using app = await startApp(database, { environment: { MAX_CONNECTIONS: '1' } })
    const [first, second] = [new TokenClient({ url: app.url }), new TokenClient({ url: app.url })]
    const email = somebody()
    await first.signUp(email, PASSWORD)
    await second.signUp(somebody(), PASSWORD)
    const stop = new AbortController()
    const { ending: left } = await following(first, email, stop.signal)

    const refused: Ending[] = []
    const told: SessionRevoked[] = []
    const ending = second.follow({
      scope: 'THIS_SESSION',
      after: await cursorOf(second),
      onEvent: (event) => told.push(event),
      onReconnect: (ending) => {
        refused.push(ending)
        stop.abort() // the other one makes room
      },
    })
    await left
    await second.mutate('revokeAllSessions', {}, 'revokedCount')
    expect(await ending).toMatchObject({ code: 4401 })
    expect(refused[0]).toEqual({ by: 'close', code: 1013, reason: 'SERVER_BUSY' })
  })

  test('stops where it has too many connections already', async () => {
    await using database = await open()
    await using app = await startApp(database, { environment: { MAX_CONNECTIONS_PER_SESSION: '1' } })
    const me = new TokenClient({ url: app.url })
    const email = somebody()
    await me.signUp(email, PASSWORD)
    const stop = new AbortController()
    const { ending: left } = await following(me, email, stop.signal)
    const ending = await me.follow({ scope: 'MY_SESSIONS', onEvent: () => {} })
    expect(ending).toEqual({ by: 'close', code: 4429, reason: 'TOO_MANY_CONNECTIONS' })
    stop.abort()
    await left
  })
})

describeEachDatabase('a resource server of the standard library, across keys', (open) => {
  test('goes on through a rotation and another algorithm, with tokens of both keys', async () => {
    await using database = await open()
    const before = await startApp(database)
    const clock = before.clock
    const me = new TokenClient({ url: before.url })
    await me.signUp(somebody(), PASSWORD)
    const verifier = new TokenVerifier({
      url: before.url,
      issuer: 'curfew',
      audience: 'curfew',
      now: () => clock.now().getTime(),
    })
    expect(await verifier.verify(held(me).accessToken)).not.toBeNull()
    expect(headerOf(held(me).accessToken)).toMatchObject({ alg: 'EdDSA' })
    await before[Symbol.asyncDispose]()

    const environment = { PORT: new URL(before.url).port, SIGNING_ALGORITHM: 'ES256' }
    await using _after = await startApp(database, { environment, clock })
    const early = await me.refresh(held(me).accessToken)
    expect(headerOf(early.accessToken)).toMatchObject({ alg: 'EdDSA' }) // published, and not yet in use
    clock.advance(11 * MINUTE)
    const late = await me.refresh(early.accessToken)
    expect(headerOf(late.accessToken)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    expect(await verifier.verify(late.accessToken)).toMatchObject({ gen: 3 })
    expect(await verifier.verify(early.accessToken)).toMatchObject({ gen: 2 })
    const [header, payload, signature = ''] = late.accessToken.split('.')
    const bytes = Buffer.from(signature, 'base64url')
    bytes.writeUInt8(bytes.readUInt8(7) ^ 1, 7)
    expect(await verifier.verify(`${header}.${payload}.${bytes.toString('base64url')}`)).toBeNull()
  })
})

describeOnPostgres('a client of the standard library, when a key has leaked', (open) => {
  test('refreshes, and the resource server finds the new key and forgets the old one', async () => {
    await using database = await open()
    await using app = await startApp(database)
    const me = new TokenClient({ url: app.url })
    const email = somebody()
    await me.signUp(email, PASSWORD)
    const verifier = new TokenVerifier({
      url: app.url,
      issuer: 'curfew',
      audience: 'curfew',
      now: () => app.clock.now().getTime(),
    })
    const leaked = held(me)
    expect(await verifier.verify(leaked.accessToken)).not.toBeNull()

    const env = { ...process.env, DATABASE_URL: String(database.postgres?.url), CURFEW_SECRET: TEST_SECRET }
    await promisify(execFile)('bin/curfew', ['keys', 'rotate', '--now'], { env })
    app.clock.advance(16_000) // by when every node has seen it
    await expect
      .poll(async () => (await me.query(VIEWER)) && held(me).accessToken !== leaked.accessToken)
      .toBe(true)
    expect(await me.query(VIEWER)).toEqual({ viewer: { email } })
    expect(await verifier.verify(held(me).accessToken)).not.toBeNull()
    expect(await verifier.verify(leaked.accessToken)).toBeNull()
  })
})

/** The tokens of a client that has some. */
function held(client: TokenClient) {
  const tokens = client.store.read()
  if (!tokens) throw new Error('the client holds no tokens')
  return tokens
}

/** Somebody who holds copies of tokens, apart from the client that they were copied from. */
function holding(
  client: TokenClient,
  tokens: ReturnType<typeof held>,
  options: Partial<TokenClientOptions> = {},
): TokenClient {
  const store = new TokenStore()
  store.write(tokens)
  return new TokenClient({ url: client.url, ...options, store })
}

async function expectRefusal(work: Promise<unknown>, code: string, reason?: string): Promise<void> {
  const error = await work.then(
    () => null,
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(Refused)
  expect(error).toMatchObject(reason ? { code, reason } : { code })
  expect((error as Refused).message).not.toBe('')
}

/** Expects that a refresh is a reuse, and that the session is over for the other holder too. */
async function expectReuse(refreshing: TokenClient, other: TokenClient): Promise<void> {
  const reused = refreshing.refresh(held(refreshing).accessToken)
  await expectRefusal(reused, 'SESSION_ENDED', 'REFRESH_TOKEN_REUSED')
  expect(refreshing.store.read()).toBeNull()
  await expectRefusal(other.query(VIEWER), 'SESSION_ENDED', 'REFRESH_TOKEN_REUSED')
  expect(other.store.read()).toBeNull()
}

/** A client that follows all of its sessions, and has been told of one end already. */
async function following(client: TokenClient, email: string, signal?: AbortSignal) {
  const events: SessionRevoked[] = []
  const ending = client.follow({
    scope: 'MY_SESSIONS',
    after: await cursorOf(client),
    onEvent: (event) => events.push(event),
    ...(signal ? { signal } : {}),
  })
  const phone = new TokenClient({ url: client.url })
  await phone.signIn(email, PASSWORD)
  await phone.signOut()
  await expect.poll(() => events.length).toBe(1)
  return { ending, events }
}

async function cursorOf(client: TokenClient): Promise<string> {
  return String((await client.query('{ eventCursor }'))['eventCursor'])
}

/** Real connections that deliver each event twice. Gives the cursors that subscriptions were asked for with. */
function repeatEveryEvent(): (string | null)[] {
  const cursors: (string | null)[] = []
  class Repeating extends WebSocket {
    override send(text: string): void {
      const message = JSON.parse(text)
      if (message.type === 'subscribe') cursors.push(message.payload.variables.after)
      super.send(text)
    }

    override addEventListener(type: string, listener: EventListenerOrEventListenerObject): void {
      super.addEventListener(type, listener)
      if (type !== 'message' || typeof listener !== 'function') return
      super.addEventListener(type, (event) => {
        if (JSON.parse((event as MessageEvent).data).type === 'next') listener(event)
      })
    }
  }
  vi.stubGlobal('WebSocket', Repeating)
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
  return cursors
}

async function promote({ database }: Use, email: string): Promise<void> {
  await database.database.queries
    .update(users)
    .set({ roles: ['ADMINISTRATOR'] })
    .where(eq(users.email, email))
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const headerOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())

function isRefresh(init: RequestInit | undefined): boolean {
  return String(init?.body).includes('refreshSession')
}

/** A network that loses responses of refreshes on their way, after the server has answered. */
function lossy() {
  let losing = 0
  const sent: string[] = []
  const received: { accessToken: string; refreshToken: string }[] = []
  const lossyFetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (!isRefresh(init)) return response
    sent.push(JSON.parse(String(init?.body)).variables.input.refreshToken)
    const answer = await response.clone().json()
    received.push(answer.data.refreshSession.tokens)
    if (losing === 0) return response
    losing--
    throw new Error('the response was lost')
  }
  return {
    fetch: lossyFetch,
    lose: (count: number) => {
      losing = count
    },
    refreshTokens: () => sent,
    received: () => received,
  }
}
