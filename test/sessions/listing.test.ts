import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { rowsOf } from '../../src/database/database.ts'
import { sessions, users } from '../../src/database/tables.ts'
import { SESSION_END_REASONS } from '../../src/protocol/sessions.ts'
import { Random } from '../../src/seed/random.ts'
import { readConfig } from '../../src/server/config.ts'
import { endedAt, endReason } from '../../src/sessions/eras.ts'
import type { SessionFilter } from '../../src/sessions/filter.ts'
import { endsAt, reachedLimit, type SessionPolicy } from '../../src/sessions/lifetime.ts'
import {
  countSessions,
  listOwnedSessions,
  positionOfSession,
  SESSION_ORDERS,
  type SessionOrder,
  type SessionPosition,
} from '../../src/sessions/listing.ts'
import { SessionStatistics } from '../../src/sessions/statistics.ts'
import { STATISTICS_PERIODS } from '../../src/sessions/statistics-steps.ts'
import type { TestDatabase } from '../kit/databases.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { seedFew } from '../seed/kit.ts'

const DAY = 86_400_000
const ZONES = Intl.supportedValuesOf('timeZone').slice(0, 20)

/** A session as anybody would judge it who looks at its row alone. */
interface Judged {
  readonly id: string
  readonly userId: string
  readonly email: string
  readonly createdAt: Date
  readonly lastActiveAt: Date
  readonly expiresAt: Date
  readonly endedAt: Date | null
  readonly endReason: string | null
  readonly network: string | null
  readonly countryCode: string | null
  readonly deviceKind: string
  readonly browser: string | null
  readonly system: string | null
  readonly transport: string
  readonly flagged: boolean
  readonly replacesId: string | null
}

describeEachDatabase('lists of everyone’s sessions', (open) => {
  const clock = new FrozenClock()
  const policy: SessionPolicy = readConfig({ NODE_ENV: 'test' }).sessions
  const look = { now: clock.now(), policy }
  let test: TestDatabase
  let all: readonly Judged[]
  const queries = () => test.database.queries

  beforeAll(async () => {
    test = await open()
    await seedFew(test.database, clock.now())
    // a part of what timed out has not been noticed yet, and a part belongs to an era that is over
    await queries().execute(sql`UPDATE sessions SET ended_at = NULL, end_reason = NULL
      WHERE end_reason IN ('IDLE_TIMEOUT', 'ABSOLUTE_TIMEOUT') AND hashtext(id::text) % 3 = 0`)
    await queries().execute(sql`INSERT INTO session_eras VALUES
      (1, gen_random_uuid(), ${new Date(clock.now().getTime() - 2 * DAY).toISOString()}::timestamptz, 'one', 'SYSTEM', NULL),
      (2, gen_random_uuid(), ${new Date(clock.now().getTime() - DAY).toISOString()}::timestamptz, 'two', 'SYSTEM', NULL)`)
    // nobody is active in a session of an era that is over
    const before = (days: number) =>
      sql`last_active_at < ${new Date(clock.now().getTime() - days * DAY).toISOString()}::timestamptz`
    await queries().execute(sql`UPDATE sessions SET era = CASE WHEN hashtext(id::text) % 5 = 0 AND ${before(1)} THEN 1
      WHEN hashtext(id::text) % 5 = 1 AND ${before(2)} THEN 0 ELSE 2 END`)
    const rows = await queries()
      .select({
        id: sessions.id,
        userId: sessions.userId,
        email: users.emailKey,
        createdAt: sessions.createdAt,
        lastActiveAt: sessions.lastActiveAt,
        expiresAt: sessions.expiresAt,
        endedAt,
        endReason,
        network: sessions.network,
        countryCode: sessions.countryCode,
        deviceKind: sessions.deviceKind,
        browser: sessions.deviceBrowser,
        system: sessions.deviceSystem,
        transport: sessions.transport,
        anomalies: sessions.anomalies,
        replacesId: sessions.replacesId,
      })
      .from(sessions)
      .innerJoin(users, sql`${users.id} = ${sessions.userId}`)
    all = rows.map(({ anomalies, email, ...row }) => {
      const limit = row.endedAt === null ? reachedLimit(row, policy, look.now) : null
      const over = limit === null ? {} : { endReason: limit, endedAt: endsAt(row, policy) }
      return { ...row, email: email ?? '', flagged: anomalies.length > 0, ...over }
    })
    return () => test[Symbol.asyncDispose]()
  }, 60_000)

  function fits(session: Judged, filter: SessionFilter): boolean {
    const within = (moment: Date | null, from?: Date | null, to?: Date | null) =>
      (from == null || (moment !== null && moment >= from)) &&
      (to == null || (moment !== null && moment < to))
    const is = (value: unknown, wanted: unknown) => wanted == null || value === wanted
    return (
      is(session.userId, filter.userId) &&
      (filter.search == null || session.email.startsWith(filter.search.trim().toLowerCase())) &&
      is(session.endedAt === null ? 'ACTIVE' : 'ENDED', filter.state) &&
      (filter.endReasons == null || filter.endReasons.some((reason) => reason === session.endReason)) &&
      within(session.createdAt, filter.createdAfter, filter.createdBefore) &&
      within(session.lastActiveAt, filter.lastActiveAfter, filter.lastActiveBefore) &&
      within(session.endedAt, filter.endedAfter, filter.endedBefore) &&
      is(session.network, filter.network) &&
      is(session.countryCode, filter.countryCode) &&
      is(session.deviceKind, filter.deviceKind) &&
      is(session.browser, filter.browser) &&
      is(session.system, filter.system) &&
      is(session.transport, filter.transport) &&
      is(session.flagged, filter.flagged)
    )
  }

  function expected(filter: SessionFilter, order: SessionOrder): readonly string[] {
    const moment = (session: Judged): number =>
      order.startsWith('CREATED')
        ? 0
        : ((order.startsWith('ENDED') ? session.endedAt : session.lastActiveAt)?.getTime() ?? 0)
    const found = all.filter(
      (session) => fits(session, filter) && (!order.startsWith('ENDED') || session.endedAt !== null),
    )
    const ascending = found.sort((a, b) => moment(a) - moment(b) || (a.id < b.id ? -1 : 1))
    return (order.endsWith('DESC') ? ascending.reverse() : ascending).map(({ id }) => id)
  }

  async function paged(
    filter: SessionFilter,
    order: SessionOrder,
    size: number,
    walk?: number,
  ): Promise<readonly string[]> {
    const found: string[] = []
    for (let after: SessionPosition | null = null; ; ) {
      const page = await listOwnedSessions(queries(), look, filter, {
        size,
        after,
        order,
        ...(walk && { walk }),
      })
      found.push(...page.items.map(({ session }) => session.id))
      const last = page.items.at(-1)
      if (!page.hasMore || !last) return found
      after = positionOfSession(last.session, order)
    }
  }

  /** A filter of a few conditions that somebody could have meant, made of what one of the sessions is. */
  function someFilter(random: Random): SessionFilter {
    const like = random.pick(all)
    const near = (moment: Date | null) =>
      new Date((moment ?? look.now).getTime() + (random.number() - 0.5) * 4 * DAY)
    const conditions: readonly (() => SessionFilter)[] = [
      () => ({ userId: like.userId }),
      () => ({ search: ` ${like.email.slice(0, 1 + random.below(5)).toUpperCase()}` }),
      () => ({ state: random.pick(['ACTIVE', 'ENDED'] as const) }),
      () => ({
        endReasons: [random.pick(SESSION_END_REASONS), random.pick(SESSION_END_REASONS), 'IDLE_TIMEOUT'],
      }),
      () => ({ endReasons: ['REVOKED_BY_ADMINISTRATOR'] }),
      () => ({ createdAfter: near(like.createdAt) }),
      () => ({ createdBefore: near(like.createdAt) }),
      () => ({ lastActiveAfter: near(like.lastActiveAt) }),
      () => ({ lastActiveBefore: near(like.lastActiveAt) }),
      () => ({ endedAfter: near(like.endedAt) }),
      () => ({ endedBefore: near(like.endedAt) }),
      // to the millisecond
      () => ({ endedAfter: like.endedAt ?? look.now }),
      () => ({ lastActiveBefore: like.lastActiveAt }),
      () => ({ network: like.network }),
      () => ({ countryCode: like.countryCode }),
      () => ({ deviceKind: like.deviceKind as 'PHONE' }),
      () => ({ browser: like.browser }),
      () => ({ system: like.system }),
      () => ({ transport: like.transport as 'TOKEN' }),
      () => ({ flagged: random.chance(0.5) }),
    ]
    const chosen = Array.from({ length: random.below(4) }, () => random.pick(conditions)())
    return Object.assign({}, ...chosen) as SessionFilter
  }

  it('hold exactly what fits, in order, page by page, whatever is asked, and as many as are counted', async () => {
    const random = new Random(20_261_121)
    const seen = new Set<number>()
    for (let time = 0; time < 60; time++) {
      const [filter, order] = [someFilter(random), random.pick(SESSION_ORDERS)]
      const ids = expected(filter, order)
      seen.add(Math.min(ids.length, 3))
      // there are too few to go through: some pages are filled by going through less than that, and some by neither
      for (const walk of [undefined, random.pick([1, 50, 200])])
        expect([filter, order, walk, await paged(filter, order, 40, walk)]).toEqual([
          filter,
          order,
          walk,
          ids,
        ])
      expect(await countSessions(queries(), look, filter, order)).toEqual({
        value: ids.length,
        isExact: true,
      })
    }
    // of nothing, and of many
    expect([...seen]).toEqual(expect.arrayContaining([0, 3]))
  }, 60_000)

  it('show what is over without its row saying so as ended, when and for what it did', async () => {
    const unwritten = rowsOf<{ id: string }>(
      await queries().execute(sql`SELECT id FROM sessions WHERE ended_at IS NULL`),
    ).map(({ id }) => id)
    const page = await listOwnedSessions(
      queries(),
      look,
      { state: 'ENDED' },
      { size: 100, after: null, order: 'ENDED_AT_DESC' },
    )
    const shown = page.items.filter(({ session }) => unwritten.includes(session.id))
    expect(new Set(shown.map(({ session }) => session.endReason))).toContain('REVOKED_BY_ADMINISTRATOR')
    expect(new Set(shown.map(({ session }) => session.endReason)).size).toBeGreaterThan(1)
    for (const { session } of shown) {
      const { endedAt: at, endReason: reason } = all.find(({ id }) => id === session.id) ?? {}
      expect([session.endedAt, session.endReason]).toEqual([at, reason])
    }
  })

  it('are counted for charts: what began, what ended for which reason, and what went on', async () => {
    const statistics = new SessionStatistics({ database: test.database, clock, policy })
    const wanted = STATISTICS_PERIODS.flatMap((period) =>
      ['UTC', 'America/New_York', 'Asia/Kathmandu'].map((timeZone) => ({ period, timeZone })),
    )
    for (const { period, timeZone } of wanted) {
      const {
        steps,
        activeSessions,
        flaggedSessions,
        users: people,
      } = await statistics.read(period, timeZone)
      expect([activeSessions, flaggedSessions, people]).toEqual([
        all.filter((session) => session.endedAt === null).length,
        all.filter(({ flagged }) => flagged).length,
        40,
      ])
      expect(steps.at(-1)?.endsAt).toEqual(look.now)
      for (const step of steps) {
        const within = (moment: Date | null) =>
          moment !== null && moment >= step.startsAt && moment < step.endsAt
        const ended = all.filter((session) => within(session.endedAt))
        const counts = new Map<string, number>()
        for (const session of ended)
          counts.set(session.endReason ?? '', (counts.get(session.endReason ?? '') ?? 0) + 1)
        expect(Object.fromEntries(step.endings.map(({ reason, count }) => [reason, count]))).toEqual(
          Object.fromEntries(counts),
        )
        expect([step.ended, step.signIns, step.active]).toEqual([
          ended.length,
          all.filter((session) => within(session.createdAt) && session.replacesId === null).length,
          all.filter(
            (session) =>
              session.createdAt < step.endsAt && (session.endedAt === null || session.endedAt >= step.endsAt),
          ).length,
        ])
      }
    }
  })

  it('are counted once for all who ask, and remembered for five seconds', async () => {
    const counting = new FrozenClock()
    const statistics = new SessionStatistics({ database: test.database, clock: counting, policy })
    const [one, two] = await Promise.all([statistics.read('DAY', 'UTC'), statistics.read('DAY', 'UTC')])
    expect(two).toBe(one)
    counting.advance(4_999)
    expect(await statistics.read('DAY', 'UTC')).toBe(one)
    expect(await statistics.read('HOUR', 'UTC')).not.toBe(one)
    expect(await statistics.read('DAY', 'Asia/Tokyo')).not.toBe(one)
    counting.advance(1)
    expect(await statistics.read('DAY', 'UTC')).not.toBe(one)
    let [now, most] = [0, 0]
    const crowded = new SessionStatistics({
      database: {
        ...test.database,
        transaction: async (work) => {
          most = Math.max(most, ++now)
          return test.database.transaction(work).finally(() => now--)
        },
      },
      clock: counting,
      policy,
    })
    // one request can ask for as many, and everybody else needs the database too
    await Promise.all(ZONES.map((zone) => crowded.read('HOUR', zone)))
    expect(most).toBe(1)
    const failing = new SessionStatistics({
      database: { ...test.database, transaction: () => Promise.reject(new Error('away')) },
      clock: counting,
      policy,
    })
    const first = failing.read('DAY', 'UTC')
    await expect(first).rejects.toThrow('away')
    // not remembered
    expect(failing.read('DAY', 'UTC').catch(() => {})).not.toBe(first)
  })

  it('are not counted again while they are being counted, however long that takes', async () => {
    const counting = new FrozenClock()
    const held = Promise.withResolvers<void>()
    let counts = 0
    const transaction: typeof test.database.transaction = async (task) => {
      counts += 1
      await held.promise
      return await test.database.transaction(task)
    }
    const database = { ...test.database, transaction }
    const statistics = new SessionStatistics({ database, clock: counting, policy })
    const first = statistics.read('DAY', 'UTC')
    counting.advance(60_000)
    const second = statistics.read('DAY', 'UTC')
    await expect.poll(() => counts).toBe(1)
    held.resolve()
    expect(await second).toBe(await first)
    // five seconds from when it was there
    counting.advance(4_999)
    expect(await statistics.read('DAY', 'UTC')).toBe(await first)
    expect(counts).toBe(1)
  })

  it('know nothing of texts that no database can hold', async () => {
    for (const filter of [{ browser: 'x\0' }, { search: 'a\0' }, { system: "'; --" }])
      expect(await paged(filter, 'CREATED_AT_DESC', 10)).toEqual([])
  })
})
