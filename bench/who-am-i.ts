import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Browser } from '../test/kit/browser.ts'
import { startPostgres } from '../test/kit/postgres-server.ts'
import { startRedis } from '../test/kit/redis-server.ts'
import { type Contestant, startContestant } from './contestant.ts'
import { type Job, load, median } from './load.ts'

/**
 * B1: "who is this?" by cookie, over 32 keep-alive connections, with each session cache. Contestants take turns within one run; the figure that survives a noisy
 * machine is the server's CPU time per request. Only ratios of one run mean anything.
 */
const ROUNDS = 5
const MILLISECONDS = 3_000
const QUERY = JSON.stringify({ query: '{ currentSession { id user { id email } } }' })

const folder = await mkdtemp(join(tmpdir(), 'curfew-bench-'))
const postgres = await startPostgres()
if ('unavailable' in postgres) throw new Error(postgres.unavailable)
const redis = await startRedis()
const node = process.execPath
const curfew = [node, join(import.meta.dirname, '../src/cli/main.ts'), 'serve'] as const
const quiet = {
  PORT: '0',
  LOG_LEVEL: 'error',
  CURFEW_DATA_DIR: folder,
  CURFEW_SECRET: 'a secret for measurements alone, long enough',
}

await using stack = new AsyncDisposableStack()
stack.defer(() => rm(folder, { recursive: true }))
stack.defer(() => postgres.stop())
stack.use(redis)
const start = async (...args: Parameters<typeof startContestant>) => stack.use(await startContestant(...args))

const contestants: { contestant: Contestant; job: Job }[] = []
for (const [name, file] of [
  ['floor', 'floor.ts'],
  ['plain Yoga, Map', 'plain-yoga.ts'],
] as const) {
  const contestant = await start(name, [node, join(import.meta.dirname, file)])
  contestants.push({ contestant, job: jobFor(contestant, 'session=cfs_one', 'ada@example.com') })
}
const served = async (database: string) => ({
  ...quiet,
  DATABASE_URL: await postgres.createDatabase(database),
})
for (const [name, environment] of [
  ['Curfew, PostgreSQL, no cache', { ...(await served('none')), SESSION_CACHE: 'none' }],
  ['Curfew, PostgreSQL, memory', { ...(await served('memory')), SESSION_CACHE: 'memory' }],
  [
    'Curfew, PostgreSQL, Redis',
    { ...(await served('redis')), SESSION_CACHE: 'redis', REDIS_URL: redis.url, EVENT_BUS: 'postgres' },
  ],
  ['Curfew, embedded, no cache', { ...quiet, CURFEW_DATA_DIR: join(folder, 'none'), SESSION_CACHE: 'none' }],
  ['Curfew, embedded, memory', { ...quiet, CURFEW_DATA_DIR: join(folder, 'memory') }],
] as const) {
  const contestant = await start(name, curfew, environment)
  const browser = new Browser(contestant)
  await browser.signUp('bench@example.com')
  contestants.push({ contestant, job: jobFor(contestant, browser.cookie ?? '', 'bench@example.com') })
}

const results = new Map(
  contestants.map(({ contestant }) => [contestant.name, { rate: [] as number[], cost: [] as number[] }]),
)
for (let round = 0; round <= ROUNDS; round++) {
  for (const { contestant, job } of contestants) {
    const before = await contestant.cpu()
    const { answers, elapsed } = await load(job, { connections: 32, milliseconds: MILLISECONDS })
    const used = (await contestant.cpu()) - before
    // the first round warms up
    if (round === 0) continue
    results.get(contestant.name)?.rate.push((answers / elapsed) * 1_000)
    results.get(contestant.name)?.cost.push((used / answers) * 1_000)
  }
}

const rows = [...results].map(([name, { rate, cost }]) => ({
  name,
  rate: median(rate),
  cost: median(cost),
  costs: cost,
}))
const floor = rows[0]?.cost ?? Number.NaN
console.log(`B1, ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
console.table(
  rows.map(({ name, rate, cost, costs }) => ({
    contestant: name,
    'requests/s': Math.round(rate),
    'CPU µs/request': Math.round(cost),
    spread: `${Math.round(Math.min(...costs))}–${Math.round(Math.max(...costs))}`,
    'times the floor': Number((cost / floor).toFixed(2)),
  })),
)
if (process.argv[2])
  await writeFile(process.argv[2], JSON.stringify({ bench: 'B1', node: process.version, rows }, null, 2))

function jobFor({ url }: Contestant, cookie: string, email: string): Job {
  return { url, cookie, body: QUERY, isRight: (body) => body.includes(`"email":"${email}"`) }
}
