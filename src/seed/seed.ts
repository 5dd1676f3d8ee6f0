import { sql } from 'drizzle-orm'
import { type Database, type Queries, rowsOf } from '../database/database.ts'
import type { SessionPolicy } from '../sessions/lifetime.ts'
import { emailKey } from '../users/email.ts'
import { inventHistory, type PastSession } from './history.ts'
import { inventPeople, type Person } from './people.ts'
import { Random } from './random.ts'

/** What to fill a database with. */
export interface Seed {
  readonly users: number
  readonly sessions: number
  /** How many days the history goes back. */
  readonly days: number
  /** The same number makes the same people and the same history, as of the same moment. */
  readonly seed: number
  readonly now: Date
  readonly policy: SessionPolicy
  /** How long it is kept where a session that has ended was used (milliseconds): the sweeper is to find nothing to forget. */
  readonly placeRetention: number
  /** Of everybody's password. */
  readonly passwordHash: string
  /** Hears how many rows of how many there are. */
  readonly onProgress: (done: number, all: number) => void
}

/** Rows of one statement. */
const BATCH = 2_000

/** How many people there are beside the one administrator of the first run, deleted ones aside. */
export async function countPeople({ queries }: Database): Promise<number> {
  const [row] = rowsOf<{ people: number; administrators: number }>(
    await queries.execute(sql`SELECT count(*)::int AS people, (count(*) FILTER (WHERE 'ADMINISTRATOR' = ANY(roles)))::int AS administrators
      FROM users WHERE deleted_at IS NULL`),
  )
  const [people, administrators] = [Number(row?.people), Number(row?.administrators)]
  return people - Math.min(administrators, 1)
}

/**
 * Fills a database with people, their devices, and months of sessions, all of it or nothing. The indexes of sessions are made anew behind
 * it, which takes a fraction of the time, and keeps everybody else from sessions until then.
 */
export async function seedDatabase(database: Database, seed: Seed): Promise<void> {
  const random = new Random(seed.seed)
  const now = seed.now.getTime()
  const mark = seed.seed === 1 ? '' : `${seed.seed}.`
  const people = inventPeople(random, { count: seed.users, now, mark })
  const all = seed.users + seed.sessions
  let done = 0
  const tell = (rows: number): void => {
    done += rows
    seed.onProgress(done, all)
  }
  await database.transaction(
    async ({ queries }) => {
      await queries.execute(sql`SET LOCAL statement_timeout = 0`)
      await queries.execute(sql`SET LOCAL idle_in_transaction_session_timeout = 0`)
      for (const batch of batches(people)) {
        await insert(
          queries,
          'users',
          batch.map((person) => userRow(person, seed.passwordHash)),
        )
        tell(batch.length)
      }
      const era = await latestEra(queries)
      const forgotten = now - seed.placeRetention
      const indexes = await dropIndexes(queries)
      const { sessions: count, days, policy } = seed
      for (const day of inventHistory(random, { people, count, days, now, policy })) {
        for (const batch of batches(day)) {
          await insert(
            queries,
            'sessions',
            batch.map((session) => sessionRow(random, session, { era, forgotten })),
          )
          tell(batch.length)
        }
      }
      for (const definition of indexes) await queries.execute(sql.raw(definition))
    },
    { unhurried: true },
  )
  // what the planner knows, and what index-only scans need, is not to wait for the autovacuum
  await database.queries.execute(sql`VACUUM (ANALYZE) users, sessions`)
}

function* batches<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += BATCH) yield rows.slice(start, start + BATCH)
}

async function insert(queries: Queries, table: 'users' | 'sessions', rows: readonly object[]): Promise<void> {
  const name = sql.identifier(table)
  await queries.execute(
    sql`INSERT INTO ${name} SELECT * FROM json_populate_recordset(NULL::${name}, ${JSON.stringify(rows)}::text::json)`,
  )
}

async function latestEra(queries: Queries): Promise<number> {
  const [row] = rowsOf<{ era: number }>(
    await queries.execute(sql`SELECT coalesce(max(era), 0) AS era FROM session_eras`),
  )
  return Number(row?.era)
}

/** Drops the indexes of sessions but for the one of their ids. @returns how each is made again */
async function dropIndexes(queries: Queries): Promise<readonly string[]> {
  const indexes = rowsOf<{ name: string; definition: string }>(
    await queries.execute(sql`SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE i.indrelid = 'sessions'::regclass AND NOT i.indisunique ORDER BY c.relname`),
  )
  for (const { name } of indexes) await queries.execute(sql`DROP INDEX ${sql.identifier(name)}`)
  return indexes.map(({ definition }) => definition)
}

function userRow(person: Person, passwordHash: string): object {
  return {
    id: person.id,
    email: person.email,
    email_key: emailKey(person.email),
    password_hash: passwordHash,
    credential_version: 1,
    roles: [],
    created_at: iso(person.createdAt),
    disabled_at: person.disabledAt === null ? null : iso(person.disabledAt),
    deleted_at: null,
  }
}

function sessionRow(
  random: Random,
  session: PastSession,
  { era, forgotten }: { era: number; forgotten: number },
): object {
  const { device, ended } = session
  const isForgotten = ended !== null && ended.at < forgotten
  const places = isForgotten ? [] : session.places
  const start = places.at(-1)
  const isCookie = device.transport === 'COOKIE'
  return {
    id: session.id,
    user_id: session.person.id,
    // the hash of nothing that anybody knows: no cookie opens it
    secret_hash: isCookie ? `\\x${random.hex(32)}` : null,
    transport: device.transport,
    factors: ['PASSWORD'],
    remembered: session.remembered,
    created_at: iso(session.createdAt),
    last_active_at: iso(session.lastActiveAt),
    verified_at: iso(session.createdAt),
    expires_at: iso(session.expiresAt),
    ended_at: ended && iso(ended.at),
    end_reason: ended?.reason ?? null,
    replaces_id: session.replacesId,
    lineage_id: session.lineageId,
    device_label: device.label,
    device_kind: device.kind,
    device_browser: device.browser,
    device_system: device.system,
    network: start?.network ?? null,
    country_code: start?.countryCode ?? null,
    city: start?.city ?? null,
    places: places.map(({ network, countryCode, city, firstSeenAt, lastSeenAt }) => ({
      network,
      countryCode,
      city,
      firstSeenAt: iso(firstSeenAt),
      lastSeenAt: iso(lastSeenAt),
    })),
    anomalies: session.anomalies.map((anomaly) => ({
      ...anomaly,
      network: isForgotten ? null : anomaly.network,
      occurredAt: iso(anomaly.occurredAt),
    })),
    refresh_salt: isCookie ? null : `\\x${random.hex(16)}`,
    refresh_current: isCookie ? null : 1,
    refresh_retry: isCookie ? null : 0,
    refresh_seen: isCookie ? null : 0,
    refresh_rotated_at: isCookie ? null : iso(session.createdAt),
    refresh_agent: null,
    refresh_displaced: [],
    era,
  }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
