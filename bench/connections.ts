import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { WebSocket } from 'ws'
import { rowsOf } from '../src/database/database.ts'
import { openPostgres } from '../src/database/postgres.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { encodeId, newId } from '../src/kernel/ids.ts'
import { createLogger } from '../src/kernel/logger.ts'
import { postgresBus } from '../src/revocations/bus/postgres.ts'
import { EventLog } from '../src/revocations/event-log.ts'
import { anyEmail, Browser } from '../test/kit/browser.ts'
import { startPostgres } from '../test/kit/postgres-server.ts'
import { anyEnd } from '../test/revocations/kit.ts'
import { type Contestant, startContestant } from './contestant.ts'
import { median } from './load.ts'

/**
 * B5: what a live connection costs that has one subscription. Memory for each; the CPU of an event that concerns one of N, and of one that
 * concerns all. Beside bare `ws` and graphql-ws as its documentation sets it up, which take turns with Curfew, each a process of its own.
 * Curfew's events come out of the log of a PostgreSQL, as from another node; reading them is measured by events that concern nobody.
 */
const SIZES = (process.argv[3] ?? '1000,4500').split(',').map(Number)
const LARGEST = Math.max(...SIZES)
const CONTESTANTS = 4
/** Files that this process has open beside the sockets. */
const OTHER_FILES = 100
const ONES = 200
const ALLS = 5
const AT_ONCE = 50
const REVOKED = 'subscription { sessionRevoked(scope: MY_SESSIONS) { reason } }'
const PLAIN = 'subscription { sessionRevoked { reason } }'

/** A contestant with its sockets. */
interface Fleet {
  readonly name: string
  readonly contestant: Contestant
  readonly query: string
  /** What the n-th client presents. */
  readonly cookie: (index: number) => string
  readonly memory: () => Promise<Memory>
  readonly tellOne: ((index: number) => Promise<unknown>) | null
  readonly tellAll: (() => Promise<unknown>) | null
  readonly tellNobody: (() => Promise<unknown>) | null
  readonly sockets: WebSocket[]
  empty: Memory
}
interface Memory {
  readonly rss: number
  readonly used: number
}

const { userLimits } = process.report.getReport() as unknown as {
  userLimits: { open_files: { soft: number | 'unlimited' } }
}
const needed = LARGEST * CONTESTANTS + OTHER_FILES
if (Number(userLimits.open_files.soft) < needed)
  throw new Error(
    `${LARGEST} connections to each need "ulimit -n ${needed}"; it is ${userLimits.open_files.soft}`,
  )

await using stack = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), 'curfew-bench-'))
stack.defer(() => rm(folder, { recursive: true }))
const postgres = await startPostgres()
if ('unavailable' in postgres) throw new Error(postgres.unavailable)
stack.defer(() => postgres.stop())
let received = 0
let expected = 0
let arrived = (): void => {}

const fleets: Fleet[] = [
  await plain('bare ws', 'bare-ws.ts'),
  await plain('stock graphql-ws', 'stock-graphql-ws.ts'),
  await curfew('Curfew, a user each', false),
  await curfew('Curfew, one user', true),
]
const rows: object[] = []
for (const size of SIZES) {
  for (const fleet of fleets) await grow(fleet, size)
  const memories = new Map<Fleet, Memory>()
  for (const fleet of fleets) memories.set(fleet, await fleet.memory())
  const one = new Map<Fleet, number[]>()
  const none = new Map<Fleet, number[]>()
  const all = new Map<Fleet, number[]>()
  for (let round = 0; round < 3; round++) {
    for (const fleet of fleets) {
      const { tellOne, tellAll, tellNobody } = fleet
      if (tellOne) note(one, fleet, await cost(fleet, ONES, 1, (time) => tellOne((time * 7_919) % size)))
      if (tellNobody) note(none, fleet, await cost(fleet, ONES, 0, tellNobody))
      if (tellAll) note(all, fleet, (await cost(fleet, ALLS, size, tellAll)) / size)
    }
  }
  for (const fleet of fleets) {
    const memory = memories.get(fleet) ?? fleet.empty
    rows.push({
      connections: size,
      server: fleet.name,
      'KB each, heap and buffers': kilobytes(memory.used - fleet.empty.used, size),
      'KB each, resident': kilobytes(memory.rss - fleet.empty.rss, size),
      'one of them, CPU µs': rounded(one.get(fleet)),
      'nobody, CPU µs': rounded(none.get(fleet)),
      'all of them, CPU µs each': rounded(all.get(fleet)),
    })
  }
}
console.log(`B5, ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
console.table(rows)
if (process.argv[2])
  await writeFile(
    process.argv[2],
    `${JSON.stringify({ bench: 'B5', node: process.version, rows }, null, 2)}\n`,
  )
for (const { sockets } of fleets) for (const socket of sockets) socket.terminate()

/** A server that knows of no sessions, and is told over HTTP whom to push to. */
async function plain(name: string, file: string): Promise<Fleet> {
  const { contestant, memory } = await measured(name, [join(import.meta.dirname, file)], {})
  const tell = (path: string) => fetch(`${contestant.url}/${path}`).then((response) => response.text())
  return {
    ...{ name, contestant, memory, query: PLAIN, cookie: () => '', sockets: [], empty: await memory() },
    tellOne: (index) => tell(`one/${index}`),
    tellAll: () => tell('all'),
    tellNobody: () => tell(`one/${LARGEST}`),
  }
}

/** Curfew, with as many sessions of one user or of as many users. */
async function curfew(name: string, oneUser: boolean): Promise<Fleet> {
  const url = await databaseFor(oneUser ? 'one' : 'each')
  const { contestant, memory } = await measured(
    name,
    [join(import.meta.dirname, '../src/cli/main.ts'), 'serve'],
    {
      PORT: '0',
      LOG_LEVEL: 'error',
      CURFEW_DATA_DIR: folder,
      CURFEW_SECRET: 'a secret for measurements alone, long enough',
      DATABASE_URL: url,
      MAX_CONNECTIONS: '1000000',
      MAX_CONNECTIONS_PER_USER: '100000',
    },
  )
  const browser = new Browser(contestant)
  await browser.signUp(anyEmail())
  const options = { url, poolSize: 2, connectTimeout: 5_000 }
  const database = stack.use(openPostgres(options))
  const nobody = rowsOf<{ id: string }>(
    await database.queries.execute(sql`SELECT user_id AS id FROM sessions`),
  )
  // as many sessions as there are connections, with the same secret: signing up takes a password's time
  const people = Array.from({ length: LARGEST }, () => ({
    session: newId(new Date()),
    user: newId(new Date()),
  }))
  const pairs = JSON.stringify(people)
  if (!oneUser)
    await database.queries.execute(sql`
      INSERT INTO users (id, email, email_key, password_hash, created_at)
      SELECT (each->>'user')::uuid, each->>'user', each->>'user', password_hash, created_at
      FROM users, jsonb_array_elements(${pairs}::jsonb) each WHERE id = (SELECT user_id FROM sessions)`)
  await database.queries.execute(sql`
      INSERT INTO sessions (id, user_id, secret_hash, transport, factors, remembered, created_at, last_active_at,
        verified_at, expires_at, lineage_id, device_label, device_kind)
      SELECT (each->>'session')::uuid, ${oneUser ? sql`user_id` : sql`(each->>'user')::uuid`}, secret_hash, transport, factors,
        remembered, created_at, last_active_at, verified_at, expires_at, (each->>'session')::uuid, device_label, device_kind
      FROM sessions, jsonb_array_elements(${pairs}::jsonb) each`)
  const logger = createLogger('error')
  const bus = stack.use(postgresBus({ postgres: options, clock: systemClock, logger }))
  const log = new EventLog({ database, bus, clock: systemClock, retention: 3_600_000 })
  const tell = (userId: string) =>
    database.transaction((transaction) => log.record(transaction, [anyEnd(userId)]))
  const userOf = (index: number): string => (oneUser ? nobody[0]?.id : people[index]?.user) ?? ''
  return {
    ...{ name, contestant, memory, query: REVOKED, sockets: [], empty: await memory() },
    cookie: (index) =>
      (browser.cookie ?? '').replace(/cfs_[^.]+/, `cfs_${encodeId(people[index]?.session ?? '')}`),
    tellOne: oneUser ? null : (index) => tell(userOf(index)),
    tellAll: oneUser ? () => tell(userOf(0)) : null,
    tellNobody: oneUser ? null : () => tell(nobody[0]?.id ?? ''),
  }
}

function databaseFor(name: string): Promise<string> {
  if (!('createDatabase' in postgres)) throw new Error('there is no PostgreSQL')
  return postgres.createDatabase(`bench_${name}`)
}

async function measured(name: string, args: readonly string[], environment: Record<string, string>) {
  let heard = (_: Memory): void => {}
  const preload = join(import.meta.dirname, 'memory.ts')
  const contestant = stack.use(
    await startContestant(
      name,
      [process.execPath, '--expose-gc', '--import', preload, ...args],
      environment,
      (line) => {
        if (line.startsWith('memory ')) heard(JSON.parse(line.slice('memory '.length)) as Memory)
      },
    ),
  )
  const memory = async (): Promise<Memory> => {
    await sleep(1_000)
    const hearing = new Promise<Memory>((resolve) => {
      heard = resolve
    })
    contestant.signal('SIGUSR2')
    return await hearing
  }
  return { contestant, memory }
}

/** Opens so many sockets more that there are `size`, each with a subscription. */
async function grow(fleet: Fleet, size: number): Promise<void> {
  while (fleet.sockets.length < size) {
    const from = fleet.sockets.length
    const count = Math.min(AT_ONCE, size - from)
    fleet.sockets.push(
      ...(await Promise.all(Array.from({ length: count }, (_, index) => subscribed(fleet, from + index)))),
    )
  }
}

function subscribed({ contestant, cookie, query, name }: Fleet, index: number): Promise<WebSocket> {
  const socket = new WebSocket(`${contestant.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { Cookie: cookie(index) },
    perMessageDeflate: false,
  })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', (code, reason) => reject(new Error(`${name}: closed: ${code} ${reason}`)))
    socket.once('open', () => socket.send('{"type":"connection_init"}'))
    socket.on('message', (data) => {
      const text = String(data)
      if (text.includes('connection_ack')) {
        socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }))
        // answered when what was sent before has been begun
        socket.send('{"type":"ping"}')
      } else if (text.includes('pong')) resolve(socket)
      else if (!text.includes('"reason":"')) reject(new Error(`${name}: ${text}`))
      else if (++received === expected) arrived()
    })
  })
}

/** The server's CPU for each event (microseconds), once every socket that it concerns has it. */
async function cost(
  { contestant, name }: Fleet,
  times: number,
  each: number,
  tell: (time: number) => Promise<unknown>,
): Promise<number> {
  const before = await contestant.cpu()
  for (let time = 0; time < times; time++) {
    received = 0
    expected = each
    const all = new Promise<void>((resolve) => {
      arrived = resolve
    })
    await tell(time)
    if (each > 0) await Promise.race([all, sleep(30_000, null, { ref: false })])
    if (received !== each) throw new Error(`${name}: ${received} heard of it, not ${each}`)
  }
  await sleep(200)
  return (((await contestant.cpu()) - before) * 1_000) / times
}

function note(figures: Map<Fleet, number[]>, fleet: Fleet, figure: number): void {
  figures.set(fleet, [...(figures.get(fleet) ?? []), figure])
}

function rounded(figures: readonly number[] | undefined): number | null {
  return figures ? Math.round(median(figures) * 10) / 10 : null
}

function kilobytes(bytes: number, count: number): number {
  return Math.round((bytes / 1_024 / count) * 10) / 10
}
