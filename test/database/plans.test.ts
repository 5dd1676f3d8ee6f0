import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccountParts } from '../../src/accounts/parts.ts'
import { reverify } from '../../src/accounts/reverify.ts'
import { revokeAllSessions } from '../../src/accounts/revoke-all-sessions.ts'
import { revokeEverySessionAsOperator } from '../../src/accounts/revoke-every-session.ts'
import { signOut } from '../../src/accounts/sign-out.ts'
import { updatePassword } from '../../src/accounts/update-password.ts'
import type { SensitiveAction } from '../../src/protocol/sessions.ts'
import { encodeCursor } from '../../src/revocations/cursor.ts'
import { SYSTEM } from '../../src/revocations/event.ts'
import { isKnownNetwork, listSessions, type SessionState } from '../../src/sessions/queries.ts'
import { newSessionToken } from '../../src/sessions/session-token.ts'
import type { LiveSession } from '../../src/sessions/sessions.ts'
import { PASSWORD } from '../kit/browser.ts'
import { describeOnPostgres } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'
import { anyPerson, enter, granted, tokenOf, VISITOR } from '../races/kit.ts'
import { replayAll } from '../revocations/kit.ts'
import { analyze, fill } from './crowd.ts'
import { driverOf, indexesOf, inspect, type Statement, statementsOf } from './plans.ts'

const HOUR = 3_600_000
const ELSEWHERE = { network: '192.0.10.0/24', location: null }

describeOnPostgres('with 50,000 sessions of 5,000 people, most of which are over', (open) => {
  const use = useApp(open, { environment: { MAX_SESSIONS_PER_USER: '100' } })
  /** Everything that was sent by what the test did, under what that was. */
  const sent = new Map<string, readonly Statement[]>()

  const during = async (name: string, work: (parts: AccountParts) => Promise<unknown>): Promise<void> => {
    const statements = await statementsOf(use.database.database, () => work(use.app.server.house.accounts))
    expect(statements, name).not.toEqual([])
    sent.set(name, statements)
  }

  beforeAll(async () => {
    const { database, app } = { database: use.database.database, app: use.app }
    await fill(database, app.clock.now(), { users: 5_000, sessions: 50_000 })
    await analyze(database)
    const { accounts, log, sweeper } = app.server.house
    const person = await anyPerson(accounts)
    const { id: userId } = person.user
    const visitor = { ...VISITOR, network: '192.0.9.0/24' }
    const prove = async (viewer: LiveSession, action: SensitiveAction) =>
      granted(
        await reverify(
          accounts,
          viewer,
          { password: PASSWORD, purpose: { action, subjectId: null } },
          visitor,
        ),
      )

    await during('signing in', () => enter(accounts, person.email))
    await during('signing in over another session', () => enter(accounts, person.email, person.session))
    const mine = granted(await enter(accounts, person.email))
    await during('looking a session up by its token', ({ sessions }) => sessions.find(tokenOf(mine)))
    await during('looking up one that nobody has', ({ sessions }) =>
      sessions.find(newSessionToken('01890000-0000-7000-8000-000000000000')),
    )
    app.clock.advance(2 * HOUR)
    await during('touching', ({ sessions }) => sessions.touch(mine.session))
    await during('noting a place', ({ sessions }) => sessions.notePlace(mine.session, ELSEWHERE))
    for (const state of [null, 'ACTIVE', 'ENDED'] satisfies (SessionState | null)[]) {
      for (const after of [null, mine.session.id]) {
        await during(`listing ${state ?? 'all'} behind ${after ? 'a page' : 'nothing'}`, ({ sessions }) =>
          sessions
            .endTimedOutOf(userId)
            .then(() => listSessions(database.queries, { userId, state }, { size: 20, after })),
        )
      }
    }
    await during('asking whether there is room', ({ sessions }) =>
      database.transaction((transaction) => sessions.isFull(transaction, userId, mine.session.lineageId)),
    )
    await during('asking whether a network is known', () =>
      isKnownNetwork(database.queries, userId, '192.0.2.0/24'),
    )
    const cursor = await log.currentCursor()
    const start = await log.end()
    const longAgo = encodeCursor({ cluster: start.cluster, xid: 5n, id: 0n }, app.clock.now())
    const proven = await prove({ ...mine, user: person.user }, 'REVOKE_OTHER_SESSIONS')
    await during('replaying what one person missed', () => replayAll(log, cursor, userId))
    await during('replaying what everyone missed', () => replayAll(log, cursor))
    await during('replaying what one person missed in months', () => replayAll(log, longAgo, userId))
    await during('reading what is new', () => log.readSince(start))
    await during('revoking all but one', (parts) =>
      revokeAllSessions(
        parts,
        { ...proven, user: person.user },
        { keepCurrent: true, verificationToken: proven.verification.token },
      ),
    )
    const renewed = await prove({ ...proven, user: person.user }, 'UPDATE_PASSWORD')
    await during('changing the password', (parts) =>
      updatePassword(
        parts,
        { ...renewed, user: person.user },
        {
          newPassword: 'another battery staple',
          signOutEverywhere: false,
          verificationToken: renewed.verification.token,
        },
        visitor,
      ),
    )
    await during('signing out', (parts) => signOut(parts, renewed.session))
    const { id: another } = (await anyPerson(accounts)).user
    await during('finding those that fit', ({ sessions }) =>
      sessions.findLineages({ userId: another, transport: 'COOKIE' }, { limit: 100, except: null }),
    )
    const lineages = await accounts.sessions.findLineages({ userId: another }, { limit: 100, except: null })
    await during('ending those that fit', ({ sessions }) =>
      database.transaction((transaction) =>
        sessions.endLineages(
          transaction,
          lineages,
          {},
          { reason: 'REVOKED_BY_ADMINISTRATOR', actor: SYSTEM },
        ),
      ),
    )
    await during('ending everyone’s', (parts) => revokeEverySessionAsOperator(parts, { reason: 'a test' }))
    await during('sweeping', () => sweeper.sweep())
  }, 120_000)

  afterAll(() => sent.clear())

  it('each statement of each of them goes along an index, and from a place in it', async () => {
    const driver = driverOf(use.database.database)
    const findings: string[] = []
    for (const [name, statements] of sent) {
      for (const statement of statements)
        findings.push(...(await inspect(driver, statement)).map((finding) => `${name}: ${finding}`))
    }
    expect(findings).toEqual([])
  })

  it('where sessions were is forgotten along those of which it is known: not through all that were forgotten before', async () => {
    const [forgetting, ...others] = (sent.get('sweeping') ?? []).filter(({ text }) =>
      text.includes('"country_code" = '),
    )
    expect(others).toEqual([])
    if (!forgetting) throw new Error('nothing was forgotten')
    expect(await indexesOf(driverOf(use.database.database), forgetting)).toContain('sessions_ended_placed')
  })

  // those of one user's sessions stand in for each other, at the price of a history that is gone through
  it.each([
    'attempts_expires',
    'events_occurred',
    'events_order',
    'events_user_order',
    'sessions_ended',
    'sessions_era_live',
    'sessions_expires_live',
    'sessions_last_active_live',
    'sessions_lineage_live',
    'users_deleted',
    'verifications_expires',
    'verifications_session',
  ])('without %s one of them would not', async (name) => {
    const statements = [...sent.values()].flat()
    const found: string[] = []
    const rolledBack = new Error('rolled back by the test')
    const without = use.database.database.transaction(async (transaction) => {
      const driver = driverOf(transaction)
      await driver.unsafe(`DROP INDEX ${name}`)
      for (const statement of statements) found.push(...(await inspect(driver, statement)))
      throw rolledBack
    })
    await expect(without).rejects.toBe(rolledBack)
    expect(found).not.toEqual([])
  })
})
