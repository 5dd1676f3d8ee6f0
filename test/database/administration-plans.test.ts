import { beforeAll, expect, it } from 'vitest'
import { listOwnedSessions } from '../../src/accounts/list-sessions.ts'
import { newId } from '../../src/kernel/ids.ts'
import { listUsers } from '../../src/users/queries.ts'
import { describeOnPostgres } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'
import { analyze, fill } from './crowd.ts'
import { driverOf, statementsOf } from './plans.ts'

const ORDER = { order: 'CREATED_AT_DESC' } as const
const FIRST = { size: 20, after: null, ...ORDER }

describeOnPostgres('what administrators look for among 20,000 people and 20,000 sessions', (open) => {
  const use = useApp(open)
  const accounts = () => use.app.server.house.accounts
  const queries = () => use.database.database.queries

  beforeAll(async () => {
    await fill(use.database.database, use.app.clock.now(), { users: 20_000, sessions: 20_000 })
    await analyze(use.database.database)
  }, 120_000)

  /** How PostgreSQL goes about the one statement that the work sends, in lines. */
  async function planOf(work: () => Promise<unknown>): Promise<string> {
    const { database } = use.database
    const [statement, ...others] = await statementsOf(database, work)
    expect(others).toEqual([])
    const rows = await driverOf(database).unsafe<{ 'QUERY PLAN': string }[]>(`EXPLAIN ${statement?.text}`, [
      ...(statement?.parameters ?? []),
    ] as never[])
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }

  it('is found by the beginning of an address, along the index of addresses', async () => {
    for (const prefix of ['one-1234', 'ONE-777@example', 'nobody']) {
      const plan = await planOf(() => listUsers(queries(), { search: prefix }, FIRST))
      expect(plan).toMatch(/users_email_key\b/)
      expect(plan).toMatch(/Index Cond: .*email_key >=/)
    }
    // itself and those with one more digit, but for one that was deleted
    expect((await listUsers(queries(), { search: 'one-1234' }, FIRST)).items).toHaveLength(10)
    // the test's server is in no language; in one, an index finds prefixes in this order alone
    const [column] = await driverOf(use.database.database).unsafe(
      `SELECT collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation
        WHERE attrelid = 'users'::regclass AND attname = 'email_key'`,
    )
    expect(column).toEqual({ collname: 'C' })
  })

  it('is gone through page by page, from where the last one ended', async () => {
    const after = newId(new Date(use.app.clock.now().getTime() - 3_600_000))
    const users = await planOf(() => listUsers(queries(), {}, { size: 20, after, ...ORDER }))
    expect(users).toMatch(/Index Scan Backward using users_pkey/)
    expect(users).toMatch(/Index Cond: \(id < /)
    expect(users).not.toMatch(/Sort/)
    for (const state of [null, 'ACTIVE', 'ENDED'] as const) {
      const all = await planOf(() =>
        listOwnedSessions(
          accounts(),
          { userId: null, state },
          { size: 20, after: { id: after, moment: null }, ...ORDER },
        ),
      )
      expect(all).toMatch(/Index Scan Backward using sessions_pkey/)
      // of eras there are a handful
      expect(all).not.toMatch(/Seq Scan on (sessions|users)\b|Sort Key: (?!session_eras)/)
    }
    const [someone] = (await listUsers(queries(), {}, FIRST)).items
    const own = await planOf(() =>
      listOwnedSessions(
        accounts(),
        { userId: someone?.id ?? '', state: null },
        { size: 20, after: { id: after, moment: null }, ...ORDER },
      ),
    )
    expect(own).toMatch(/sessions_user\b/)
  })
})
