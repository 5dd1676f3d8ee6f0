import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { refreshSession } from '../src/accounts/refresh-session.ts'
import { signIn } from '../src/accounts/sign-in.ts'
import { signOut } from '../src/accounts/sign-out.ts'
import { signUp } from '../src/accounts/sign-up.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { createLogger } from '../src/kernel/logger.ts'
import { Refusal } from '../src/kernel/refusal.ts'
import { compose } from '../src/server/compose.ts'
import { readConfig } from '../src/server/config.ts'
import { openDatabase } from '../src/server/open-database.ts'
import { Browser } from '../test/kit/browser.ts'
import { startPostgres } from '../test/kit/postgres-server.ts'
import { startRedis } from '../test/kit/redis-server.ts'
import { Socket } from '../test/kit/socket.ts'
import { isInstalled } from '../test/kit/supervised.ts'
import { VISITOR } from '../test/races/kit.ts'
import { startContestant } from './contestant.ts'
import { median } from './load.ts'

/**
 * B7: what growth costs. For so many live sessions: how large they and their events are, how long one is looked for, how much is written
 * ahead (WAL) for each change, how many sessions end in a second, what a read of the log costs that finds nothing. Then how many
 * announcements a second PostgreSQL carries. Without HTTP and GraphQL; PostgreSQL writes to disk (`fsync`) once the rows are there.
 */
const SIZES = (process.argv[3] ?? '10000,100000,1000000').split(',').map(Number)
const SESSIONS_PER_USER = 3
const LOOK_UPS = 5_000
const CHANGES = 300
const ENDED = 3_000
const CLIENTS = 8
const ANNOUNCING = 5_000 // ms
const PASSWORD = 'correct horse battery'

const folder = await mkdtemp(join(tmpdir(), 'curfew-bench-'))
const server = await startPostgres()
if ('unavailable' in server) throw new Error(server.unavailable)
await using stack = new AsyncDisposableStack()
stack.defer(() => rm(folder, { recursive: true }))
stack.defer(() => server.stop())
const root = postgres(server.url(), { max: 1, onnotice: () => {} })
stack.defer(() => root.end())

const sizes: Record<string, unknown>[] = []
const rows: Record<string, unknown>[] = []
for (const size of SIZES) {
  const { perRow, costs } = await measure(size)
  sizes.push(...perRow)
  rows.push({ sessions: size, ...costs })
}
const bus = await announcements()
const sockets = await memoryOfSockets()
console.log(`B7, ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
console.table(sizes)
console.table(rows)
console.table(bus)
console.table(sockets)
if (process.argv[2])
  await writeFile(
    process.argv[2],
    `${JSON.stringify({ bench: 'B7', node: process.version, postgres: server.version, sizes, rows, bus, sockets }, null, 2)}\n`,
  )

/** Everything about one number of sessions, in a database of its own. */
async function measure(size: number) {
  if ('unavailable' in server) throw new Error(server.unavailable)
  console.log(`filling: ${size} sessions`)
  const url = await server.createDatabase(`growth_${size}`)
  const config = readConfig({
    DATABASE_URL: url,
    LOG_LEVEL: 'silent',
    CURFEW_DATA_DIR: folder,
    CURFEW_SECRET: 'a secret for measurements alone, long enough',
    SWEEP_INTERVAL: '1d',
  })
  await using opened = await openDatabase(config)
  await using house = compose({
    ...opened,
    redis: null,
    config,
    clock: systemClock,
    logger: createLogger('silent'),
  })
  await house.start()
  const parts = house.accounts
  const bare = postgres(url, { max: 1, onnotice: () => {} })
  await using _ = { [Symbol.asyncDispose]: () => bare.end() }
  await durable(false)
  await set('full_page_writes', false)
  await seed(bare, size)
  const perRow = await sizesOf(bare, size)
  await durable(true)

  const pick = await bare<
    { id: string }[]
  >`SELECT id FROM sessions ORDER BY md5(id::text) LIMIT ${LOOK_UPS + ENDED + 3 * CHANGES}`
  const ids = pick.map(({ id }) => id)
  const lookedFor = ids.splice(0, LOOK_UPS)
  const look = async (id: string) => {
    const found = await parts.sessions.look(id)
    if (found?.state !== 'live') throw new Error('a wrong answer is no result')
    return found.session
  }
  for (const id of lookedFor) await look(id) // warm
  const times: number[] = []
  const cpuBefore = databaseCpu(url)
  for (const id of lookedFor) {
    const start = performance.now()
    await look(id)
    times.push(performance.now() - start)
  }
  const lookUpCpu = ((databaseCpu(url) - cpuBefore) * 10_000) / LOOK_UPS

  const email = `bench-${size}@example.com`
  const person = await signUp(parts, { email, password: PASSWORD, transport: 'TOKEN' }, VISITOR, null)
  if (person instanceof Refusal || !person.tokens) throw new Error('could not sign up')
  let { refreshToken } = person.tokens
  const changes: Record<string, (index: number) => Promise<unknown>> = {
    'sign-in': async () => {
      const input = { email, password: PASSWORD, transport: 'COOKIE', rememberMe: true } as const
      if ((await signIn(parts, input, VISITOR, null)) instanceof Refusal) throw new Error('not signed in')
    },
    refresh: async () => {
      const refreshed = await refreshSession(parts, { refreshToken, background: false }, VISITOR)
      if (!('tokens' in refreshed)) throw new Error('not refreshed')
      refreshToken = refreshed.tokens.refreshToken
    },
    'activity written': async () => parts.sessions.touch(await look(String(ids.shift()))),
    'sign-out': async () => signOut(parts, await look(String(ids.shift()))),
  }
  const wal: Record<string, number> = {}
  for (const [name, change] of Object.entries(changes)) {
    const before = await position(bare)
    for (let index = 0; index < CHANGES; index++) await change(index)
    wal[`WAL B, ${name}`] = Math.round(((await position(bare)) - before) / CHANGES)
  }
  // the first change of a page after a checkpoint writes the whole page: what a quiet system pays
  await set('full_page_writes', true)
  const before = await position(bare)
  for (let index = 0; index < CHANGES; index++) await signOut(parts, await look(String(ids.shift())))
  wal['WAL B, sign-out, right after a checkpoint'] = Math.round(((await position(bare)) - before) / CHANGES)

  const ending = ids.splice(0, ENDED)
  const sessions = await Promise.all(ending.map(look))
  const [start, cpu, own] = [performance.now(), databaseCpu(url), process.cpuUsage()]
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let session = sessions.pop(); session; session = sessions.pop()) await signOut(parts, session)
    }),
  )
  const took = performance.now() - start
  const { user, system } = process.cpuUsage(own)
  const endCpu = ((databaseCpu(url) - cpu) * 10_000) / ENDED

  let since = await house.log.end()
  const [pollStart, pollCpu] = [performance.now(), databaseCpu(url)]
  for (let poll = 0; poll < 2_000; poll++) {
    const batch = await house.log.readSince(since)
    if (!batch) throw new Error('a wrong answer is no result')
    since = batch.position
  }
  const costs = {
    'look-up, median ms': round(median(times), 3),
    '99th': round([...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN, 3),
    'look-up, database CPU µs': Math.round(lookUpCpu),
    ...wal,
    'sign-outs a second': Math.round(ENDED / (took / 1_000)),
    'sign-out, database CPU µs': Math.round(endCpu),
    'sign-out, our CPU µs': Math.round((user + system) / ENDED),
    'read of the log, ms': round((performance.now() - pollStart) / 2_000, 3),
    'read of the log, database CPU µs': Math.round(((databaseCpu(url) - pollCpu) * 10_000) / 2_000),
  }
  return { perRow, costs }
}

/** Whether what is committed is on disk, as on a server that keeps what it promises. */
async function durable(on: boolean): Promise<void> {
  await set('fsync', on)
  await set('synchronous_commit', on)
}

async function set(setting: string, on: boolean): Promise<void> {
  await root.unsafe(`ALTER SYSTEM SET ${setting} = ${on ? 'on' : 'off'}`)
  await root`SELECT pg_reload_conf()`
  await root`CHECKPOINT`
}

/** Live sessions, each with the event of its start; ids and times as the house makes them. */
async function seed(sql: postgres.Sql, size: number): Promise<void> {
  await sql`SET statement_timeout = 0`
  const people = Math.ceil(size / SESSIONS_PER_USER)
  await sql`
    INSERT INTO users (id, email, email_key, password_hash, created_at)
    SELECT gen_random_uuid(), 'person-' || n || '@example.com', 'person-' || n || '@example.com', repeat('x', 97), now() - interval '100 days'
    FROM generate_series(1, ${people}::int) n`
  await sql`
    INSERT INTO sessions (id, user_id, secret_hash, transport, factors, remembered, created_at, last_active_at, verified_at,
      expires_at, lineage_id, device_label, device_kind, device_browser, device_system, network)
    SELECT id, user_id, sha256(id::text::bytea), 'COOKIE', '{PASSWORD}', TRUE, made, now() - interval '10 hours', made,
      made + interval '30 days', id, 'Firefox on Linux', 'DESKTOP', 'Firefox', 'Linux', '192.0.2.0/24'
    FROM (
      SELECT (lpad(to_hex((extract(epoch FROM made) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
        || '8' || substr(md5(random()::text), 1, 15))::uuid AS id, user_id, made
      FROM (
        SELECT u.id AS user_id, now() - interval '20 days' + n * interval '1 second' AS made
        FROM generate_series(1, ${size}::int) n
        JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM users) u ON u.place = 1 + (n::bigint * 7919) % ${people}::int
      ) planned ORDER BY made
    ) made`
  await sql`
    INSERT INTO events (event_id, cluster, xid, type, occurred_at, user_id, session_id, actor_kind)
    SELECT gen_random_uuid(), here.cluster, (2 + ntile(500) OVER (ORDER BY s.created_at))::text::xid8, 'STARTED', s.created_at, s.user_id, s.id, 'USER'
    FROM sessions s CROSS JOIN (
      SELECT (pg_control_system()).system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'events'::regclass::oid AS cluster
    ) here ORDER BY s.created_at`
  await sql`VACUUM ANALYZE`
}

/** Bytes a row, of the table and of its indexes together. */
async function sizesOf(sql: postgres.Sql, size: number): Promise<Record<string, unknown>[]> {
  const found = await sql<{ name: string; heap: string; indexes: string; rows: string }[]>`
    SELECT relname AS name, pg_table_size(relid) AS heap, pg_indexes_size(relid) AS indexes,
      (SELECT reltuples::bigint FROM pg_class c WHERE c.oid = relid) AS rows
    FROM pg_stat_user_tables WHERE relname IN ('users', 'sessions', 'events') ORDER BY relname`
  return found.map(({ name, heap, indexes, rows: count }) => ({
    sessions: size,
    table: name,
    rows: Number(count),
    'bytes a row': Math.round(Number(heap) / Number(count)),
    'indexes, bytes a row': Math.round(Number(indexes) / Number(count)),
    'MB in all': Math.round((Number(heap) + Number(indexes)) / 1_000_000),
  }))
}

/** Announcements a second, by NOTIFY with three nodes listening, and by a Redis; and what either is compared with. */
async function announcements(): Promise<Record<string, unknown>[]> {
  if ('unavailable' in server) throw new Error(server.unavailable)
  const url = await server.createDatabase('growth_bus')
  const sql = postgres(url, { max: CLIENTS, onnotice: () => {} })
  await sql`CREATE TABLE changes (id bigserial PRIMARY KEY, text text)`
  const heard = [0, 0, 0]
  const listeners = heard.map(() => postgres(url, { max: 1 }))
  for (const [index, listener] of listeners.entries())
    await listener.listen('bench', () => {
      heard[index] = (heard[index] ?? 0) + 1
    })
  const results: Record<string, unknown>[] = []
  for (const [disk, notify] of [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ] as const) {
    await durable(disk)
    const before = heard[0] ?? 0
    const [start, cpu] = [performance.now(), databaseCpu(url)]
    let count = 0
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        while (performance.now() - start < ANNOUNCING) {
          await sql.begin(async (transaction) => {
            await transaction`INSERT INTO changes (text) VALUES ('x')`
            if (notify) await transaction`SELECT pg_notify('bench', '')`
          })
          count++
        }
      }),
    )
    const seconds = (performance.now() - start) / 1_000
    results.push({
      what: `a row and its commit${notify ? ', NOTIFY, three listening' : ''}, ${disk ? 'on disk' : 'without fsync'}`,
      'a second': Math.round(count / seconds),
      'heard a second by each': notify ? Math.round(((heard[0] ?? 0) - before) / seconds) : null,
      'database CPU µs': Math.round(((databaseCpu(url) - cpu) * 10_000) / count),
    })
  }
  await Promise.all([sql.end(), ...listeners.map((listener) => listener.end())])
  const redis = await publishes()
  return redis === null ? results : [...results, redis]
}

/** What `redis-benchmark` says of a Redis of our own; null where there is none. */
async function publishes(): Promise<Record<string, unknown> | null> {
  if (!isInstalled('redis-server') || !isInstalled('redis-benchmark')) return null
  await using redis = await startRedis()
  const { port } = new URL(redis.url)
  const { stdout } = await promisify(execFile)('redis-benchmark', [
    ...['-p', port, '-n', '200000', '-c', String(CLIENTS), '--csv', 'PUBLISH', 'bench', 'x'],
  ])
  const rate = Number(stdout.trim().split('\n').at(-1)?.split(',')[1]?.replaceAll('"', ''))
  return { what: 'PUBLISH, nobody listening (redis-benchmark)', 'a second': Math.round(rate) }
}

/** What a node takes for each subscribed socket: 10 people, 10 sessions each, 20 sockets a session. */
async function memoryOfSockets(): Promise<Record<string, unknown>[]> {
  if ('unavailable' in server) throw new Error(server.unavailable)
  const main = join(import.meta.dirname, '../src/cli/main.ts')
  await using node = await startContestant('node', [process.execPath, main, 'serve'], {
    PORT: '0',
    LOG_LEVEL: 'silent',
    CURFEW_DATA_DIR: folder,
    CURFEW_SECRET: 'a secret for measurements alone, long enough',
    DATABASE_URL: await server.createDatabase('growth_sockets'),
    MAX_CONNECTIONS_PER_USER: '500',
  })
  const cookies: (string | null)[] = []
  for (let person = 0; person < 10; person++) {
    const email = `socket-${person}@example.com`
    await new Browser(node).signUp(email)
    for (let session = 0; session < 10; session++) {
      const browser = new Browser(node)
      await browser.signIn(email)
      cookies.push(browser.cookie)
    }
  }
  const results: Record<string, unknown>[] = [{ sockets: 0, 'resident MB': residentMegabytes(node.pid) }]
  const open: Socket[] = []
  for (const each of [1, 2, 3, 4]) {
    for (const cookie of cookies)
      open.push(
        ...(await Promise.all(
          Array.from({ length: 5 }, () =>
            Socket.subscribed(node.url, cookie, 'subscription { sessionRevoked { reason } }'),
          ),
        )),
      )
    // what was only needed for opening them is collected meanwhile
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    results.push({ sockets: each * 500, 'resident MB': residentMegabytes(node.pid) })
  }
  for (const socket of open) socket[Symbol.dispose]()
  return results
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024, 1)
}

async function position(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ bytes: string }[]>`SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes`
  return Number(row?.bytes)
}

/** Ticks of CPU, user and system, that the processes of this database have used so far. */
function databaseCpu(url: string): number {
  const name = new URL(url).pathname.slice(1)
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      if (!stat.includes('(postgres)')) continue
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(` ${name} `)) continue
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // gone meanwhile
    }
  }
  return ticks
}

function round(number: number, digits: number): number {
  return Number(number.toFixed(digits))
}
