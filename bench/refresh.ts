import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { refreshSession } from '../src/accounts/refresh-session.ts'
import { signUp } from '../src/accounts/sign-up.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { createLogger } from '../src/kernel/logger.ts'
import { Refusal } from '../src/kernel/refusal.ts'
import { compose } from '../src/server/compose.ts'
import { readConfig } from '../src/server/config.ts'
import { openDatabase } from '../src/server/open-database.ts'
import { startPostgres } from '../test/kit/postgres-server.ts'
import { VISITOR as ANYBODY } from '../test/races/kit.ts'
import { median } from './load.ts'

/**
 * B4: one rotation of a refresh token, against one `UPDATE … RETURNING` by id in a transaction of its own on a pool of the same size. Without
 * HTTP and GraphQL on either side. Contestants take turns within one run; only ratios mean anything.
 */
const ROUNDS = 7
const OPERATIONS = 1_500
const CLIENTS = 8

/** From where they always are, as most people. */
const VISITOR = {
  ...ANYBODY,
  place: { network: '203.0.113.0/24', location: { countryCode: 'DE', city: null } },
}

const folder = await mkdtemp(join(tmpdir(), 'curfew-bench-'))
const server = await startPostgres()
if ('unavailable' in server) throw new Error(server.unavailable)
await using stack = new AsyncDisposableStack()
stack.defer(() => rm(folder, { recursive: true }))
stack.defer(() => server.stop())
const url = await server.createDatabase('bench')
const config = readConfig({
  DATABASE_URL: url,
  LOG_LEVEL: 'error',
  CURFEW_DATA_DIR: folder,
  CURFEW_SECRET: 'a secret for measurements alone, long enough',
})
const opened = stack.use(await openDatabase(config))
const house = stack.use(
  compose({ ...opened, redis: null, config, clock: systemClock, logger: createLogger('error') }),
)
await house.start()
const parts = house.accounts
const bare = postgres(url, { max: config.postgres?.poolSize ?? 10 })
stack.defer(() => bare.end())

const holders = await Promise.all(
  Array.from({ length: CLIENTS }, async (_, index) => {
    const input = {
      email: `bench-${index}@example.com`,
      password: 'correct horse battery',
      transport: 'TOKEN' as const,
    }
    const person = await signUp(parts, input, VISITOR, null)
    if (person instanceof Refusal || !person.tokens) throw new Error('could not sign up')
    return { id: person.session.id, refreshToken: person.tokens.refreshToken }
  }),
)
type Holder = (typeof holders)[number]

const { privateKey } = generateKeyPairSync('ed25519')
const key = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))
const payload = Buffer.from('x'.repeat(300))

async function update({ id }: Holder): Promise<void> {
  const rows = await bare.begin(
    (sql) => sql`UPDATE sessions SET refresh_rotated_at = ${new Date()} WHERE id = ${id} RETURNING id`,
  )
  if (rows.length !== 1) throw new Error('a wrong answer is no result')
}

const contestants: readonly { name: string; run: (holder: Holder) => Promise<void> }[] = [
  { name: 'UPDATE … RETURNING in a transaction', run: update },
  {
    name: 'the same, and a bare EdDSA signature',
    run: async (holder) => {
      await update(holder)
      sign(null, payload, key)
    },
  },
  {
    name: 'a rotation, without tokens',
    run: async (holder) => {
      const token = parts.refreshTokens.read(holder.refreshToken)
      const refreshed =
        token &&
        (await parts.refreshes.refresh(token, { userAgent: null, place: VISITOR.place, background: false }))
      if (refreshed?.verdict !== 'rotated') throw new Error('a wrong answer is no result')
      holder.refreshToken = parts.refreshTokens.write(refreshed.refreshToken)
    },
  },
  {
    name: 'refreshSession',
    run: async (holder) => {
      const { refreshToken } = holder
      const refreshed = await refreshSession(parts, { refreshToken, background: false }, VISITOR)
      if (!('tokens' in refreshed)) throw new Error('a wrong answer is no result')
      holder.refreshToken = refreshed.tokens.refreshToken
    },
  },
]

const results = contestants.map(() => ({
  ours: [] as number[],
  database: [] as number[],
  time: [] as number[],
}))
for (let round = 0; round <= ROUNDS; round++) {
  for (const [index, { run }] of contestants.entries()) {
    const [cpu, database, start] = [process.cpuUsage(), databaseCpu(), performance.now()]
    await Promise.all(
      holders.map(async (holder) => {
        for (let count = 0; count < OPERATIONS / CLIENTS; count++) await run(holder)
      }),
    )
    const { user, system } = process.cpuUsage(cpu)
    // the first round warms up
    if (round === 0) continue
    results[index]?.ours.push((user + system) / OPERATIONS)
    results[index]?.database.push(((databaseCpu() - database) * 10_000) / OPERATIONS)
    results[index]?.time.push((performance.now() - start) / (OPERATIONS / 1_000))
  }
}

const rows = contestants.map(({ name }, index) => {
  const { ours = [], database = [], time = [] } = results[index] ?? {}
  return { name, ours: median(ours), database: median(database), time: median(time), spread: ours }
})
const floor = (rows[0]?.ours ?? 0) + (rows[0]?.database ?? 0)
console.log(`B4, ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
console.table(
  rows.map(({ name, ours, database, time, spread }) => ({
    contestant: name,
    'CPU µs, server': Math.round(ours),
    spread: `${Math.round(Math.min(...spread))}–${Math.round(Math.max(...spread))}`,
    'CPU µs, database': Math.round(database),
    'elapsed µs': Math.round(time),
    'times the floor': Number(((ours + database) / floor).toFixed(2)),
  })),
)
if (process.argv[2])
  await writeFile(process.argv[2], JSON.stringify({ bench: 'B4', node: process.version, rows }, null, 2))

/** Ticks of CPU, user and system, that the processes of this PostgreSQL have used so far. */
function databaseCpu(): number {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      if (!stat.includes('(postgres)')) continue
      // ours alone: its command line names the database, which no other server has
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(new URL(url).pathname.slice(1))) continue
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // gone meanwhile
    }
  }
  return ticks
}
