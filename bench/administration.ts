import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import postgres from 'postgres'
import { Passwords } from '../src/credentials/password.ts'
import { migrate } from '../src/database/migrate.ts'
import { openPostgres } from '../src/database/postgres.ts'
import { encodeSessionCursor, encodeUserCursor } from '../src/graphql/list-cursor.ts'
import { seedDatabase } from '../src/seed/seed.ts'
import { readConfig } from '../src/server/config.ts'
import { firstIdOf } from '../src/sessions/filter.ts'
import { isByMoment, SESSION_ORDERS } from '../src/sessions/listing.ts'
import { Browser } from '../test/kit/browser.ts'
import { startPostgres } from '../test/kit/postgres-server.ts'
import { startContestant } from './contestant.ts'
import { median } from './load.ts'

/**
 * B11: what administrators ask, over a million sessions that `npm run seed` makes: each filter in each order, first page and one from the middle, how
 * many there are, and statistics; over HTTP, while the server sweeps. Then what the indexes of it cost.
 */
const SESSIONS = Number(process.argv[3] ?? 1_000_000)
const USERS = SESSIONS / 100
const ROUNDS = 3
const PASSWORD = 'correct horse battery'
const [HOUR, DAY] = [3_600_000, 86_400_000]
const INDEXES = [
  'sessions_ended',
  'sessions_last_active_ended',
  'sessions_reason',
  'sessions_reason_last_active',
  'sessions_traits',
  'sessions_country',
  'sessions_flagged',
  'sessions_successors',
]

const server = await startPostgres()
if ('unavailable' in server) throw new Error(server.unavailable)
const folder = await mkdtemp(join(tmpdir(), 'curfew-bench-'))
await using stack = new AsyncDisposableStack()
stack.defer(() => rm(folder, { recursive: true }))
stack.defer(() => server.stop())
const url = await server.createDatabase('administration')
const sql = postgres(url, { max: 1, onnotice: () => {} })
stack.defer(() => sql.end())

const began = performance.now()
const now = Date.now()
await fill()
const seeding = (performance.now() - began) / 1_000
console.log(`${SESSIONS} sessions of ${USERS} people in ${seeding.toFixed(0)} s`)
await sql`UPDATE users SET roles = '{ADMINISTRATOR}' WHERE id = (SELECT min(id::text)::uuid FROM users)`
const [chief] = await sql<{ email: string; id: string }[]>`SELECT email, id FROM users WHERE roles <> '{}'`
const [someone] = await sql<
  { network: string; email: string; user_id: string }[]
>`SELECT s.network, u.email, s.user_id FROM sessions s JOIN users u ON u.id = s.user_id ORDER BY s.id OFFSET ${Math.floor(SESSIONS / 2)} LIMIT 1`
if (!chief || !someone) throw new Error('nobody was made')

const node = stack.use(
  await startContestant(
    'node',
    [process.execPath, join(import.meta.dirname, '../src/cli/main.ts'), 'serve'],
    {
      PORT: '0',
      LOG_LEVEL: 'warn',
      CURFEW_DATA_DIR: folder,
      CURFEW_SECRET: 'a secret for measurements alone, long enough',
      DATABASE_URL: url,
      SWEEP_INTERVAL: '1s',
    },
  ),
)
const browser = new Browser(node)
await browser.signIn(chief.email)

const ago = (time: number): string => new Date(now - time).toISOString()
const filters: Record<string, Record<string, unknown>> = {
  none: {},
  'state ACTIVE': { state: 'ACTIVE' },
  'state ENDED': { state: 'ENDED' },
  'one user': { userId: Buffer.from(`User:${someone.user_id}`).toString('base64url') },
  'search: one person': { search: someone.email },
  'search: "a", a ninth of all': { search: 'a' },
  'search: "ada."': { search: 'ada.' },
  'search: nobody': { search: 'nobody-' },
  'reason IDLE_TIMEOUT': { endReasons: ['IDLE_TIMEOUT'] },
  'reason ABSOLUTE_TIMEOUT': { endReasons: ['ABSOLUTE_TIMEOUT'] },
  'reason SIGNED_OUT': { endReasons: ['SIGNED_OUT'] },
  'reason ANOMALY': { endReasons: ['ANOMALY'] },
  'reason ACCOUNT_DELETED: none': { endReasons: ['ACCOUNT_DELETED'] },
  'both timeouts': { endReasons: ['IDLE_TIMEOUT', 'ABSOLUTE_TIMEOUT'] },
  'created in the last day': { createdAfter: ago(DAY) },
  'created two months ago, or before': { createdBefore: ago(60 * DAY) },
  'created in one week': { createdAfter: ago(40 * DAY), createdBefore: ago(33 * DAY) },
  'last active in one week': { lastActiveAfter: ago(40 * DAY), lastActiveBefore: ago(33 * DAY) },
  'last active in the last hours': { lastActiveAfter: ago(6 * HOUR) },
  'last active two months ago, or before': { lastActiveBefore: ago(60 * DAY) },
  'ended in the last hours': { endedAfter: ago(6 * HOUR) },
  'ended in one week': { endedAfter: ago(40 * DAY), endedBefore: ago(33 * DAY) },
  'ended two months ago, or later': { endedAfter: ago(60 * DAY) },
  'ended two months ago, or before': { endedBefore: ago(60 * DAY) },
  'country DE': { countryCode: 'DE' },
  'country IS': { countryCode: 'IS' },
  'country XX: none': { countryCode: 'XX' },
  'a network': { network: someone.network },
  'device TV': { deviceKind: 'TV' },
  'device PHONE': { deviceKind: 'PHONE' },
  'browser Vivaldi': { browser: 'Vivaldi' },
  'system Linux': { system: 'Linux' },
  'transport TOKEN': { transport: 'TOKEN' },
  flagged: { flagged: true },
  'flagged and ACTIVE': { flagged: true, state: 'ACTIVE' },
  'not flagged': { flagged: false },
  'DE and ACTIVE': { countryCode: 'DE', state: 'ACTIVE' },
  'IS and ACTIVE': { countryCode: 'IS', state: 'ACTIVE' },
  'DE and ENDED': { countryCode: 'DE', state: 'ENDED' },
  'DE, ended in one week': { countryCode: 'DE', endedAfter: ago(40 * DAY), endedBefore: ago(33 * DAY) },
  'SIGNED_OUT in one week': {
    endReasons: ['SIGNED_OUT'],
    endedAfter: ago(40 * DAY),
    endedBefore: ago(33 * DAY),
  },
  'IDLE_TIMEOUT, created two months ago, or before': {
    endReasons: ['IDLE_TIMEOUT'],
    createdBefore: ago(60 * DAY),
  },
  'ACTIVE, created twenty days ago, or before': { state: 'ACTIVE', createdBefore: ago(20 * DAY) },
  'ACTIVE, last active five days ago, or before': { state: 'ACTIVE', lastActiveBefore: ago(5 * DAY) },
  'created a month ago, and active lately': { createdBefore: ago(30 * DAY), lastActiveAfter: ago(10 * DAY) },
  'search "a" and ACTIVE': { search: 'a', state: 'ACTIVE' },
  'search "a", phones of DE': { search: 'a', countryCode: 'DE', deviceKind: 'PHONE' },
  'search "ada." of DE': { search: 'ada.', countryCode: 'DE' },
  'Linux by TOKEN: none': { system: 'Linux', transport: 'TOKEN' },
  'phones of DE by Firefox, ended by hand': {
    countryCode: 'DE',
    deviceKind: 'PHONE',
    browser: 'Firefox',
    endReasons: ['SIGNED_OUT'],
  },
}
const LIST = `query ($filter: SessionFilter, $orderBy: SessionOrder!, $after: String) {
  sessions(filter: $filter, orderBy: $orderBy, first: 50, after: $after) {
    edges { node { id state createdAt lastActiveAt endedAt endReason network device { label kind } location { countryCode city }
      anomalies { kind } user { id email } } }
    pageInfo { hasNextPage endCursor }
  }
}`
const COUNT = `query ($filter: SessionFilter, $orderBy: SessionOrder!) {
  sessions(filter: $filter, orderBy: $orderBy, first: 0) { count { value isExact } }
}`
const USERS_LIST = `query ($search: String, $state: UserState, $orderBy: UserOrder!, $after: String) {
  users(search: $search, state: $state, orderBy: $orderBy, first: 50, after: $after) {
    edges { node { id email disabledAt } } pageInfo { endCursor } count { value isExact }
  }
}`
const STATISTICS = `query ($period: StatisticsPeriod!) {
  sessionStatistics(period: $period) { activeSessions users steps { signIns active ended endings { reason count } } }
}`

class RolledBack extends Error {}

interface Measured {
  readonly what: string
  readonly median: number
  readonly longest: number
}
const lists: Measured[] = []
for (const [name, filter] of Object.entries(filters)) {
  for (const orderBy of SESSION_ORDERS) {
    const moment = new Date(now - 45 * DAY)
    const position = { id: firstIdOf(moment.getTime()), moment: isByMoment(orderBy) ? moment : null }
    const after = encodeSessionCursor(orderBy, position)
    lists.push(await measure(`${name}, ${orderBy}`, LIST, { filter, orderBy }))
    lists.push(await measure(`${name}, ${orderBy}, from the middle`, LIST, { filter, orderBy, after }))
  }
}
const counts: Measured[] = []
for (const [name, filter] of Object.entries(filters))
  counts.push(await measure(name, COUNT, { filter, orderBy: 'CREATED_AT_DESC' }))
const users: Measured[] = []
for (const orderBy of ['CREATED_AT_DESC', 'EMAIL_ASC'] as const) {
  const position = orderBy === 'EMAIL_ASC' ? 'marie' : firstIdOf(now - 200 * DAY)
  for (const [name, variables] of Object.entries({
    all: {},
    'search "a"': { search: 'a' },
    'search one': { search: someone.email },
    disabled: { state: 'DISABLED' },
    'from the middle': { after: encodeUserCursor(orderBy, position) },
  }))
    users.push(await measure(`${name}, ${orderBy}`, USERS_LIST, { ...variables, orderBy }))
}
const statistics: Measured[] = []
// longer than what was counted is good for
for (const period of ['HOUR', 'DAY', 'WEEK', 'MONTH'])
  statistics.push(await measure(period, STATISTICS, { period }, { rounds: 3, pause: 5_100 }))
const indexes = await costsOfIndexes()

console.log(`B11, ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
console.log(
  `lists: median of medians ${median(lists.map((each) => each.median)).toFixed(1)} ms, of ${lists.length}; the ten slowest:`,
)
console.table([...lists].sort((a, b) => b.median - a.median).slice(0, 10))
console.log(
  `above 200 ms: ${slow(lists)} lists, ${slow(counts)} counts, ${slow(statistics)} statistics; above 100 ms: ${slow(lists, 100)} lists`,
)
console.table([...counts].sort((a, b) => b.median - a.median).slice(0, 8))
console.table(users)
console.table(statistics)
console.table(indexes)
if (process.argv[2])
  await writeFile(
    process.argv[2],
    `${JSON.stringify({ bench: 'B11', node: process.version, postgres: server.version, sessions: SESSIONS, seeding, lists, counts, users, statistics, indexes }, null, 2)}\n`,
  )

function slow(measured: readonly Measured[], limit = 200): number {
  return measured.filter((each) => each.median > limit).length
}

async function fill(): Promise<void> {
  const database = openPostgres({ url, poolSize: 2, connectTimeout: 5_000 })
  await migrate(database)
  const passwordHash = await new Passwords({ concurrency: 1 }).hash(PASSWORD)
  if (typeof passwordHash !== 'string') throw new Error('no password')
  await seedDatabase(database, {
    users: USERS,
    sessions: SESSIONS,
    days: 85,
    seed: 1,
    now: new Date(now),
    policy: readConfig({ NODE_ENV: 'test' }).sessions,
    placeRetention: readConfig({ NODE_ENV: 'test' }).places.retention,
    passwordHash,
    onProgress: () => {},
  })
  await database.close()
}

/** Asks so many times, and takes the time of each answer; the first warms up. */
async function measure(
  what: string,
  query: string,
  variables: Record<string, unknown>,
  { rounds = ROUNDS, pause = 0 } = {},
): Promise<Measured> {
  const times: number[] = []
  for (let round = 0; round <= rounds; round++) {
    await wait(pause)
    const start = performance.now()
    const { errors } = await browser.send({ query, variables })
    if (errors) throw new Error(`${what}: ${JSON.stringify(errors)}`)
    if (round > 0) times.push(performance.now() - start)
  }
  const rounded = (time: number): number => Number(time.toFixed(1))
  return { what, median: rounded(median(times)), longest: rounded(Math.max(...times)) }
}

/** What each index takes for a session on disk, and what all of them together add to writing one. */
async function costsOfIndexes(): Promise<Record<string, unknown>[]> {
  const sizes = await sql<
    { name: string; bytes: string }[]
  >`SELECT indexrelname AS name, pg_relation_size(indexrelid) AS bytes FROM pg_stat_user_indexes WHERE relname = 'sessions' ORDER BY 1`
  const rows: Record<string, unknown>[] = sizes.map(({ name, bytes }) => ({
    index: name,
    'bytes a session': Number((Number(bytes) / SESSIONS).toFixed(1)),
    'of administration': INDEXES.includes(name),
  }))
  const [withAll, without] = [await writing([]), await writing(INDEXES)]
  rows.push({ index: 'a session inserted, µs', with: withAll.insert, without: without.insert })
  rows.push({ index: 'activity written, µs', with: withAll.update, without: without.update })
  return rows
}

/** Microseconds that the database takes for a new session, and for activity in one; with some indexes dropped. Rolled back. */
async function writing(dropped: readonly string[]): Promise<{ insert: number; update: number }> {
  const result = { insert: 0, update: 0 }
  const ROWS = 20_000
  await sql
    .begin(async (transaction) => {
      await transaction`SET LOCAL statement_timeout = 0`
      for (const name of dropped) await transaction.unsafe(`DROP INDEX ${name}`)
      const rows = await transaction<
        { id: string }[]
      >`SELECT id FROM sessions WHERE ended_at IS NULL ORDER BY md5(id::text) LIMIT ${ROWS}`
      const ids = rows.map(({ id }) => id)
      await transaction`CREATE TEMPORARY TABLE copied ON COMMIT DROP AS SELECT * FROM sessions WHERE id = ANY(${ids})`
      // as new ones are: behind all others
      await transaction`UPDATE copied SET id = ('01ffffff-ffff' || substr(gen_random_uuid()::text, 14))::uuid`
      let start = performance.now()
      await transaction`INSERT INTO sessions SELECT * FROM copied`
      result.insert = Math.round(((performance.now() - start) * 1_000) / ids.length)
      start = performance.now()
      await transaction`UPDATE sessions SET last_active_at = last_active_at + interval '1 minute' WHERE id = ANY(${ids})`
      result.update = Math.round(((performance.now() - start) * 1_000) / ids.length)
      throw new RolledBack()
    })
    .catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error
    })
  return result
}
