import { sql } from 'drizzle-orm'
import { beforeAll, expect, it, vi } from 'vitest'
import type { Transaction } from '../../src/database/database.ts'
import { newId } from '../../src/kernel/ids.ts'
import type { SessionFilter } from '../../src/sessions/filter.ts'
import { listOwnedSessions, type SessionOrder } from '../../src/sessions/listing.ts'
import { listUsers } from '../../src/users/queries.ts'
import { describeOnPostgres } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'
import { seedFew } from '../seed/kit.ts'
import { driverOf, type Statement, statementsOf } from './plans.ts'

const FIRST = { size: 20, after: null, order: 'CREATED_AT_DESC' } as const

describeOnPostgres('what administrators look for among 3,000 people and 30,000 sessions', (open) => {
  const use = useApp(open)
  const queries = () => use.database.database.queries

  beforeAll(async () => {
    await seedFew(use.database.database, use.app.clock.now(), { users: 3_000, sessions: 30_000, days: 85 })
    // until every page is known to be visible to all, which another test's transaction can hold up
    await vi.waitFor(
      async () => {
        await queries().execute(sql`VACUUM (ANALYZE) sessions, users`)
        const [row] = await driverOf(use.database.database).unsafe<{ all: boolean }[]>(
          `SELECT bool_and(relallvisible = relpages) AS all FROM pg_class WHERE relname IN ('sessions', 'users')`,
        )
        if (row?.all !== true) throw new Error('not every page is known to be visible')
      },
      { timeout: 60_000, interval: 500 },
    )
  }, 120_000)

  /** How PostgreSQL goes about the statements that the work sends, in lines. */
  async function planOf(work: () => Promise<unknown>): Promise<string> {
    const { database } = use.database
    return explain(await statementsOf(database, work), database)
  }

  async function explain(
    statements: readonly Statement[],
    database: Pick<Transaction, 'queries'>,
    how = '',
  ): Promise<string> {
    const lines: string[] = []
    for (const { text, parameters } of statements) {
      const rows = await driverOf(database).unsafe<{ 'QUERY PLAN': string }[]>(`EXPLAIN ${how} ${text}`, [
        ...parameters,
      ] as never[])
      lines.push(...rows.map((row) => row['QUERY PLAN']))
    }
    return lines.join('\n')
  }

  const list =
    (filter: SessionFilter, order: SessionOrder, after = null) =>
    () =>
      listOwnedSessions(
        queries(),
        { now: use.app.clock.now(), policy: use.app.server.house.accounts.sessions.policy },
        filter,
        { size: 20, after, order },
      )

  it('is found by the beginning of an address, along the index of addresses', async () => {
    for (const search of ['ada.bauer', 'LEO.LANG', 'nobody']) {
      const plan = await planOf(() => listUsers(queries(), { search }, FIRST))
      expect(plan).toMatch(/users_email_key\b/)
      expect(plan).toMatch(/Index Cond: .*email_key >=/)
    }
    // the test's server is in no language; in one, an index finds prefixes in this order alone
    const [column] = await driverOf(use.database.database).unsafe(
      `SELECT collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation
        WHERE attrelid = 'users'::regclass AND attname = 'email_key'`,
    )
    expect(column).toEqual({ collname: 'C' })
  })

  it('is gone through page by page, from where the last one ended', async () => {
    const after = newId(new Date(use.app.clock.now().getTime() - 3_600_000 * 24 * 40))
    const people = await planOf(() => listUsers(queries(), {}, { ...FIRST, after }))
    expect(people).toMatch(/Index (Only )?Scan Backward using users_pkey/)
    expect(people).toMatch(/Index Cond: \(id < /)
    const byName = await planOf(() => listUsers(queries(), {}, { ...FIRST, after: 'm', order: 'EMAIL_ASC' }))
    expect(byName).toMatch(/users_email_key[\s\S]*Index Cond: .*email_key >/)
    expect(people + byName).not.toMatch(/Sort/)
  })

  /** What is asked, along which index, and nowhere from end to end. */
  const asked: readonly (readonly [index: string, filter: SessionFilter, order: SessionOrder])[] = [
    ['sessions_reason_last_active', { endReasons: ['IDLE_TIMEOUT'] }, 'LAST_ACTIVE_AT_DESC'],
    ['sessions_reason', { endReasons: ['ABSOLUTE_TIMEOUT'] }, 'CREATED_AT_DESC'],
    ['sessions_last_active_ended', { state: 'ENDED' }, 'LAST_ACTIVE_AT_ASC'],
    ['sessions_last_active_live', { state: 'ACTIVE' }, 'LAST_ACTIVE_AT_DESC'],
    ['sessions_ended', { state: 'ENDED' }, 'ENDED_AT_DESC'],
    ['sessions_traits', { browser: 'Vivaldi', deviceKind: 'PHONE' }, 'LAST_ACTIVE_AT_ASC'],
    ['sessions_country', { countryCode: 'IS', deviceKind: 'PHONE' }, 'LAST_ACTIVE_AT_ASC'],
    ['sessions_flagged', { flagged: true }, 'CREATED_AT_ASC'],
    ['sessions_expires_live', { endReasons: ['ABSOLUTE_TIMEOUT'] }, 'ENDED_AT_DESC'],
    ['sessions_last_active_live', { endReasons: ['IDLE_TIMEOUT'] }, 'ENDED_AT_DESC'],
  ]

  it.each(asked)('goes along %s for %o by %s, and would not without it', async (index, filter, order) => {
    const name = new RegExp(`\\b${index}\\b`)
    const statements = await statementsOf(use.database.database, list(filter, order))
    const plan = await explain(statements, use.database.database)
    expect(plan).toMatch(name)
    expect(plan).not.toMatch(/Seq Scan on (sessions|users)\b/)
    const rolledBack = new Error('rolled back by the test')
    const without = use.database.database.transaction(async (transaction) => {
      await driverOf(transaction).unsafe(`DROP INDEX ${index}`)
      expect(await explain(statements, transaction)).not.toMatch(name)
      throw rolledBack
    })
    await expect(without).rejects.toBe(rolledBack)
  })

  it.each([
    // what timed out without its row saying so, which is looked for with everything that has ended
    ['sessions_expires_live', { state: 'ENDED' }, 'ENDED_AT_DESC'],
    ['sessions_last_active_live', { state: 'ENDED' }, 'ENDED_AT_DESC'],
    // and ranges of another moment than that of the order
    [
      'sessions_last_active_ended',
      { endedAfter: new Date(0), endedBefore: new Date(1) },
      'LAST_ACTIVE_AT_ASC',
    ],
    ['sessions_ended', { createdAfter: new Date(0), lastActiveAfter: new Date(0) }, 'ENDED_AT_DESC'],
    ['sessions_era_live', { state: 'ACTIVE', createdBefore: new Date(1) }, 'CREATED_AT_DESC'],
    // a country's, of which there are many, and only among the newest: places are forgotten
    ['sessions_country', { countryCode: 'DE' }, 'LAST_ACTIVE_AT_ASC'],
    ['sessions_country', { countryCode: 'DE', state: 'ENDED' }, 'CREATED_AT_ASC'],
    ['sessions_country', { countryCode: 'DE', deviceKind: 'PHONE', state: 'ENDED' }, 'ENDED_AT_DESC'],
    ['sessions_country', { countryCode: 'DE', search: 'a' }, 'LAST_ACTIVE_AT_DESC'],
  ] as const)('is told by %s without a row being read, of %o by %s', async (index, filter, order) => {
    expect(await planOf(list(filter, order))).toMatch(
      new RegExp(`Index Only Scan (Backward )?using ${index}\\b`),
    )
  })

  it('is gone through in order if it is frequent, and else found by what is rare about it', async () => {
    /** How often the index of traits was gone to. */
    const timesOf = async (filter: SessionFilter): Promise<readonly string[]> => {
      const { database } = use.database
      const statements = await statementsOf(database, list(filter, 'LAST_ACTIVE_AT_DESC'))
      const plan = await explain(statements, database, '(ANALYZE, COSTS OFF, TIMING OFF)')
      return plan.match(/(?<=sessions_traits )\((never executed|actual rows=\d+ loops=\d+)\)/g) ?? []
    }
    const frequent = await timesOf({ countryCode: 'DE', browser: 'Chrome' })
    expect(new Set(frequent)).toEqual(new Set(['(never executed)']))
    const rare = await timesOf({ countryCode: 'IS', browser: 'Firefox' })
    expect(rare).toContainEqual(expect.stringMatching(/^\(actual rows=\d{1,2} loops=1\)$/))
  })

  it('is counted for charts without reading a row of what is over', async () => {
    const plan = await planOf(() => use.app.server.house.accounts.statistics.read('MONTH', 'Europe/Berlin'))
    for (const index of ['sessions_pkey', 'sessions_successors', 'sessions_ended'])
      expect(plan).toMatch(new RegExp(`Index Only Scan using ${index}\\b`))
    expect(plan).not.toMatch(/Seq Scan on sessions\b/)
  })
})
