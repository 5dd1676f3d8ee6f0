import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NatsServer, startNats } from '../kit/nats-server.ts'
import { NodeProcess } from '../kit/node-process.ts'
import { type RedisServer, startRedis } from '../kit/redis-server.ts'
import { type Proxy as Path, startProxy } from '../kit/tcp-proxy.ts'
import type { Identity } from './client.ts'
import { BreakablePostgres } from './store-postgres.ts'

export type CacheKind = 'none' | 'memory' | 'redis'
export type BusKind = 'postgres' | 'redis' | 'nats'

/** What a run is made of. */
export interface StackOptions {
  readonly cache: CacheKind
  readonly bus: BusKind
  readonly nodes: number
  /** Settings of the nodes beside those that the kit gives. */
  readonly settings?: Readonly<Record<string, string>>
  /** What nodes are started with; the command line of this repository if not given. */
  readonly main?: string
}

/** One node, and its own ways to the stores. */
export interface Site {
  readonly node: NodeProcess
  readonly ways: { readonly postgres: Path; readonly redis: Path | null; readonly nats: Path | null }
}

/** Nodes on their stores, each of which can be broken. */
export interface Stack extends AsyncDisposable {
  readonly options: StackOptions
  readonly sites: readonly Site[]
  readonly nodes: readonly NodeProcess[]
  readonly postgres: BreakablePostgres
  /** Null where nothing needs it. */
  readonly redis: RedisServer | null
  readonly nats: NatsServer | null
  readonly administrator: Identity
}

/** How many connections each node may have to PostgreSQL, beside the one that listens. */
export const POOL_SIZE = 8

/** Starts everything; disposing ends it. */
export async function startStack(options: StackOptions): Promise<Stack> {
  await using parts = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'curfew-faults-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  // also where the process is told to end half-way
  process.once('exit', remove)
  parts.defer(() => {
    process.off('exit', remove)
    remove()
  })
  const postgres = parts.use(await BreakablePostgres.start())
  const redis = options.cache === 'redis' || options.bus === 'redis' ? parts.use(await startRedis()) : null
  const nats = options.bus === 'nats' ? parts.use(await startNats()) : null
  const secret = randomBytes(32).toString('base64')
  const sites: Site[] = []
  for (let number = 1; number <= options.nodes; number++) {
    const name = `node-${number}`
    const ways = {
      postgres: parts.use(await startProxy(postgres.url)),
      redis: redis && parts.use(await startProxy(redis.url)),
      nats: nats && parts.use(await startProxy(nats.url)),
    }
    const node = parts.use(
      new NodeProcess(
        name,
        {
          DATABASE_URL: ways.postgres.url,
          SESSION_CACHE: options.cache,
          EVENT_BUS: options.bus,
          ...(ways.redis ? { REDIS_URL: ways.redis.url } : {}),
          ...(ways.nats ? { NATS_URL: ways.nats.url } : {}),
          DATABASE_POOL_SIZE: String(POOL_SIZE),
          CURFEW_DATA_DIR: join(folder, name),
          CURFEW_SECRET: secret,
          CURFEW_TRUSTED_PROXIES: '127.0.0.1,::1',
          ACCESS_TOKEN_LIFETIME: '1h',
          SENSITIVE_WINDOW: '1d',
          SWEEP_INTERVAL: '1s',
          // the slow net below a bus must not hide that the bus does not catch up, where the bus alone can
          EVENT_POLL_INTERVAL: options.bus === 'postgres' ? '1m' : '2s',
          LOG_LEVEL: 'warn',
          ...options.settings,
        },
        options.main === undefined ? {} : { main: options.main },
      ),
    )
    sites.push({ node, ways })
  }
  const nodes = sites.map(({ node }) => node)
  // the first one makes the tables and the administrator
  await nodes[0]?.start()
  await Promise.all(nodes.slice(1).map((node) => node.start()))
  const [, email = '', password = ''] =
    /e-mail (\S+), password (\S+)\. /.exec(nodes[0]?.output.join('\n') ?? '') ?? []
  const running = parts.move()
  return {
    options,
    sites,
    nodes,
    postgres,
    redis,
    nats,
    administrator: { email, password, address: '10.0.0.1' },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
