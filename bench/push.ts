import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@nats-io/transport-node'
import { createClient } from '@redis/client'
import postgres from 'postgres'
import { anyEmail, Browser } from '../test/kit/browser.ts'
import { startNats } from '../test/kit/nats-server.ts'
import { startPostgres } from '../test/kit/postgres-server.ts'
import { startRedis } from '../test/kit/redis-server.ts'
import { Socket } from '../test/kit/socket.ts'
import { type Contestant, startContestant } from './contestant.ts'
import { median } from './load.ts'

/**
 * B6: how long after `revokeAllSessions` the sockets of two devices have the event; from sending the mutation, and from its response. On one
 * node with each database, and from one node to another over each bus; beside it the bus alone, from telling it to hearing it. The setups
 * take turns, so that each has the same moments of the machine.
 */
const TIMES = Number(process.argv[3] ?? 200)
const WARM_UP = 10
const REVOKED = 'subscription { sessionRevoked { reason } }'

/** One way from a device that ends sessions to those that are told. */
interface Setup {
  readonly name: string
  /** Where the sessions are ended, and where the sockets are. */
  readonly near: Contestant
  readonly far: Contestant
  /** Resolves when what was told on the bus has been heard; null where there is none. */
  readonly alone: (() => Promise<void>) | null
}

await using stack = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), 'curfew-bench-'))
stack.defer(() => rm(folder, { recursive: true }))
const server = await startPostgres()
if ('unavailable' in server) throw new Error(server.unavailable)
stack.defer(() => server.stop())
const redis = stack.use(await startRedis())
const nats = stack.use(await startNats())
const curfew = [process.execPath, join(import.meta.dirname, '../src/cli/main.ts'), 'serve'] as const
const quiet = {
  PORT: '0',
  LOG_LEVEL: 'error',
  CURFEW_DATA_DIR: folder,
  CURFEW_SECRET: 'a secret for measurements alone, long enough',
}

const embedded = stack.use(await startContestant('embedded', curfew, quiet))
const setups: Setup[] = [{ name: 'one node, embedded', near: embedded, far: embedded, alone: null }]
for (const [bus, environment, alone] of [
  ['PostgreSQL', {}, await overPostgres(server.url())],
  ['Redis', { REDIS_URL: redis.url, EVENT_BUS: 'redis' }, await overRedis(redis.url)],
  ['NATS', { NATS_URL: nats.url }, await overNats(nats.url)],
] as const) {
  const shared = { ...quiet, DATABASE_URL: await server.createDatabase(`bench_${bus.toLowerCase()}`) }
  const near = stack.use(await startContestant(bus, curfew, { ...shared, ...environment }))
  const far = stack.use(await startContestant(bus, curfew, { ...shared, ...environment }))
  if (bus === 'PostgreSQL') setups.push({ name: 'one node, PostgreSQL', near, far: near, alone: null })
  setups.push({ name: `two nodes, bus ${bus}`, near, far, alone })
}

const figures = new Map(
  setups.map(({ name }) => [name, { answered: [], told: [], late: [], alone: [] } as Times]),
)
const people = new Map<Setup, string>()
for (const setup of setups) {
  const email = anyEmail()
  await new Browser(setup.near).signUp(email)
  people.set(setup, email)
}
for (let time = -WARM_UP; time < TIMES; time++) {
  for (const setup of setups) {
    const times = await once(setup, people.get(setup) ?? '')
    const kept = figures.get(setup.name)
    if (time < 0 || !kept) continue
    kept.answered.push(times.answered)
    kept.told.push(times.told)
    kept.late.push(times.told - times.answered)
    if (times.alone !== null) kept.alone.push(times.alone)
  }
}

const rows = [...figures].map(([setup, { answered, told, late, alone }]) => ({
  setup,
  'sent → answered, median ms': round(median(answered)),
  'sent → told, median ms': round(median(told)),
  '99th': round(ninetyNinth(told)),
  'answered → told, median ms': round(median(late)),
  'the bus alone, median ms': alone.length > 0 ? round(median(alone)) : null,
  'its 99th': alone.length > 0 ? round(ninetyNinth(alone)) : null,
}))
console.log(`B6, ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
console.table(rows)
if (process.argv[2])
  await writeFile(
    process.argv[2],
    `${JSON.stringify({ bench: 'B6', node: process.version, postgres: server.version, times: TIMES, rows }, null, 2)}\n`,
  )

interface Times {
  readonly answered: number[]
  readonly told: number[]
  readonly late: number[]
  readonly alone: number[]
}

/** Signs two devices in, ends their sessions, and says after how many milliseconds what happened. */
async function once({ near, far, alone }: Setup, email: string) {
  const [phone, laptop] = [new Browser(near), new Browser(near)]
  await phone.signIn(email)
  await laptop.signIn(email)
  using one = await Socket.subscribed(far.url, phone.cookie, REVOKED)
  using other = await Socket.subscribed(far.url, laptop.cookie, REVOKED)
  const sent = performance.now()
  const [answered, ...received] = await Promise.all([
    phone.send({ query: 'mutation { revokeAllSessions { __typename } }' }).then(() => performance.now()),
    ...[one, other].map((socket) => socket.data().then(() => performance.now())),
  ])
  const began = performance.now()
  await alone?.()
  return {
    answered: answered - sent,
    told: Math.max(...received) - sent,
    alone: alone ? performance.now() - began : null,
  }
}

/** Tells something to a bus by one connection, and hears it by another, both of this process. */
async function overPostgres(url: string): Promise<() => Promise<void>> {
  const [speaking, listening] = [postgres(url, { max: 1 }), postgres(url, { max: 1 })]
  stack.defer(() => speaking.end())
  stack.defer(() => listening.end())
  let heard = (): void => {}
  await listening.listen('bench', () => heard())
  return async () => {
    const hearing = new Promise<void>((resolve) => {
      heard = resolve
    })
    await speaking`SELECT pg_notify('bench', '')`
    await hearing
  }
}

async function overRedis(url: string): Promise<() => Promise<void>> {
  const [speaking, listening] = [createClient({ url }), createClient({ url })]
  await speaking.connect()
  await listening.connect()
  stack.defer(() => speaking.destroy())
  stack.defer(() => listening.destroy())
  let heard = (): void => {}
  await listening.subscribe('bench', () => heard())
  return async () => {
    const hearing = new Promise<void>((resolve) => {
      heard = resolve
    })
    await speaking.publish('bench', '')
    await hearing
  }
}

async function overNats(url: string): Promise<() => Promise<void>> {
  const servers = new URL(url).host
  const [speaking, listening] = [await connect({ servers }), await connect({ servers })]
  stack.defer(() => speaking.close())
  stack.defer(() => listening.close())
  let heard = (): void => {}
  listening.subscribe('bench', { callback: () => heard() })
  await listening.flush()
  return async () => {
    const hearing = new Promise<void>((resolve) => {
      heard = resolve
    })
    speaking.publish('bench')
    await hearing
  }
}

function ninetyNinth(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * 0.99)] ?? Number.NaN
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}
