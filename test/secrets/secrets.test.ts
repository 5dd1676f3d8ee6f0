import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf } from '../../src/database/database.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { deriveKey, newSecret } from '../../src/kernel/secret.ts'
import { sealedOf } from '../../src/tokens/key-pair.ts'
import { readKeys } from '../../src/tokens/key-rows.ts'
import { keySeal } from '../../src/tokens/key-seal.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'
import { databaseKinds } from '../kit/databases.ts'
import { Socket } from '../kit/socket.ts'
import { type DumpedDatabase, openDumped } from './dump.ts'
import {
  bytesIn,
  forgeAccessToken,
  forgeCookie,
  forgeRefreshToken,
  type SessionRow,
  trickedAccessTokens,
} from './forger.ts'
import { findSecrets, formsOf } from './needles.ts'
import { Secrets, Talker } from './traffic.ts'

const MASTER_SECRET = 'the first master secret of this test, of more than 32 bytes'
const NEXT_MASTER_SECRET = 'another master secret of this test, of more than 32 bytes'
const [NEW_PASSWORD, WRONG_PASSWORD] = ['another horse battery', 'a wrong horse battery']
const PURPOSES = ['refresh-tokens', 'signing-keys', 'signing-keys-name', 'attempts']

/** The tables on whose errors requests fail one after the other. */
const TABLES = ['attempts', 'users', 'sessions', 'verifications', 'events']

describe('the search', () => {
  it('finds a secret in each of its forms, wherever it stands', () => {
    const secret = fc.oneof(
      fc.constant(null).map(() => newSecret()),
      fc.string({ minLength: 12 }),
      fc.uint8Array({ minLength: 16, maxLength: 64 }),
    )
    const around = fc.uint8Array({ maxLength: 40 })
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        const whole = Buffer.concat([before, Buffer.from(value), after])
        const inside = [whole, whole.toString('hex'), whole.toString('base64'), whole.toString('base64url')]
        const alone = formsOf({ name: 'it', value }).map((form) => Buffer.concat([before, form, after]))
        for (const haystack of [...inside.map((each) => Buffer.from(each)), ...alone])
          expect(findSecrets(haystack, [{ name: 'it', value }])).toEqual(['it'])
      }),
    )
  })

  it('finds nothing else', () => {
    const secrets = Array.from({ length: 50 }, (_, index) => ({ name: `${index}`, value: newSecret() }))
    const haystack = Buffer.from(Array.from({ length: 2_000 }, newSecret).join(' '))
    expect(findSecrets(haystack, secrets)).toEqual([])
  })
})

/**
 * A busy time, and then a look at everything that was written down: the rows, the dump, the files, and the log at its most
 * talkative.
 */
describe.each(databaseKinds())('after everything that can happen (%s)', (kind) => {
  const secrets = new Secrets()
  const logs: string[] = []
  let database: DumpedDatabase
  let app: TestApp
  let dump: Buffer

  beforeAll(async () => {
    database = await openDumped(kind)
    for (const password of [PASSWORD, NEW_PASSWORD, WRONG_PASSWORD]) secrets.note('password', password)
    for (const master of [MASTER_SECRET, NEXT_MASTER_SECRET]) {
      secrets.note('master secret', master)
      for (const purpose of PURPOSES) secrets.note(`key for ${purpose}`, deriveKey(master, purpose))
    }
    const first = await startApp(database, { secrets: { current: MASTER_SECRET, previous: null } })
    await beBusy(first, database, secrets)
    await first[Symbol.asyncDispose]()
    logs.push(...first.logs)
    const clock = first.clock
    app = await startApp(database, {
      clock,
      secrets: { current: NEXT_MASTER_SECRET, previous: MASTER_SECRET },
    })
    await beBusy(app, database, secrets)
    dump = await database.dump()
  }, 120_000)

  afterAll(async () => {
    await app?.[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  it('every kind of secret was about, and much was written down', () => {
    const kinds = new Set(secrets.all.map(({ name }) => name.replace(/ \d+$/, '')))
    expect([...kinds].sort()).toEqual(
      [
        ...PURPOSES.map((purpose) => `key for ${purpose}`),
        'access token',
        'master secret',
        'password',
        'private key',
        'refresh token',
        'session token',
        'verification token',
      ].sort(),
    )
    expect(secrets.all.length).toBeGreaterThan(60)
    const log = [...logs, ...app.logs].join('')
    for (const text of ['"level":20', '"level":50', 'was reused', 'sign-in failed', 'signing key', '42P01'])
      expect(log).toContain(text)
    for (const table of TABLES) expect(dump.toString('latin1')).toContain(table)
  })

  it('the database holds none of them', () => {
    expect(findSecrets(dump, secrets.all)).toEqual([])
  })

  it('the log holds none of them, nor what the database keeps in their stead', async () => {
    const rows = await database.database.queries.execute(sql`
      SELECT password_hash AS kept FROM users UNION ALL SELECT encode(secret_hash, 'hex') FROM sessions
      UNION ALL SELECT encode(secret_hash, 'hex') FROM verifications UNION ALL SELECT encode(sealed_private_key, 'hex') FROM signing_keys
      UNION ALL SELECT encode(refresh_salt, 'hex') FROM sessions`)
    const kept = rowsOf<{ kept: string | null }>(rows).flatMap(({ kept: text }) =>
      text === null ? [] : [{ name: 'kept', value: text.startsWith('$') ? text : Buffer.from(text, 'hex') }],
    )
    expect(kept.length).toBeGreaterThan(20)
    expect(findSecrets(Buffer.from([...logs, ...app.logs].join('')), [...secrets.all, ...kept])).toEqual([])
  })

  it('both would have been found there', async () => {
    const { queries } = database.database
    const planted = newSecret()
    await queries.execute(sql`CREATE TABLE planted (note text, bytes bytea)`)
    for (const [note, bytes] of [
      [planted, null],
      [null, Buffer.from(planted, 'base64url')],
    ] as const) {
      await queries.execute(
        sql`INSERT INTO planted VALUES (${note}, decode(${bytes?.toString('hex') ?? ''}, 'hex'))`,
      )
      expect(findSecrets(await database.dump(), [{ name: 'planted', value: planted }])).toEqual(['planted'])
      await queries.execute(sql`DELETE FROM planted`)
    }
    await queries.execute(sql`DROP TABLE planted`)
    const lines: string[] = []
    createLogger('debug', { write: (line) => lines.push(line) }).debug({ note: planted }, 'a mistake')
    expect(findSecrets(Buffer.from(lines.join('')), [{ name: 'planted', value: planted }])).toEqual([
      'planted',
    ])
  })

  it('nothing in the dump signs in, however it is put together, without the master secret', async () => {
    const { queries } = database.database
    const talker = new Talker(app, new Secrets())
    const email = anyEmail()
    const signUp = (transport: string, name: string) =>
      talker.mutate('signUp', { email: `${name}${email}`, password: PASSWORD, transport })
    const browser = await signUp('COOKIE', 'cookie')
    await signUp('TOKEN', 'token')
    const found = bytesIn(await database.dump())
    const live = rowsOf<SessionRow & { transport: string }>(
      await queries.execute(
        sql`SELECT id, user_id, transport, refresh_salt::text, refresh_current FROM sessions
          WHERE ended_at IS NULL ORDER BY created_at DESC LIMIT 4`,
      ),
    )
    const cookies = live.filter(({ transport }) => transport === 'COOKIE')
    const tokens = live.filter(({ transport }) => transport === 'TOKEN')
    const keys = await readKeys(queries)
    const seal = keySeal({ current: NEXT_MASTER_SECRET, previous: null })
    const key = keys.findLast(({ algorithm }) => algorithm === 'EdDSA')
    const opened = key && seal.open(key.id, sealedOf(key))
    if (!key || !opened || cookies.length === 0 || tokens.length === 0)
      throw new Error('too little to try with')
    const about = { kid: key.id, x: String(key.publicJwk['x']), now: app.clock.now() }
    const isIn = async (carried: object) =>
      !(await talker.say('{ currentSession { id } }', {}, carried)).text.includes('"currentSession":null')
    const refreshes = async (refreshToken: string) =>
      (await talker.mutate('refreshSession', { refreshToken })).text.includes('RefreshSessionSuccess')

    const secretsOf32 = found.filter(({ length }) => length === 32)
    expect(secretsOf32.length).toBeGreaterThan(30)
    for (const row of cookies)
      for (const secret of secretsOf32) expect(await isIn({ cookie: forgeCookie(row, secret) })).toBe(false)
    for (const row of tokens) {
      for (const bytes of [...found, Buffer.alloc(0)])
        expect(await refreshes(forgeRefreshToken(row, bytes))).toBe(false)
      for (const d of secretsOf32) {
        const accessToken = await forgeAccessToken(row, { ...about, d }).catch(() => null)
        if (accessToken !== null) expect(await isIn({ accessToken })).toBe(false)
      }
      for (const accessToken of trickedAccessTokens(row, about))
        expect(await isIn({ accessToken })).toBe(false)
    }
    for (const secret of secretsOf32) {
      const verificationToken = `cfv_${secret.toString('base64url')}`
      const input = { newPassword: NEW_PASSWORD, signOutEverywhere: false, verificationToken }
      const answer = await talker.mutate('updatePassword', input, { cookie: browser.cookie })
      expect(answer.text).toContain('VERIFICATION_REQUIRED')
    }
    const [person] = rowsOf<{ password_hash: string }>(
      await queries.execute(sql`SELECT password_hash FROM users WHERE email = ${`token${email}`}`),
    )
    const phc = person?.password_hash ?? ''
    for (const password of [phc, phc.split('$').at(-1) ?? ''])
      expect((await talker.mutate('signIn', { email: `token${email}`, password })).text).toContain(
        'INVALID_CREDENTIALS',
      )

    // and with it, the same forgeries do: it is the secret that is missing, and nothing else
    const [row] = tokens
    if (!row) throw new Error('there is no session')
    const { d } = JSON.parse(opened.toString()) as { d: string }
    expect(
      await isIn({ accessToken: await forgeAccessToken(row, { ...about, d: Buffer.from(d, 'base64url') }) }),
    ).toBe(true)
    expect(await refreshes(forgeRefreshToken(row, deriveKey(NEXT_MASTER_SECRET, 'refresh-tokens')))).toBe(
      true,
    )
  }, 120_000)

  // a server's files are its own
  if (kind === 'embedded')
    it('its files hold none of them, whatever was deleted since', async () => {
      await app[Symbol.asyncDispose]()
      await database.database.close()
      const files = await database.files()
      expect(files.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(1_000_000)
      for (const file of files) expect(findSecrets(file, secrets.all)).toEqual([])
    })
})

/** Every mutation with both transports, right and wrong, on a database that works and on one that fails, with keys that change. */
async function beBusy(app: TestApp, database: DumpedDatabase, secrets: Secrets): Promise<void> {
  const talker = new Talker(app, secrets)
  const { signingKeys } = app.server.house.accounts
  for (const transport of ['COOKIE', 'TOKEN'] as const) {
    await liveThrough(talker, transport)
    await signingKeys.rotate({ atOnce: transport === 'TOKEN' })
    await notePrivateKeys(database, secrets)
  }
  const email = anyEmail()
  const both = ['COOKIE', 'TOKEN'] as const
  const signedUp = await Promise.all(
    both.map((transport) =>
      talker.mutate('signUp', { email: `${transport}${email}`, password: PASSWORD, transport }),
    ),
  )
  for (const table of TABLES) {
    await database.database.queries.execute(sql.raw(`ALTER TABLE ${table} RENAME TO gone`))
    for (const [index, transport] of both.entries()) {
      const heard = signedUp[index]
      if (!heard) continue
      await fail(talker, heard, { email: `${transport}${email}`, transport })
    }
    await database.database.queries.execute(sql.raw(`ALTER TABLE gone RENAME TO ${table}`))
  }
}

async function notePrivateKeys(database: DumpedDatabase, secrets: Secrets): Promise<void> {
  for (const master of [MASTER_SECRET, NEXT_MASTER_SECRET]) {
    const seal = keySeal({ current: master, previous: null })
    for (const row of await readKeys(database.database.queries)) {
      const opened = seal.open(row.id, sealedOf(row))
      if (opened && opened.length > 0)
        secrets.note('private key', (JSON.parse(opened.toString()) as { d: string }).d)
    }
  }
}

/** The life of an account from its beginning to its end. */
async function liveThrough(talker: Talker, transport: 'COOKIE' | 'TOKEN'): Promise<void> {
  const email = anyEmail()
  let held: { cookie?: string | null; accessToken?: string } = {}
  let refreshToken = ''
  const keep = ({ text, cookie, find }: Awaited<ReturnType<Talker['mutate']>>) => {
    held = transport === 'COOKIE' ? { cookie } : { accessToken: find('accessToken') }
    if (transport === 'TOKEN') refreshToken = find('refreshToken')
    return text
  }
  const prove = async (action: string, password: string, subject: string | null = null) => {
    const heard = await talker.mutate('reverify', { action, subject, factor: { password } }, held)
    keep(heard)
    return heard.find('token')
  }
  keep(await talker.mutate('signUp', { email, password: PASSWORD, transport }))
  await talker.mutate('signUp', { email, password: NEW_PASSWORD, transport })
  for (const password of [WRONG_PASSWORD, email, 'password'])
    await talker.mutate('signIn', { email, password, transport })
  // the password in the wrong field
  await talker.mutate('signIn', { email: PASSWORD, password: email, transport })
  keep(await talker.mutate('signIn', { email, password: PASSWORD, transport }))
  const other = await talker.mutate('signIn', { email, password: PASSWORD, transport })
  await talker.mutate('reverify', { action: 'ADMINISTER', factor: { password: WRONG_PASSWORD } }, held)
  await listen(talker, held)
  await presentMalformed(talker, held, refreshToken)
  const subject = other.find('id')
  const proof = await prove('REVOKE_SESSION', PASSWORD, subject)
  await talker.mutate('revokeSession', { sessionId: subject, verificationToken: proof }, held)
  await talker.mutate('revokeAllSessions', { keepCurrent: true, verificationToken: proof }, held)
  const others = await prove('REVOKE_OTHER_SESSIONS', PASSWORD)
  await talker.mutate('revokeAllSessions', { keepCurrent: true, verificationToken: others }, held)
  const update = await prove('UPDATE_PASSWORD', PASSWORD)
  const input = { newPassword: NEW_PASSWORD, signOutEverywhere: false, verificationToken: update }
  await talker.mutate('updatePassword', { ...input, newPassword: 'password' }, held)
  await talker.mutate('updatePassword', input, held)
  keep(await talker.mutate('signIn', { email, password: NEW_PASSWORD, transport }))
  if (transport === 'TOKEN') {
    const first = refreshToken
    for (let count = 0; count < 3; count++) keep(await talker.mutate('refreshSession', { refreshToken }))
    await talker.mutate('refreshSession', { refreshToken: first })
    await listen(talker, held)
    keep(await talker.mutate('signIn', { email, password: NEW_PASSWORD, transport }))
  }
  await talker.mutate('signOut', null, held)
  await talker.mutate('signOut', null, held)
  keep(await talker.mutate('signIn', { email, password: NEW_PASSWORD, transport }))
  talker.app.clock.advance(16 * 60_000)
  await talker.say('{ viewer { id email } }', {}, held)
  await listen(talker, held)
  keep(await talker.mutate('signIn', { email, password: NEW_PASSWORD, transport }))
  await talker.mutate('revokeUserSessions', { userId: subject, reason: null }, held)
  const last = await prove('DELETE_ACCOUNT', NEW_PASSWORD)
  await talker.mutate('deleteAccount', { verificationToken: last }, held)
}

/** A socket and what comes of it, with a good or bad access token or cookie. */
async function listen(
  talker: Talker,
  { cookie, accessToken }: { cookie?: string | null; accessToken?: string },
): Promise<void> {
  for (const spoil of [false, true]) {
    const bring = (text: string) => (spoil ? `${text.slice(0, -9)}AAAAAAAAA` : text)
    using socket = await Socket.open(talker.app.url, {
      ...(cookie ? { cookie: bring(cookie) } : {}),
      ...(accessToken === undefined ? {} : { accessToken: bring(accessToken) }),
    })
    socket.subscribe('1', 'subscription { sessionRevoked { sessionId } }')
    await Promise.race([socket.settled(), socket.closed()])
  }
}

/** Tokens of every kind that are not quite right, and tokens where another one belongs. */
async function presentMalformed(
  talker: Talker,
  held: { cookie?: string | null; accessToken?: string },
  refreshToken: string,
): Promise<void> {
  const whole = refreshToken || held.cookie || ''
  const spoilt = [
    `${whole.slice(0, -1)}A`,
    `${whole}A`,
    whole.slice(0, -20),
    `x${whole}`,
    whole.toUpperCase(),
  ]
  for (const token of [...spoilt, held.accessToken ?? '', held.cookie ?? '']) {
    await talker.mutate('refreshSession', { refreshToken: token })
    await talker.say('{ viewer { id } }', {}, { accessToken: token })
    await talker.say('{ viewer { id } }', {}, { cookie: `__Host-curfew=${token}` })
    const input = { sessionId: token, verificationToken: token }
    await talker.mutate('revokeSession', input, held)
    // where it is no input but part of the document
    await talker.say(`{ node(id: "${token}") { id } `, {}, held)
    await talker.say(`{ node(id: "${token}") { id } }`, { token }, held)
  }
}

/** Everything that carries a secret, on a database that fails. */
async function fail(
  talker: Talker,
  heard: Awaited<ReturnType<Talker['mutate']>>,
  { email, transport }: { email: string; transport: 'COOKIE' | 'TOKEN' },
): Promise<void> {
  const held = transport === 'COOKIE' ? { cookie: heard.cookie } : { accessToken: heard.find('accessToken') }
  const verificationToken = `cfv_${newSecret()}`
  await talker.mutate('signIn', { email, password: PASSWORD, transport })
  await talker.mutate('signUp', { email: anyEmail(), password: PASSWORD, transport })
  await talker.say('{ viewer { email sessions { edges { node { id } } } } }', {}, held)
  await talker.mutate('reverify', { action: 'ADMINISTER', factor: { password: PASSWORD } }, held)
  const input = { newPassword: NEW_PASSWORD, signOutEverywhere: false, verificationToken }
  await talker.mutate('updatePassword', input, held)
  await talker.mutate('revokeAllSessions', { keepCurrent: true, verificationToken }, held)
  if (transport === 'TOKEN')
    await talker.mutate('refreshSession', { refreshToken: heard.find('refreshToken') })
  await listen(talker, held)
}
