import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { rowsOf } from '../src/database/database.ts'
import { migrate } from '../src/database/migrate.ts'
import { openPostgres } from '../src/database/postgres.ts'
import type { Swept } from '../src/sweeper/sweeper.ts'
import { fill } from '../test/database/crowd.ts'
import { anyEmail, Browser } from '../test/kit/browser.ts'
import { startPostgres } from '../test/kit/postgres-server.ts'
import { startContestant } from './contestant.ts'
import { median } from './load.ts'

/**
 * B9: a million sessions of which 900,000 are over, 400,000 of them without anybody having noticed. The server's own sweeper works them off
 * while people sign in and ask who they are, at a steady pace whether answers come or not. Retention is a minute, so that in one run
 * what timed out is ended, and deleted as months later.
 */
const SESSIONS = Number(process.argv[3] ?? 1_000_000)
const QUIET = 20_000
const LONGEST = 20 * 60_000
const TABLES = ['sessions', 'events', 'verifications', 'attempts', 'users'] as const

const postgres = await startPostgres()
if ('unavailable' in postgres) throw new Error(postgres.unavailable)
const url = await postgres.createDatabase('bench')
const folder = await mkdtemp(join(tmpdir(), 'curfew-bench-'))
await using stack = new AsyncDisposableStack()
stack.defer(() => rm(folder, { recursive: true }))
stack.defer(() => postgres.stop())
// one connection, so that what is set on it holds
const database = stack.use(openPostgres({ url, poolSize: 1, connectTimeout: 5_000 }))
await database.queries.execute(sql`SET statement_timeout = 0`)
await migrate(database)
console.log(`filling: ${SESSIONS} sessions`)
await fill(database, new Date(), { users: SESSIONS / 10, sessions: SESSIONS })
await database.queries.execute(sql`VACUUM ANALYZE`)
const before = await look()

const sweeps: (Swept & { readonly time: number })[] = []
const contestant = stack.use(
  await startContestant(
    'Curfew, PostgreSQL',
    [process.execPath, join(import.meta.dirname, '../src/cli/main.ts'), 'serve'],
    {
      PORT: '0',
      LOG_LEVEL: 'debug',
      CURFEW_DATA_DIR: folder,
      CURFEW_SECRET: 'a secret for measurements alone, long enough',
      DATABASE_URL: url,
      SWEEP_INTERVAL: `${QUIET + 10_000}ms`,
      HISTORY_RETENTION: '1m',
      EVENT_RETENTION: '1m',
    },
    (line) => {
      if (line.includes('"swept"')) sweeps.push(JSON.parse(line) as (typeof sweeps)[number])
    },
  ),
)
// on the same core: what it is kept waiting for is the machine's doing
const floor = stack.use(
  await startContestant('floor', [process.execPath, join(import.meta.dirname, 'floor.ts')]),
)
const emails = await Promise.all(
  Array.from({ length: 40 }, async () => {
    const email = anyEmail()
    await new Browser(contestant).signUp(email)
    return email
  }),
)
const visitor = new Browser(contestant)
await visitor.signIn(String(emails[0]))

/** How long answers took, by what was asked (milliseconds). */
interface Taken {
  readonly signIn: number[]
  readonly whoAmI: number[]
  readonly floor: number[]
}
const nothing = (): Taken => ({ signIn: [], whoAmI: [], floor: [] })
let taken = nothing()
let turn = 0
const answers = new Set<Promise<unknown>>()
const failures: unknown[] = []
const measure = (times: number[], ask: () => Promise<unknown>): void => {
  const start = performance.now()
  const answer = ask()
    .then(() => times.push(performance.now() - start))
    .catch((error: unknown) => failures.push(error))
    .finally(() => answers.delete(answer))
  answers.add(answer)
}
const signingIn = setInterval(() => {
  const email = String(emails[turn++ % emails.length])
  measure(taken.signIn, () => new Browser(contestant).signIn(email))
}, 250)
const asking = setInterval(() => {
  measure(taken.whoAmI, () => visitor.currentSessionId())
  measure(taken.floor, () =>
    fetch(`${floor.url}/graphql`, { method: 'POST', body: '{}' }).then((response) => response.text()),
  )
}, 50)

await sleep(5_000)
taken = nothing()
await sleep(QUIET - 5_000)
const quiet = taken
while (sweeps.length === 0) await sleep(10)
taken = nothing()
const begun = performance.now()
while ((await isBehind()) && performance.now() - begun < LONGEST) await sleep(1_000)
const busy = taken
clearInterval(signingIn)
clearInterval(asking)
await Promise.all(answers)
if (failures.length > 0) throw new AggregateError(failures, 'an answer that did not come is no result')
const after = await look()
const vacuumed = await vacuum()
const rewritten = await rewrite()
// what is free in a table is used again
await contestant[Symbol.asyncDispose]()
await fill(database, new Date(), { users: SESSIONS / 10, sessions: SESSIONS, name: 'other' })
const again = await look()
const elapsed = Number(sweeps.at(-1)?.time) - Number(sweeps[0]?.time)

const rows = TABLES.map((table) => ({
  table,
  'rows before': before[table].rows,
  after: after[table].rows,
  'MB before': before[table].megabytes,
  'after the sweeps': after[table].megabytes,
  autovacuums: after[table].autovacuums,
  'after VACUUM': vacuumed[table].megabytes,
  'rewritten (VACUUM FULL)': rewritten[table]?.megabytes,
  'seconds for that': rewritten[table]?.seconds,
  'with as many again': again[table].megabytes,
}))
const waits = (['signIn', 'whoAmI', 'floor'] as const).map((what) => ({
  what: { signIn: 'sign-in', whoAmI: 'who am I?', floor: 'floor' }[what],
  'quiet, median ms': round(median(quiet[what])),
  longest: round(Math.max(...quiet[what])),
  'sweeping, median ms': round(median(busy[what])),
  '99th': round([...busy[what]].sort((a, b) => a - b)[Math.floor(busy[what].length * 0.99)] ?? Number.NaN),
  'longest ms': round(Math.max(...busy[what])),
  answers: busy[what].length,
}))
const sum = (key: Exclude<keyof Swept, never>): number =>
  sweeps.reduce((total, sweep) => total + sweep[key], 0)
const work = Object.fromEntries(
  (['ended', 'history', 'events', 'verifications', 'attempts', 'users'] as const).map((key) => [
    key,
    sum(key),
  ]),
)
console.log(`B9, ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
console.log(
  `${sweeps.length} sweeps in ${round(elapsed / 1_000)} s, of which a minute is the retention:`,
  work,
)
console.table(rows)
console.table(waits)
if (process.argv[2])
  await writeFile(
    process.argv[2],
    `${JSON.stringify({ bench: 'B9', node: process.version, sessions: SESSIONS, seconds: elapsed / 1_000, sweeps: sweeps.length, work, rows, waits }, null, 2)}\n`,
  )

/** Whether anything is left that is past its time. */
async function isBehind(): Promise<boolean> {
  const [row] = rowsOf<{ behind: boolean }>(
    await database.queries.execute(sql`
      SELECT EXISTS (SELECT 1 FROM sessions WHERE ended_at IS NULL AND last_active_at <= now() - interval '7 days')
        OR EXISTS (SELECT 1 FROM sessions WHERE ended_at IS NULL AND expires_at <= now())
        OR EXISTS (SELECT 1 FROM sessions WHERE ended_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM events WHERE occurred_at <= now() - interval '62 minutes') AS behind`),
  )
  return row?.behind ?? true
}

type Looks = Record<(typeof TABLES)[number], { rows: number; megabytes: number; autovacuums: number }>

async function look(): Promise<Looks> {
  const found = rowsOf<{ name: (typeof TABLES)[number]; bytes: string; autovacuums: number }>(
    await database.queries.execute(sql`
      SELECT relname AS name, pg_total_relation_size(relid)::text AS bytes, autovacuum_count::int AS autovacuums
      FROM pg_stat_user_tables`),
  )
  const looks = await Promise.all(
    TABLES.map(async (table) => {
      const [row] = rowsOf<{ rows: string }>(
        await database.queries.execute(sql`SELECT count(*)::text AS rows FROM ${sql.identifier(table)}`),
      )
      const { bytes, autovacuums } = found.find(({ name }) => name === table) ?? {
        bytes: '0',
        autovacuums: 0,
      }
      return [
        table,
        { rows: Number(row?.rows), megabytes: Math.round(Number(bytes) / 1_000_000), autovacuums },
      ] as const
    }),
  )
  // one for each of the tables
  return Object.fromEntries(looks) as Looks
}

async function vacuum(): Promise<Looks> {
  await database.queries.execute(sql`VACUUM`)
  return look()
}

/** What a table takes when it is written anew, as `VACUUM FULL` does, and how long that is; beside it, so that the table stays as it was. */
async function rewrite(): Promise<Record<string, { megabytes: number; seconds: number }>> {
  const results: Record<string, { megabytes: number; seconds: number }> = {}
  for (const table of TABLES) {
    const name = sql.identifier(table)
    const start = performance.now()
    await database.queries.execute(sql`CREATE TABLE rewritten (LIKE ${name})`)
    await database.queries.execute(sql`INSERT INTO rewritten SELECT * FROM ${name}`)
    const indexes = rowsOf<{ definition: string }>(
      await database.queries.execute(
        sql`SELECT replace(indexdef, ' ON public.' || tablename, ' ON rewritten') AS definition FROM pg_indexes WHERE tablename = ${table}`,
      ),
    )
    for (const [index, { definition }] of indexes.entries())
      await database.queries.execute(
        sql.raw(definition.replace(/INDEX \S+ ON/, `INDEX rewritten_${index} ON`)),
      )
    const seconds = round((performance.now() - start) / 1_000)
    const [row] = rowsOf<{ bytes: string }>(
      await database.queries.execute(sql`SELECT pg_total_relation_size('rewritten')::text AS bytes`),
    )
    results[table] = { megabytes: Math.round(Number(row?.bytes) / 1_000_000), seconds }
    await database.queries.execute(sql`DROP TABLE rewritten`)
  }
  return results
}

function round(number: number): number {
  return Math.round(number * 10) / 10
}
