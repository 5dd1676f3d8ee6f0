import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createAccount } from '../../src/accounts/administer.ts'
import { disableUser } from '../../src/accounts/disable-user.ts'
import { enableUser } from '../../src/accounts/enable-user.ts'
import type { AccountParts } from '../../src/accounts/parts.ts'
import { reverify } from '../../src/accounts/reverify.ts'
import { revokeAllSessions } from '../../src/accounts/revoke-all-sessions.ts'
import { revokeUserSessions } from '../../src/accounts/revoke-user-sessions.ts'
import { ARGON2_PARAMETERS } from '../../src/credentials/argon2.ts'
import { Passwords } from '../../src/credentials/password.ts'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import type { LiveSession } from '../../src/sessions/sessions.ts'
import type { Purpose } from '../../src/verification/verifications.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'
import { describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import { anyPerson, bothOrders, contend, enter, expectSoundness, granted, VISITOR } from './kit.ts'

const TIMES = 5
const ADMINISTER: Purpose = { action: 'ADMINISTER', subjectId: null }

/** A node, without the cost of passwords, and a connection of the test's own. */
function useParts(open: () => Promise<TestDatabase>, environment: Record<string, string> = {}) {
  const use = {} as { app: TestApp; test: TestDatabase; parts: AccountParts; aside: Database }
  beforeAll(async () => {
    use.test = await open()
    use.app = await startApp(use.test, { environment })
    const parameters = { ...ARGON2_PARAMETERS, memoryCost: 1_024, timeCost: 1 }
    use.parts = { ...use.app.server.house.accounts, passwords: new Passwords({ concurrency: 8, parameters }) }
    use.aside = openPostgres({ url: use.test.postgres?.url ?? '', poolSize: 4, connectTimeout: 5_000 })
  })
  afterEach(() => expectSoundness(use.aside))
  afterAll(async () => {
    await use.aside.close()
    await use.app[Symbol.asyncDispose]()
    await use.test[Symbol.asyncDispose]()
  })
  return use
}

const codeOf = (result: unknown): string => (result instanceof Refusal ? result.code : 'GRANTED')

async function liveOf(aside: Database, userId: string): Promise<readonly { id: string }[]> {
  return rowsOf(
    await aside.queries.execute(
      sql`SELECT id FROM sessions WHERE user_id = ${userId} AND ended_at IS NULL ORDER BY id`,
    ),
  )
}

describeOnPostgres('administrators side by side', (open) => {
  const use = useParts(open)

  async function administrator(): Promise<LiveSession & { readonly email: string }> {
    const email = anyEmail()
    granted(await createAccount(use.parts, { email, password: PASSWORD, roles: ['ADMINISTRATOR'] }))
    return { ...granted(await enter(use.parts, email)), email }
  }

  it('two who disable each other: the first wins, and there is always one left', async () => {
    for (const order of bothOrders(TIMES)) {
      const [ada, bob] = [await administrator(), await administrator()]
      const pair = order([
        { by: ada, whom: bob },
        { by: bob, whom: ada },
      ] as const)
      const [lower = ''] = [ada.user.id, bob.user.id].sort()
      const results = await contend(
        use.aside,
        lower,
        pair.map(
          ({ by, whom }) =>
            () =>
              disableUser(use.parts, by, { userId: whom.user.id, reason: null }),
        ),
      )
      // goes red when neither account nor session is looked at again under the locks
      expect(results.map(codeOf)).toEqual(['GRANTED', 'NOT_SIGNED_IN'])
      expect(await liveOf(use.aside, pair[0].by.user.id)).toHaveLength(1)
      expect(await liveOf(use.aside, pair[0].whom.user.id)).toEqual([])
    }
  })

  it('disabling and a sign-in, a reverification: whichever is first, nobody is left inside', async () => {
    for (const order of bothOrders(TIMES)) {
      for (const way of ['sign-in', 'reverification'] as const) {
        const person = await anyPerson(use.parts)
        const by = await administrator()
        const entering = () =>
          way === 'sign-in'
            ? enter(use.parts, person.email)
            : reverify(use.parts, person, { password: PASSWORD, purpose: ADMINISTER }, VISITOR)
        const disabling = () => disableUser(use.parts, by, { userId: person.user.id, reason: null })
        const pair = order<() => Promise<unknown>>([entering, disabling])
        const results = (await contend(use.aside, person.user.id, pair)).map(codeOf)
        const late = way === 'sign-in' ? 'INVALID_CREDENTIALS' : 'NOT_SIGNED_IN'
        expect(results).toEqual(pair[0] === entering ? ['GRANTED', 'GRANTED'] : ['GRANTED', late])
        expect(await liveOf(use.aside, person.user.id)).toEqual([])
        expect(codeOf(await enter(use.parts, person.email))).toBe('INVALID_CREDENTIALS')
        granted(await enableUser(use.parts, by, { userId: person.user.id }))
        expect(await liveOf(use.aside, person.user.id)).toEqual([])
        granted(await enter(use.parts, person.email))
      }
    }
  })

  it('an administrator who is signed out at that moment does nothing any more', async () => {
    for (const order of bothOrders(TIMES)) {
      const person = await anyPerson(use.parts)
      const by = await administrator()
      const phone = granted(await enter(use.parts, by.email))
      const revoking = () => revokeUserSessions(use.parts, by, { userId: person.user.id, reason: null })
      const pair = order<() => Promise<unknown>>([
        revoking,
        () => revokeAllSessions(use.parts, phone, { keepCurrent: false, verificationToken: '' }),
      ])
      const results = (await contend(use.aside, by.user.id, pair)).map(codeOf)
      const first = pair[0] === revoking
      expect(results).toEqual(first ? ['GRANTED', 'GRANTED'] : ['GRANTED', 'NOT_SIGNED_IN'])
      expect(await liveOf(use.aside, person.user.id)).toHaveLength(first ? 0 : 1)
    }
  })

  it('whoever is no administrator waits for nobody, whether the user is there and busy or not', async () => {
    const [ada, bob] = [await anyPerson(use.parts), await anyPerson(use.parts)]
    let answered = 0
    await use.aside.transaction(async ({ queries }) => {
      await queries.execute(sql`SELECT id FROM users WHERE id IN (${ada.user.id}, ${bob.user.id}) FOR UPDATE`)
      // goes red, by the time limit on statements, when the locks are taken before the role is looked at
      for (const verb of [disableUser, revokeUserSessions, enableUser]) {
        expect(codeOf(await verb(use.parts, ada, { userId: bob.user.id, reason: null }))).toBe('FORBIDDEN')
        answered++
      }
    })
    expect(answered).toBe(3)
  })
})

describeOnPostgres('a cap that ends the oldest, with sign-ins side by side', (open) => {
  const use = useParts(open, { MAX_SESSIONS_PER_USER: '3' })

  it('is exact: as many are left as are allowed, and they are the newest', async () => {
    for (let round = 0; round < TIMES; round++) {
      const person = await anyPerson(use.parts)
      const results = await contend(
        use.aside,
        person.user.id,
        // four at a time are let through to the lock
        Array.from({ length: 4 }, () => () => enter(use.parts, person.email)),
      )
      const started = results.map((result) => granted(result).session.id)
      const live = (await liveOf(use.aside, person.user.id)).map(({ id }) => id)
      expect(live).toHaveLength(3)
      expect(started).toEqual(expect.arrayContaining(live))
      expect(live).toContain(started.at(-1))
    }
  })

  it('counts a reverification beside a sign-in once', async () => {
    for (const order of bothOrders(TIMES)) {
      const person = await anyPerson(use.parts)
      for (let more = 0; more < 2; more++) granted(await enter(use.parts, person.email))
      const latest = granted(await enter(use.parts, person.email))
      const reverifying = () =>
        reverify(use.parts, latest, { password: PASSWORD, purpose: ADMINISTER }, VISITOR)
      const pair = order<() => Promise<unknown>>([reverifying, () => enter(use.parts, person.email)])
      const results = await contend(use.aside, person.user.id, pair)
      expect(results.map(codeOf)).toEqual(['GRANTED', 'GRANTED'])
      expect(await liveOf(use.aside, person.user.id)).toHaveLength(3)
    }
  })
})

describeOnPostgres('a cap that refuses, with sign-ins side by side', (open) => {
  const use = useParts(open, { MAX_SESSIONS_PER_USER: '3', SESSIONS_BEYOND_LIMIT: 'refuse' })

  it('is exact: so many are let in as there is room for, and the others are told and logged', async () => {
    for (let round = 0; round < TIMES; round++) {
      const person = await anyPerson(use.parts)
      const logged = use.app.logs.length
      const results = await contend(
        use.aside,
        person.user.id,
        Array.from({ length: 4 }, () => () => enter(use.parts, person.email)),
      )
      expect(results.map(codeOf)).toEqual(['GRANTED', 'GRANTED', 'SESSION_LIMIT', 'SESSION_LIMIT'])
      expect(await liveOf(use.aside, person.user.id)).toHaveLength(3)
      const refused = use.app.logs
        .slice(logged)
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ msg }) => msg === 'sign-in refused')
      expect(refused).toHaveLength(2)
      expect(refused[0]).toMatchObject({
        userId: person.user.id,
        factor: 'PASSWORD',
        code: 'SESSION_LIMIT',
        network: null,
      })
    }
  })
})
