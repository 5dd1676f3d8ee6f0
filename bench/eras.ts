import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { revokeEverySessionAsOperator } from '../src/accounts/revoke-every-session.ts'
import { rowsOf } from '../src/database/database.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { createLogger } from '../src/kernel/logger.ts'
import { compose } from '../src/server/compose.ts'
import { readConfig } from '../src/server/config.ts'
import { openDatabase } from '../src/server/open-database.ts'
import { fill } from '../test/database/crowd.ts'
import { startPostgres } from '../test/kit/postgres-server.ts'
import { median } from './load.ts'

/**
 * B10: everyone's sessions ended at once: how long that takes with so many that go on, and how long the sweeper works it off afterwards. On
 * one process, without HTTP.
 */
const LIVE = Number(process.argv[2] ?? 100_000)
const ROUNDS = 7

const server = await startPostgres()
if ('unavailable' in server) throw new Error(server.unavailable)
const folder = await mkdtemp(join(tmpdir(), 'curfew-bench-'))
await using stack = new AsyncDisposableStack()
stack.defer(() => rm(folder, { recursive: true }))
stack.defer(() => server.stop())
const config = readConfig({
  DATABASE_URL: await server.createDatabase('bench'),
  LOG_LEVEL: 'error',
  CURFEW_DATA_DIR: folder,
  CURFEW_SECRET: 'a secret for measurements alone, long enough',
})
const opened = stack.use(await openDatabase(config))
const house = stack.use(
  compose({ ...opened, redis: null, config, clock: systemClock, logger: createLogger('error') }),
)
const { database } = opened
// of ten sessions five go on, as far as their rows say
await database.transaction(async ({ queries }) => {
  await queries.execute(sql`SET LOCAL statement_timeout = 0`)
  await fill({ ...database, queries }, systemClock.now(), { users: LIVE / 10, sessions: LIVE * 2 })
})
await database.queries.execute(sql`ANALYZE`)
await house.start()

const open = async (): Promise<number> =>
  rowsOf<{ n: number }>(
    await database.queries.execute(sql`SELECT count(*)::int AS n FROM sessions WHERE ended_at IS NULL`),
  )[0]?.n ?? 0
console.log(`${await open()} sessions go on`)
const marks: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const start = systemClock.elapsed()
  await revokeEverySessionAsOperator(house.accounts, { reason: 'a measurement' })
  marks.push(systemClock.elapsed() - start)
}
console.log(
  `ending them: ${marks.map((time) => time.toFixed(1)).join(', ')} ms; median ${median(marks).toFixed(1)}`,
)
const start = systemClock.elapsed()
let swept = 0
for (let done = -1; done !== 0; swept += done) done = await house.accounts.sessions.endPastEras(200)
const seconds = (systemClock.elapsed() - start) / 1_000
console.log(
  `writing out ${swept}: ${seconds.toFixed(1)} s, ${Math.round(swept / seconds)} a second; ${await open()} left`,
)
