import { and, gte, lt, type SQL, sql } from 'drizzle-orm'
import { type Database, type Queries, rowsOf } from '../database/database.ts'
import { IS_FLAGGED, sessions, users } from '../database/tables.ts'
import type { Clock } from '../kernel/clock.ts'
import type { SessionEndReason } from '../protocol/sessions.ts'
import { findCurrentEra, isUnwrittenOf, isWrittenOff } from './eras.ts'
import { firstIdOf } from './filter.ts'
import type { SessionPolicy } from './lifetime.ts'
import { type UnwrittenPart, unwritten } from './listing.ts'
import { type Range, type StatisticsPeriod, stepsOf } from './statistics-steps.ts'

/** How many sessions ended for a reason. */
export interface Endings {
  readonly reason: SessionEndReason
  readonly count: number
}

/** What happened in one step of a period. */
export interface StatisticsStep {
  readonly startsAt: Date
  readonly endsAt: Date
  /** Sessions that began by signing in. */
  readonly signIns: number
  /** Sessions that went on when the step was over. */
  readonly active: number
  readonly ended: number
  /** The most frequent first; none that did not occur. */
  readonly endings: readonly Endings[]
}

/** What is known of everyone's sessions, in numbers. */
export interface Statistics {
  readonly period: StatisticsPeriod
  readonly countedAt: Date
  /** Sessions that go on. */
  readonly activeSessions: number
  /** Sessions that are kept, ended ones included, in which something was noticed. */
  readonly flaggedSessions: number
  readonly users: number
  readonly disabledUsers: number
  /** The oldest first: whole ones, and one that has only begun. */
  readonly steps: readonly StatisticsStep[]
}

/** How long what was counted is good for (milliseconds). */
const GOOD_FOR = 5_000

/** What is counted is a period, as clocks in a zone show it. */
type Wanted = `${StatisticsPeriod} ${string}`

interface Counting {
  /** By {@link Clock.elapsed}; null as long as it is being counted. */
  done: number | null
  readonly result: Promise<Statistics>
}

/**
 * Counts everyone's sessions, for charts. What was counted is remembered for a few seconds, and whoever asks while it is being counted waits for
 * the same result: however many ask, and however often, a period of a zone is counted once at a time.
 */
export class SessionStatistics {
  readonly #database: Database
  readonly #clock: Clock
  readonly #policy: SessionPolicy
  readonly #counted = new Map<Wanted, Counting>()
  /** There are hundreds of zones, and one request may ask for all of them: the database counts one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: { database: Database; clock: Clock; policy: SessionPolicy }) {
    this.#database = parts.database
    this.#clock = parts.clock
    this.#policy = parts.policy
  }

  /**
   * The statistics of a period that ends now, or did a few seconds ago.
   * @param timeZone an IANA name: steps begin where its clocks show a whole one
   */
  read(period: StatisticsPeriod, timeZone: string): Promise<Statistics> {
    this.#forgetOld()
    const wanted: Wanted = `${period} ${timeZone}`
    const known = this.#counted.get(wanted)
    if (known) return known.result
    const result = this.#last.then(() => this.#count(period, timeZone))
    this.#last = result.catch(() => {})
    const counting: Counting = { done: null, result }
    this.#counted.set(wanted, counting)
    counting.result.then(
      () => {
        counting.done = this.#clock.elapsed()
      },
      // what could not be counted is not remembered
      () => this.#counted.delete(wanted),
    )
    return counting.result
  }

  /** There are hundreds of zones, and what was counted is never asked for again after a few seconds. */
  #forgetOld(): void {
    for (const [wanted, { done }] of this.#counted) {
      if (done !== null && this.#clock.elapsed() - done >= GOOD_FOR) this.#counted.delete(wanted)
    }
  }

  async #count(period: StatisticsPeriod, timeZone: string): Promise<Statistics> {
    const now = this.#clock.now()
    const ranges = stepsOf(period, now, timeZone)
    // one look at all of it, so that the numbers fit together
    return this.#database.transaction(async ({ queries }) => {
      await queries.execute(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`)
      const era = await findCurrentEra(queries)
      const over = unwritten({ era, now, policy: this.#policy, filter: {} })
      const begun = await countBegun(queries, ranges)
      const endings = await countEndings(queries, ranges, over)
      const totals = await countTotals(queries, era, over)
      return {
        period,
        countedAt: now,
        ...totals,
        steps: toSteps(ranges, begun, endings, totals.activeSessions),
      }
    })
  }
}

interface Begun {
  readonly started: number
  readonly successors: number
}

/** How many sessions began in each range, and how many of them as the successor of another. Ids tell, so no row is read. */
async function countBegun(queries: Queries, ranges: readonly Range[]): Promise<readonly Begun[]> {
  const list = sql.join(
    ranges.map(({ from, to }, n) => sql`(${n}::int, ${firstIdOf(from)}::uuid, ${firstIdOf(to)}::uuid)`),
    sql`, `,
  )
  const made = sql`FROM ${sessions} WHERE ${sessions.id} >= r.first AND ${sessions.id} < r.next`
  const rows = rowsOf<{ started: number; successors: number }>(
    await queries.execute(sql`SELECT (SELECT count(*)::int ${made}) AS started,
        (SELECT count(*)::int ${made} AND ${sessions.replacesId} IS NOT NULL) AS successors
      FROM (VALUES ${list}) r (n, first, next) ORDER BY r.n`),
  )
  return rows.map(({ started, successors }) => ({ started: Number(started), successors: Number(successors) }))
}

type Ended = UnwrittenPart['ended']

/** How many sessions ended in each range, for each reason: those whose rows say so, and those whose rows do not yet. */
async function countEndings(
  queries: Queries,
  ranges: readonly Range[],
  over: readonly UnwrittenPart[],
): Promise<readonly Endings[][]> {
  const bounds = [...ranges.map(({ from }) => from), ranges.at(-1)?.to ?? 0]
  const [from, to] = [bounds[0] ?? 0, bounds.at(-1) ?? 0]
  const counted = ({ at, after }: Ended, reason: SQL, is: SQL | undefined): SQL => {
    const n = sql`width_bucket(${at}, ${moments(bounds.map((bound) => bound - after))}) - 1`
    return sql`SELECT ${n} AS n, ${reason} AS reason, count(*)::int AS count
      FROM ${sessions} WHERE ${and(is, gte(at, moment(from - after)), lt(at, moment(to - after)))} GROUP BY 1, 2`
  }
  const selects = [
    counted({ at: sql`${sessions.endedAt}`, after: 0 }, sql`${sessions.endReason}`, isWrittenOff),
    ...over.map(({ is, ended, reason }) => counted(ended, sql`${reason}::text`, is)),
  ]
  const rows = rowsOf<{ n: number; reason: SessionEndReason; count: number }>(
    await queries.execute(sql.join(selects, sql` UNION ALL `)),
  )
  const endings = ranges.map(() => new Map<SessionEndReason, number>())
  for (const { n, reason, count } of rows) {
    const ofRange = endings[Number(n)]
    if (Number(count) > 0) ofRange?.set(reason, (ofRange.get(reason) ?? 0) + Number(count))
  }
  return endings.map((ofRange) =>
    [...ofRange]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason)),
  )
}

function moment(time: number): SQL {
  return sql`${new Date(time).toISOString()}::timestamptz`
}

function moments(times: readonly number[]): SQL {
  const list = times.map((time) => new Date(time).toISOString())
  return sql`${`{${list.join()}}`}::timestamptz[]`
}

/** What there is now. What goes on is what has not been written off, less what is over all the same: the first is a count of an index. */
async function countTotals(queries: Queries, era: number, over: readonly UnwrittenPart[]) {
  const ofThisEra = over.filter(({ isOfThisEra }) => isOfThisEra)
  const count = (table: SQL, condition: SQL | undefined): SQL =>
    sql`(SELECT count(*)::int FROM ${table} WHERE ${condition ?? sql`TRUE`})`
  const everySession = sql`${sessions}`
  const everyUser = sql`${users}`
  const timedOut = ofThisEra.map(({ is }) => count(everySession, is))
  const [row] = rowsOf<Record<'open' | 'over' | 'flagged' | 'users' | 'deleted' | 'disabled', number>>(
    await queries.execute(sql`SELECT ${count(everySession, isUnwrittenOf(era, 'this'))} AS open,
      ${sql.join(timedOut, sql` + `)} AS over,
      ${count(everySession, sql`${IS_FLAGGED}`)} AS flagged,
      ${count(everyUser, undefined)} AS users,
      ${count(everyUser, sql`${users.deletedAt} IS NOT NULL`)} AS deleted,
      ${count(everyUser, sql`${users.disabledAt} IS NOT NULL AND ${users.deletedAt} IS NULL`)} AS disabled`),
  )
  if (!row) throw new Error('the totals were not returned')
  return {
    activeSessions: Number(row.open) - Number(row.over),
    flaggedSessions: Number(row.flagged),
    users: Number(row.users) - Number(row.deleted),
    disabledUsers: Number(row.disabled),
  }
}

/** Goes back from what goes on now: before a step there were those less that began in it, and those more that ended in it. */
function toSteps(
  ranges: readonly Range[],
  begun: readonly Begun[],
  endings: readonly (readonly Endings[])[],
  activeNow: number,
): readonly StatisticsStep[] {
  const steps: StatisticsStep[] = []
  let active = activeNow
  for (let index = ranges.length - 1; index >= 0; index--) {
    const { from, to } = ranges[index] ?? { from: 0, to: 0 }
    const { started, successors } = begun[index] ?? { started: 0, successors: 0 }
    const ofStep = endings[index] ?? []
    const ended = ofStep.reduce((sum, { count }) => sum + count, 0)
    steps.push({
      startsAt: new Date(from),
      endsAt: new Date(to),
      signIns: started - successors,
      active,
      ended,
      endings: ofStep,
    })
    // what is forgotten by now is in neither number, and clocks of nodes differ
    active = Math.max(0, active - started + ended)
  }
  return steps.reverse()
}
