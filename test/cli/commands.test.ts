import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeOnRedis } from '../kit/installed.ts'
import { createDatabase, dropDatabase } from '../kit/postgres-server.ts'
import { startRedis } from '../kit/redis-server.ts'
import { Socket } from '../kit/socket.ts'
import { type Curfew, curfew, curfewJson, type Environment, serve, temporaryFolder } from './curfew.ts'

interface SessionJson {
  readonly id: string
  readonly user: { readonly id: string; readonly email: string }
  readonly state: string
  readonly endReason: string | null
  readonly network: string | null
  readonly device: { readonly kind: string }
}
interface List {
  readonly sessions: readonly SessionJson[]
  readonly hasMore: boolean
}

/** Where a command finds its server, and how the test reaches it. */
interface Place extends AsyncDisposable {
  readonly environment: Environment
  /** Of the server that runs there. */
  readonly url: string
}

/** In detail on one of them: the operations are the same, what differs is the way to them. */
const places: readonly { name: string; detail: boolean; open: (() => Promise<Place>) | null }[] = [
  { name: 'beside a running server with the embedded database', detail: true, open: openEmbedded },
  {
    name: 'on PostgreSQL, beside a running node',
    detail: false,
    open: inject('postgresUrl') === null ? null : openPostgres,
  },
]

async function openEmbedded(): Promise<Place> {
  const folder = await temporaryFolder()
  const environment = { CURFEW_DATA_DIR: join(folder.path, 'data') }
  const { server, url } = await serve(environment)
  return {
    environment,
    url,
    [Symbol.asyncDispose]: async () => {
      await stop(server)
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function openPostgres(): Promise<Place> {
  const folder = await temporaryFolder()
  const postgres = inject('postgresUrl') ?? ''
  const name = `${inject('postgresPrefix')}${randomBytes(6).toString('hex')}`
  const environment = {
    DATABASE_URL: await createDatabase(postgres, name),
    CURFEW_DATA_DIR: join(folder.path, 'data'),
  }
  const { server, url } = await serve(environment)
  return {
    environment,
    url,
    [Symbol.asyncDispose]: async () => {
      await stop(server)
      await dropDatabase(postgres, name)
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function stop(server: Curfew): Promise<void> {
  server.kill('SIGTERM')
  expect(await server.ended).toMatchObject({ code: 0 })
}

describe.each(places.filter(({ open }) => open !== null))(
  'commands $name',
  { timeout: 60_000 },
  ({ detail, open }) => {
    let place: Place
    /** What is the same wherever the database is, is tested where that takes least. */
    const inDetail = (name: string, test: () => Promise<void>): void => {
      if (detail) it(name, { timeout: 120_000 }, test)
    }
    beforeAll(async () => {
      place = (await open?.()) as Place
    }, 90_000)
    afterAll(() => place[Symbol.asyncDispose]())

    const list = (...args: string[]): Promise<List> =>
      curfewJson(['session', 'list', ...args], place.environment)

    /** Signs up in a browser; the id is the API's. */
    async function signUp(): Promise<{ email: string; sessionId: string; browser: Browser }> {
      const email = anyEmail()
      const browser = new Browser(place)
      const { session } = await browser.signUp(email)
      return { email, sessionId: session.id, browser }
    }

    it('create an account whose printed password signs in, once only under one address', async () => {
      const email = anyEmail()
      const created = await curfew(['user', 'create', email, '--admin'], place.environment)
      expect(created).toMatchObject({ code: 0, stderr: '' })
      expect(created.stdout).toContain(`Created ${email}, an administrator.`)
      const password = /Password {2}(\S+)/.exec(created.stdout)?.[1] ?? ''
      expect(password).toMatch(/^([a-z2-9]{6}-){3}[a-z2-9]{6}$/)
      await new Browser(place).signIn(email, password)

      const again = await curfew(['user', 'create', email.toUpperCase()], place.environment)
      expect(again).toMatchObject({ code: 1, stdout: '' })
      expect(again.stderr).toMatch(/^email: there is an account for .* already\.\n$/)
    })

    inDetail('create an account with a password from standard input, which is not printed', async () => {
      const email = anyEmail()
      const password = 'a password of mine'
      const args = ['user', 'create', email, '--password-stdin', '--json']
      const created = await curfew(args, place.environment, { input: `${password}\n` })
      expect(JSON.parse(created.stdout)).toEqual({
        user: {
          id: expect.any(String),
          email,
          roles: [],
          createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
          disabledAt: null,
        },
        password: null,
      })
      await new Browser(place).signIn(email, password)
      const weak = await curfew(['user', 'create', anyEmail(), '--password-stdin'], place.environment, {
        input: 'short\n',
      })
      expect(weak).toMatchObject({ code: 1, stdout: '' })
      expect(weak.stderr).toMatch(/^password: The password is too short/)
    })

    it('list sessions under the ids of the API, and say so when there are none', async () => {
      const { email, sessionId } = await signUp()
      const { sessions, hasMore } = await list('--user', email)
      expect(hasMore).toBe(false)
      expect(sessions).toEqual([
        {
          id: sessionId,
          user: { id: expect.any(String), email },
          state: 'ACTIVE',
          device: expect.objectContaining({ label: expect.any(String), kind: expect.any(String) }),
          network: expect.any(String),
          createdAt: expect.any(String),
          lastActiveAt: expect.any(String),
          idleExpiresAt: expect.any(String),
          expiresAt: expect.any(String),
          endedAt: null,
          endReason: null,
        },
      ])
      expect((await list('--user', sessions[0]?.user.id ?? '')).sessions).toEqual(sessions)
      const { stdout } = await curfew(['session', 'list', '--user', email], place.environment)
      const [titles, row, id] = stdout.split('\n')
      expect(titles).toMatch(/^USER +DEVICE +ACTIVE +STATE$/)
      expect(row).toContain(email)
      expect(id?.trim()).toBe(sessionId)
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
      const ended = await curfew(['session', 'list', '--user', email, '--state', 'ended'], place.environment)
      expect(ended).toMatchObject({ code: 0, stdout: `${email} has no sessions that have ended.\n` })
    })

    inDetail('list no more than the limit, the newest first, and say that there are more', async () => {
      const [, newer] = [await signUp(), await signUp()]
      const { sessions, hasMore } = await list('--limit', '1')
      expect(sessions.map(({ id }) => id)).toEqual([newer.sessionId])
      expect(hasMore).toBe(true)
      const { stderr } = await curfew(['session', 'list', '--limit', '1'], place.environment)
      expect(stderr).toContain('--limit 5 shows more')
    })

    it('end a session by the id of the API or by the bare one, once', async () => {
      for (const form of ['global', 'bare']) {
        const { email, sessionId } = await signUp()
        const bare = Buffer.from(sessionId, 'base64url').toString().replace('Session:', '')
        const args = ['session', 'revoke', form === 'bare' ? bare : sessionId]
        const { session } = await curfewJson<{ session: SessionJson }>(args, place.environment)
        expect(session).toMatchObject({
          id: sessionId,
          user: { email },
          state: 'ENDED',
          endReason: 'REVOKED_BY_ADMINISTRATOR',
        })
        expect((await list('--user', email, '--state', 'ended')).sessions).toMatchObject([{ id: sessionId }])
        const again = await curfew(args, place.environment)
        expect(again).toMatchObject({ code: 1, stdout: '' })
        expect(again.stderr).toMatch(/^session-id: no live session has this id;.*\n$/)
      }
    })

    inDetail('disable an account, which ends its sessions', async () => {
      const { email, sessionId } = await signUp()
      const result = await curfewJson<{ revokedCount: number }>(['user', 'disable', email], place.environment)
      expect(result).toMatchObject({ user: { email, disabledAt: expect.any(String) }, revokedCount: 1 })
      expect((await list('--user', email, '--state', 'all')).sessions).toMatchObject([
        { id: sessionId, endReason: 'ACCOUNT_DISABLED' },
      ])
      await expect(new Browser(place).signIn(email)).rejects.toThrow('INVALID_CREDENTIALS')
      const again = await curfew(['user', 'disable', email], place.environment)
      expect(again).toMatchObject({ code: 1, stderr: `user: ${email} is disabled already.\n` })

      const enabled = await curfew(['user', 'enable', email], place.environment)
      expect(enabled).toMatchObject({ code: 0, stdout: `Enabled ${email}.\n`, stderr: '' })
      expect((await list('--user', email)).sessions).toEqual([])
      await new Browser(place).signIn(email)
      const twice = await curfew(['user', 'enable', email], place.environment)
      expect(twice).toMatchObject({ code: 1, stdout: '', stderr: `user: ${email} is not disabled.\n` })
    })

    it('list accounts, newest first, and those whose address begins so', async () => {
      const [older, newer] = [await signUp(), await signUp()]
      await curfewJson(['user', 'disable', older.email], place.environment)
      const prefix = newer.email.slice(0, newer.email.lastIndexOf('-') + 1).toUpperCase()
      const listed = async (...args: string[]) => {
        const answer = await curfewJson<{
          users: readonly { id: string; email: string }[]
          hasMore: boolean
        }>(['user', 'list', ...args], place.environment)
        return { emails: answer.users.map(({ email }) => email), hasMore: answer.hasMore }
      }
      expect(await listed('--limit', '2')).toEqual({ emails: [newer.email, older.email], hasMore: true })
      expect((await listed('--search', prefix, '--limit', '2')).emails).toEqual([newer.email, older.email])
      expect(await listed('--search', older.email)).toEqual({ emails: [older.email], hasMore: false })
      const { stdout } = await curfew(['user', 'list', '--limit', '2'], place.environment)
      const [titles, , , row, id] = stdout.split('\n')
      expect(titles).toMatch(/^USER +ROLE +CREATED +STATE$/)
      expect(row).toMatch(new RegExp(`^${older.email} +– +just now +disabled$`))
      expect(Buffer.from(id?.trim() ?? '', 'base64url').toString()).toMatch(/^User:/)
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
      const none = await curfew(['user', 'list', '--search', 'nobody@'], place.environment)
      expect(none).toMatchObject({ code: 0, stdout: 'No address begins with "nobody@".\n' })
    })

    inDetail('refuse what is not an address, an id or an account, in one sentence', async () => {
      for (const [args, sentence] of [
        [['user', 'create', 'nobody'], /^email: "nobody" is not an e-mail address; write it as .*\.\n$/],
        [
          ['user', 'disable', 'nobody@example.com'],
          /^user: there is no account for "nobody@example.com"; .*\n$/,
        ],
        [['session', 'list', '--user', 'x'], /^user: there is no account for "x"; .*\n$/],
        [['session', 'revoke', 'x'], /^session-id: "x" is not the id of a session; .*\n$/],
      ] as const) {
        const { code, stdout, stderr } = await curfew(args, place.environment)
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
        expect(stderr).toMatch(sentence)
      }
    })

    inDetail('find the newest schema in place', async () => {
      expect(await curfewJson(['migrate'], place.environment)).toEqual({ appliedMigrations: 0 })
    })

    it('end the sessions that fit, and say how many they were', async () => {
      const [one, other] = [await signUp(), await signUp()]
      const revoke = (...args: string[]) =>
        curfew(['session', 'revoke-matching', ...args, '--reason', 'a test'], place.environment)
      const ended = await revoke(
        '--user',
        one.email,
        '--transport',
        'cookie',
        '--created-after',
        '2020-01-01',
      )
      expect(ended).toMatchObject({ code: 0, stdout: 'Ended 1 session.\n', stderr: '' })
      expect(await one.browser.currentSessionId()).toBeNull()
      expect(await other.browser.currentSessionId()).toBe(other.sessionId)
      const none = ['--user', other.email, '--created-before', '2020-01-01T00:00:00+02:00', '--json']
      expect(JSON.parse((await revoke(...none)).stdout)).toEqual({ revokedCount: 0 })
      for (const [args, sentence] of [
        [[], /^sessions: say which ones to end; `curfew session revoke-all` .*\.\n$/],
        [['--network', 'here'], /^network: "here" is none; .*\.\n$/],
      ] as const) {
        const refused = await revoke(...args)
        expect(refused).toMatchObject({ code: 1, stdout: '' })
        expect(refused.stderr).toMatch(sentence)
      }
      expect(await other.browser.currentSessionId()).toBe(other.sessionId)
    })

    inDetail('list the sessions that fit every option, and none as soon as one does not', async () => {
      const { email, sessionId } = await signUp()
      const [session] = (await list('--user', email)).sessions
      const [past, future] = ['2020-01-01', '2100-01-01T00:00:00+02:00']
      const fitting = [
        ['--search', email.slice(0, -4).toUpperCase()],
        ['--created-after', past],
        ['--created-before', future],
        ['--last-active-after', past],
        ['--last-active-before', future],
        ['--device', session?.device.kind.toLowerCase() ?? ''],
        ['--transport', 'cookie'],
        ...(session?.network ? [['--network', session.network]] : []),
      ]
      expect((await list(...fitting.flat())).sessions.map(({ id }) => id)).toEqual([sessionId])
      for (const contrary of [
        ['--search', `${email}x`],
        ['--created-after', future],
        ['--created-before', past],
        ['--last-active-after', future],
        ['--last-active-before', past],
        ['--device', 'tv'],
        ['--transport', 'token'],
        ['--network', '203.0.113.7'],
        ['--country', 'is'],
        ['--browser', 'Vivaldi'],
        ['--system', 'Haiku'],
        ['--flagged'],
        ['--ended-after', past],
        ['--end-reason', 'signed-out', 'anomaly'],
      ])
        expect([contrary, (await list('--user', email, ...contrary)).sessions]).toEqual([contrary, []])
    })

    it('end everyone’s sessions at once: sockets are told why, and closed', async () => {
      const { browser } = await signUp()
      using socket = await Socket.subscribed(
        place.url,
        browser.cookie,
        'subscription { sessionRevoked { reason actor { kind sessionId } } }',
      )
      const reasonless = await curfew(['session', 'revoke-all', '--reason', ' '], place.environment)
      expect(reasonless).toMatchObject({ code: 1, stderr: 'reason: say why, in 1 to 200 characters.\n' })
      const ended = await curfew(['session', 'revoke-all', '--reason', 'a test'], place.environment)
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      expect(ended.stdout).toMatch(/^Ended everyone's sessions\. Those that began before \S+Z are over\.\n$/)
      expect(await socket.data()).toEqual({
        sessionRevoked: {
          reason: 'REVOKED_BY_ADMINISTRATOR',
          actor: { kind: 'ADMINISTRATOR', sessionId: null },
        },
      })
      await socket.expect('complete')
      expect(await socket.closed()).toEqual({ code: 4401, reason: 'REVOKED_BY_ADMINISTRATOR' })
      expect(await browser.currentSessionId()).toBeNull()
      expect((await list()).sessions).toEqual([])
    })

    it('push: a socket of the session is told why, and closed', async () => {
      const { browser, sessionId } = await signUp()
      using socket = await Socket.subscribed(
        place.url,
        browser.cookie,
        'subscription { sessionRevoked { reason actor { kind } } }',
      )
      await curfewJson(['session', 'revoke', sessionId], place.environment)
      expect(await socket.data()).toEqual({
        sessionRevoked: { reason: 'REVOKED_BY_ADMINISTRATOR', actor: { kind: 'ADMINISTRATOR' } },
      })
      await socket.expect('complete')
      expect(await socket.closed()).toEqual({ code: 4401, reason: 'REVOKED_BY_ADMINISTRATOR' })
      expect(await browser.currentSessionId()).toBeNull()
    })
  },
)

it('work on the embedded database when no server runs, and the next server knows of it', async () => {
  await using folder = await temporaryFolder()
  const environment = { CURFEW_DATA_DIR: join(folder.path, 'data') }
  const email = anyEmail()
  const args = ['user', 'create', email, '--admin']
  const { password } = await curfewJson<{ password: string }>(args, environment)
  const first = await serve(environment)
  expect(first.server.stdout).not.toContain('Administrator created')
  const browser = new Browser(first)
  const { session } = await browser.signIn(email, password)
  await stop(first.server)
  const { sessions } = await curfewJson<List>(['session', 'list', '--user', email], environment)
  expect(sessions).toMatchObject([{ id: session.id, state: 'ACTIVE' }])
  await curfewJson(['session', 'revoke', session.id], environment)
  const second = await serve(environment)
  const later = new Browser(second)
  later.cookie = browser.cookie
  expect(await later.currentSessionId()).toBeNull()
  await stop(second.server)
}, 90_000)

describeOnRedis('beside a Redis that does not let them in', () => {
  it.runIf(inject('postgresUrl') !== null)('end and say so, and keep no connection open', async () => {
    await using redis = await startRedis({ password: 'right' })
    await using place = await openPostgres()
    const url = new URL(redis.url)
    url.password = 'wrong'
    const { code, stderr } = await curfew(['session', 'list'], { ...place.environment, REDIS_URL: url.href })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^REDIS_URL: Redis does not let us in/)
  })
})

it('wait for one another on the embedded database', async () => {
  await using folder = await temporaryFolder()
  const environment = { CURFEW_DATA_DIR: join(folder.path, 'data') }
  await curfewJson(['migrate'], environment)
  const emails = [anyEmail(), anyEmail(), anyEmail()]
  const created = await Promise.all(emails.map((email) => curfew(['user', 'create', email], environment)))
  expect(created.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    emails.map(() => ({ code: 0, stderr: '' })),
  )
}, 90_000)
