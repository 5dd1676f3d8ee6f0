import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { disableAccount, revokeSessionAsAdministrator } from '../../src/accounts/administer.ts'
import { deleteAccount } from '../../src/accounts/delete-account.ts'
import type { AccountParts } from '../../src/accounts/parts.ts'
import { reverify } from '../../src/accounts/reverify.ts'
import { revokeAllSessions } from '../../src/accounts/revoke-all-sessions.ts'
import { revokeSession } from '../../src/accounts/revoke-session.ts'
import { signOut } from '../../src/accounts/sign-out.ts'
import { updatePassword } from '../../src/accounts/update-password.ts'
import { ARGON2_PARAMETERS } from '../../src/credentials/argon2.ts'
import { Passwords } from '../../src/credentials/password.ts'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import type { Session } from '../../src/sessions/session.ts'
import type { LiveSession } from '../../src/sessions/sessions.ts'
import type { Purpose } from '../../src/verification/verifications.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { PASSWORD } from '../kit/browser.ts'
import { describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import {
  anyPerson,
  bothOrders,
  contend,
  enter,
  expectSoundness,
  granted,
  tokenOf,
  untilQueued,
  VISITOR,
} from './kit.ts'

const TIMES = 5
const NEW_PASSWORD = 'another battery staple'
const UPDATE: Purpose = { action: 'UPDATE_PASSWORD', subjectId: null }

/** Nothing is deleted while the clock moves months ahead. */
const KEEP_ALL = { EVENT_RETENTION: '400d', HISTORY_RETENTION: '4000d' }

describeOnPostgres('side by side', (open) => {
  let test: TestDatabase
  let app: TestApp
  let parts: AccountParts
  /** Another connection, for the test's own locks and looks. */
  let aside: Database
  beforeAll(async () => {
    test = await open()
    app = await startApp(test, { environment: KEEP_ALL })
    // these tests are about order and not about passwords
    const parameters = { ...ARGON2_PARAMETERS, memoryCost: 1_024, timeCost: 1 }
    parts = { ...app.server.house.accounts, passwords: new Passwords({ concurrency: 8, parameters }) }
    aside = openPostgres({ url: test.postgres?.url ?? '', poolSize: 4, connectTimeout: 5_000 })
  })
  afterEach(() => expectSoundness(aside))
  afterAll(async () => {
    await aside.close()
    await app[Symbol.asyncDispose]()
    await test[Symbol.asyncDispose]()
  })

  const prove = async (viewer: LiveSession, purpose: Purpose) => {
    const { session, verification } = granted(
      await reverify(parts, viewer, { password: PASSWORD, purpose }, VISITOR),
    )
    return { viewer: { session, user: viewer.user }, verificationToken: verification.token }
  }
  const liveOf = async (userId: string): Promise<readonly { id: string; lineage_id: string }[]> =>
    rowsOf(
      await aside.queries.execute(
        sql`SELECT id, lineage_id FROM sessions WHERE user_id = ${userId} AND ended_at IS NULL`,
      ),
    )
  const reasonOf = async (session: Pick<Session, 'id'>): Promise<string | null> => {
    const found = await parts.sessions.look(session.id)
    return found?.state === 'ended' ? found.session.endReason : null
  }
  const codeOf = (result: unknown): string => (result instanceof Refusal ? result.code : 'GRANTED')

  it('two uses of one proof: one wins, and the other is told what it needs', async () => {
    for (let time = 0; time < TIMES; time++) {
      const person = await anyPerson(parts)
      await enter(parts, person.email)
      const { viewer, verificationToken } = await prove(person, {
        action: 'REVOKE_OTHER_SESSIONS',
        subjectId: null,
      })
      const use = () => revokeAllSessions(parts, viewer, { keepCurrent: true, verificationToken })
      // goes red when a proof is checked first and spent later
      expect((await contend(aside, person.user.id, [use, use])).map(codeOf)).toEqual([
        'GRANTED',
        'VERIFICATION_REQUIRED',
      ])
      expect((await liveOf(person.user.id)).map(({ id }) => id)).toEqual([viewer.session.id])
    }
  })

  it('two uses of one proof with no lock before it: of any interleaving one wins', async () => {
    const person = await anyPerson(parts)
    for (let time = 0; time < TIMES; time++) {
      const { viewer, verificationToken } = await prove(
        { session: (await enterAgain(person.email)).session, user: person.user },
        UPDATE,
      )
      const uses = await Promise.all(
        Array.from({ length: 6 }, () =>
          test.database.transaction((transaction) =>
            parts.verifications.consume(transaction, verificationToken, viewer.session, viewer.user, UPDATE),
          ),
        ),
      )
      expect(uses.filter((refusal) => refusal === null)).toHaveLength(1)
    }
  })

  const enterAgain = async (email: string) => granted(await enter(parts, email))

  it('a proof that is being spent by what then fails: whoever waits for it has it', async () => {
    const person = await anyPerson(parts)
    const { viewer, verificationToken } = await prove(person, UPDATE)
    const failed = new Error('the action failed')
    const consume = (transaction: Parameters<Parameters<Database['transaction']>[0]>[0]) =>
      parts.verifications.consume(transaction, verificationToken, viewer.session, viewer.user, UPDATE)
    const [spent, gate] = [Promise.withResolvers<unknown>(), Promise.withResolvers<void>()]
    const failing = test.database.transaction(async (transaction) => {
      spent.resolve(await consume(transaction))
      await gate.promise
      throw failed
    })
    expect(await spent.promise).toBeNull()
    const waiting = test.database.transaction(consume)
    await untilQueued(aside, 1)
    gate.resolve()
    await expect(failing).rejects.toBe(failed)
    expect(await waiting).toBeNull()
    // and a refusal of the action itself leaves the proof as good as before
    const gone = granted(await enter(parts, person.email))
    const purpose: Purpose = { action: 'REVOKE_SESSION', subjectId: gone.session.id }
    const proof = await prove(viewer, purpose)
    await signOut(parts, gone.session)
    const refused = await revokeSession(parts, proof.viewer, {
      sessionId: gone.session.id,
      verificationToken: proof.verificationToken,
    })
    expect(codeOf(refused)).toBe('SESSION_NOT_FOUND')
    const { viewer: holder, verificationToken: token } = proof
    expect(
      await parts.verifications.check(aside.queries, token, holder.session, holder.user, purpose),
    ).toBeNull()
  })

  it('signing in and signing out everywhere: who came before is out, who came after is in', async () => {
    for (const order of bothOrders(TIMES)) {
      const person = await anyPerson(parts)
      const signingIn = () => enter(parts, person.email)
      const revoking = () => revokeAllSessions(parts, person, { keepCurrent: false, verificationToken: '' })
      const pair = order<() => Promise<unknown>>([signingIn, revoking])
      const results = await contend(aside, person.user.id, pair)
      const started = granted(results[pair.indexOf(signingIn)] as Awaited<ReturnType<typeof signingIn>>)
      // goes red when a sign-in does not take the user's lock
      const cameBefore = pair[0] === signingIn
      expect(await reasonOf(started.session)).toBe(cameBefore ? 'SIGNED_OUT_EVERYWHERE' : null)
      expect(await liveOf(person.user.id)).toHaveLength(cameBefore ? 0 : 1)
    }
  })

  it('signing in with a password that is being changed never leaves a session behind', async () => {
    for (const order of bothOrders(TIMES)) {
      const person = await anyPerson(parts)
      const { viewer, verificationToken } = await prove(person, UPDATE)
      const signingIn = () => enter(parts, person.email)
      const updating = () =>
        updatePassword(
          parts,
          viewer,
          {
            newPassword: NEW_PASSWORD,
            signOutEverywhere: true,
            verificationToken,
          },
          VISITOR,
        )
      const pair = order<() => Promise<unknown>>([signingIn, updating])
      const results = (await contend(aside, person.user.id, pair)).map(codeOf)
      // goes red when the sign-in does not compare the version that it checked the password of
      expect(results).toEqual(
        pair[0] === signingIn ? ['GRANTED', 'GRANTED'] : ['GRANTED', 'INVALID_CREDENTIALS'],
      )
      expect(await liveOf(person.user.id)).toEqual([])
      expect(codeOf(await enter(parts, person.email, null, NEW_PASSWORD))).toBe('GRANTED')
    }
  })

  it('signing in to an account that is being disabled or deleted never leaves a session behind', async () => {
    for (const order of bothOrders(TIMES)) {
      for (const way of ['disable', 'delete'] as const) {
        const person = await anyPerson(parts)
        const { viewer, verificationToken } = await prove(person, {
          action: 'DELETE_ACCOUNT',
          subjectId: null,
        })
        const signingIn = () => enter(parts, person.email)
        const closing = () =>
          way === 'disable'
            ? disableAccount(parts, person.user.id)
            : deleteAccount(parts, viewer, { verificationToken })
        const pair = order<() => Promise<unknown>>([signingIn, closing])
        const results = (await contend(aside, person.user.id, pair)).map(codeOf)
        expect(results).toEqual(
          pair[0] === signingIn ? ['GRANTED', 'GRANTED'] : ['GRANTED', 'INVALID_CREDENTIALS'],
        )
        expect(await liveOf(person.user.id)).toEqual([])
        expect(codeOf(await enter(parts, person.email))).toBe('INVALID_CREDENTIALS')
      }
    }
  })

  it('signing out everywhere, disabling and deleting beat a reverification, whichever is first', async () => {
    for (const order of bothOrders(TIMES)) {
      const person = await anyPerson(parts)
      const other = granted(await enter(parts, person.email))
      const reverifying = () => reverify(parts, person, { password: PASSWORD, purpose: UPDATE }, VISITOR)
      const pair = order<() => Promise<unknown>>([
        reverifying,
        () => revokeAllSessions(parts, other, { keepCurrent: false, verificationToken: '' }),
      ])
      const results = (await contend(aside, person.user.id, pair)).map(codeOf)
      expect(results).toEqual(pair[0] === reverifying ? ['GRANTED', 'GRANTED'] : ['GRANTED', 'NOT_SIGNED_IN'])
      expect(await liveOf(person.user.id)).toEqual([])
    }
  })

  it('ending a device that is reverifying ends that device, whichever is first', async () => {
    for (const order of bothOrders(TIMES)) {
      const person = await anyPerson(parts)
      const other = granted(await enter(parts, person.email))
      const purpose: Purpose = { action: 'REVOKE_SESSION', subjectId: person.session.id }
      const { viewer, verificationToken } = await prove(other, purpose)
      const reverifying = () => reverify(parts, person, { password: PASSWORD, purpose: UPDATE }, VISITOR)
      const pair = order<() => Promise<unknown>>([
        reverifying,
        () => revokeSession(parts, viewer, { sessionId: person.session.id, verificationToken }),
      ])
      const results = (await contend(aside, person.user.id, pair)).map(codeOf)
      // goes red when the successor is not followed
      expect(results).toEqual(pair[0] === reverifying ? ['GRANTED', 'GRANTED'] : ['GRANTED', 'NOT_SIGNED_IN'])
      expect((await liveOf(person.user.id)).map(({ id }) => id)).toEqual([viewer.session.id])
    }
  })

  it('signing out with the cookie that another tab is replacing leaves nothing behind', async () => {
    for (const order of bothOrders(TIMES)) {
      const person = await anyPerson(parts)
      const reverifying = () => reverify(parts, person, { password: PASSWORD, purpose: UPDATE }, VISITOR)
      const pair = order<() => Promise<unknown>>([reverifying, () => signOut(parts, person.session)])
      const results = (await contend(aside, person.user.id, pair)).map(codeOf)
      // goes red when signing out does not wait for the user's lock
      expect(results).toEqual(pair[0] === reverifying ? ['GRANTED', 'GRANTED'] : ['GRANTED', 'NOT_SIGNED_IN'])
      expect(await liveOf(person.user.id)).toEqual([])
    }
  })

  it('several reverifications of one session make one successor', async () => {
    for (let time = 0; time < TIMES; time++) {
      const person = await anyPerson(parts)
      const reverifying = () => reverify(parts, person, { password: PASSWORD, purpose: UPDATE }, VISITOR)
      const results = await contend(aside, person.user.id, [reverifying, reverifying, reverifying])
      expect(results.map(codeOf)).toEqual(['GRANTED', 'NOT_SIGNED_IN', 'NOT_SIGNED_IN'])
      expect(await liveOf(person.user.id)).toHaveLength(1)
    }
  })

  it('several sign-ins over one cookie leave one session, and so does a reverification of that cookie beside them', async () => {
    for (let time = 0; time < TIMES; time++) {
      const person = await anyPerson(parts)
      const signingIn = () => enter(parts, person.email, person.session)
      const reverifying = () => reverify(parts, person, { password: PASSWORD, purpose: UPDATE }, VISITOR)
      const results = await contend(aside, person.user.id, [signingIn, reverifying, signingIn])
      expect(results.map(codeOf)).toEqual(['GRANTED', 'NOT_SIGNED_IN', 'GRANTED'])
      expect(await liveOf(person.user.id)).toHaveLength(1)
    }
  })

  it('signing in over the cookie of another person, who is reverifying, signs that person out of this browser', async () => {
    for (let time = 0; time < TIMES; time++) {
      const [person, before] = [await anyPerson(parts), await anyPerson(parts)]
      const reverifying = () => reverify(parts, before, { password: PASSWORD, purpose: UPDATE }, VISITOR)
      const results = await contend(aside, before.user.id, [
        reverifying,
        () => enter(parts, person.email, before.session),
      ])
      expect(results.map(codeOf)).toEqual(['GRANTED', 'GRANTED'])
      // goes red when the line of the other person is ended without their lock: the successor is not seen
      expect(await liveOf(before.user.id)).toEqual([])
    }
  })

  it('two people who sign in over each other’s cookies do not block each other', async () => {
    for (let time = 0; time < TIMES; time++) {
      const [one, two] = [await anyPerson(parts), await anyPerson(parts)]
      const results = await Promise.all([
        enter(parts, one.email, two.session),
        enter(parts, two.email, one.session),
      ])
      expect(results.map(codeOf)).toEqual(['GRANTED', 'GRANTED'])
      expect(await reasonOf(one.session)).toBe('SIGNED_OUT')
      expect(await reasonOf(two.session)).toBe('SIGNED_OUT')
    }
  })

  it('an activity that was read before the sign-out does not revive the session, nor move its limit', async () => {
    const policy = parts.sessions.policy
    for (let time = 0; time < TIMES; time++) {
      const person = await anyPerson(parts)
      app.clock.advance(policy.touchInterval)
      const gate = Promise.withResolvers<void>()
      const ending = test.database.transaction(async (transaction) => {
        await parts.sessions.end(transaction, person.session.id, {
          reason: 'SIGNED_OUT',
          actor: { kind: 'USER', sessionId: person.session.id },
        })
        await gate.promise
      })
      await untilIdle(person.session.id)
      const touching = parts.sessions.touch(person.session)
      await untilQueued(aside, 1)
      gate.resolve()
      await Promise.all([ending, touching])
      // and once more, long after
      await parts.sessions.touch(person.session)
      const found = await parts.sessions.look(person.session.id)
      expect(found).toMatchObject({
        state: 'ended',
        session: { endReason: 'SIGNED_OUT', lastActiveAt: person.session.lastActiveAt },
      })
    }
  })

  /** Resolves when somebody holds the session's row. */
  async function untilIdle(sessionId: string): Promise<void> {
    await expect
      .poll(
        async () =>
          rowsOf(
            await aside.queries.execute(
              sql`SELECT id FROM sessions WHERE id = ${sessionId} FOR UPDATE SKIP LOCKED`,
            ),
          ).length,
      )
      .toBe(0)
  }

  it('a limit that many notice at once is one event', async () => {
    const { idleTimeout } = parts.sessions.policy
    for (let time = 0; time < TIMES; time++) {
      const person = await anyPerson(parts)
      const others = [await enter(parts, person.email), await enter(parts, person.email)].map(granted)
      app.clock.advance(idleTimeout)
      const found = await Promise.all([
        parts.sessions.find(tokenOf(person)),
        parts.sessions.look(person.session.id),
        parts.sessions.endTimedOutOf(person.user.id),
        signOut(parts, person.session),
        parts.sessions.touch(person.session),
        parts.sessions.endTimedOutOf(person.user.id),
        parts.sessions.find(tokenOf(person)),
        ...others.map((other) => parts.sessions.find(tokenOf(other))),
      ])
      expect(found[0]).toMatchObject({ state: 'ended', session: { endReason: 'IDLE_TIMEOUT' } })
      for (const { session } of others) expect(await reasonOf(session)).toBe('IDLE_TIMEOUT')
    }
  })

  it('a storm of everything, by three people on two nodes, ends in good order and without a deadlock', async () => {
    const [mine, theirs] = [parts, await secondNode()]
    const people = await Promise.all([anyPerson(parts), anyPerson(parts), anyPerson(parts)])
    const sessions = people.map((person) => [person as LiveSession & { email: string }])
    const failures: unknown[] = []
    const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T
    const act = async (step: number): Promise<void> => {
      const node = step % 2 ? mine : theirs.parts
      const who = Math.floor(Math.random() * people.length)
      const { email, user } = people[who] as (typeof people)[number]
      const own = sessions[who] as LiveSession[]
      const viewer = any(own)
      const dice = Math.random()
      if (dice < 0.3) {
        const over = Math.random() < 0.5 ? any(any(sessions)).session : null
        const started = await enter(node, email, over)
        if (!(started instanceof Refusal)) own.push(started)
      } else if (dice < 0.5) await signOut(node, viewer.session)
      else if (dice < 0.7) {
        const purpose: Purpose = { action: 'REVOKE_SESSION', subjectId: any(own).session.id }
        const proof = await reverify(node, viewer, { password: PASSWORD, purpose }, VISITOR)
        if (proof instanceof Refusal) return
        const successor = { session: proof.session, user }
        own.push(successor)
        await revokeSession(node, successor, {
          sessionId: purpose.subjectId ?? '',
          verificationToken: proof.verification.token,
        })
      } else if (dice < 0.75)
        await revokeAllSessions(node, viewer, { keepCurrent: false, verificationToken: '' })
      else if (dice < 0.8) await revokeSessionAsAdministrator(node, viewer.session.id)
      else if (dice < 0.9) await node.sessions.endTimedOutOf(user.id)
      else await node.sessions.look(viewer.session.id)
      if (step === 280) await disableAccount(node, people[0]?.user.id ?? '')
    }
    for (let step = 0; step < 300; step += 12) {
      await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          act(step + index).catch((error: unknown) => failures.push(error)),
        ),
      )
    }
    expect(failures).toEqual([])
    await expectSoundness(aside)
    await theirs.end()
  })

  async function secondNode() {
    if (!test.postgres) throw new Error('a second node needs a server')
    const database = openPostgres(test.postgres)
    const node = await startApp(
      { database, postgres: test.postgres, [Symbol.asyncDispose]: async () => {} },
      { clock: app.clock, environment: KEEP_ALL },
    )
    return {
      parts: { ...node.server.house.accounts, passwords: parts.passwords },
      end: async () => {
        await node[Symbol.asyncDispose]()
        await database.close()
      },
    }
  }
})
