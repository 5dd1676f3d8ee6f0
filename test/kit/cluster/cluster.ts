import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '../postgres-server.ts'
import { startRedis } from '../redis-server.ts'
import { isInstalled } from '../supervised.ts'
import { Balancer, type Change } from './balancer.ts'
import { type Seen, watchEvents } from './events.ts'
import { ClusterNode } from './node.ts'

/** Something that can be seen happening. */
export type Happening =
  | { readonly kind: 'ended'; readonly node: string; readonly how: string }
  | { readonly kind: 'started'; readonly node: string; readonly pid: number }
  | { readonly kind: 'said'; readonly node: string; readonly text: string }
  | ({ readonly kind: 'event' } & Seen)
  | ({ readonly kind: 'ready' } & Omit<Change, 'target'> & { readonly node: string })

export interface ClusterOptions {
  readonly nodes: number
  /** Of the balancer; 0 takes any free one. */
  readonly port: number
  /** Whether any free port will do where that one is taken. */
  readonly otherwiseAny: boolean
  /** How long a node that was killed stays away (milliseconds). */
  readonly restartAfter: number
  readonly notice: (happening: Happening) => void
  /** Is told what is being done while it starts. */
  readonly progress: (doing: string) => void
}

/** Several nodes, what they stand on, and a balancer in front of them. Disposing ends everything. */
export interface Cluster extends AsyncDisposable {
  /** The balancer's. */
  readonly url: string
  readonly nodes: readonly ClusterNode[]
  readonly administrator: { readonly email: string; readonly password: string }
  readonly postgres: { readonly url: string; readonly version: string }
  /** Null if none is installed: then PostgreSQL carries what Redis would. */
  readonly redis: string | null
}

/** What has to be installed first; the message is a sentence that says how. */
export class NotInstalled extends Error {
  override readonly name = 'NotInstalled'
}

const WARN = 40 // as the log's lines count levels

/**
 * Starts everything.
 * @throws NotInstalled if there is no PostgreSQL
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { notice, progress } = options
  await using stack = new AsyncDisposableStack()
  progress('Starting PostgreSQL')
  const postgres = await startPostgres()
  if ('unavailable' in postgres)
    throw new NotInstalled(
      `There can be no cluster: ${postgres.unavailable}. On Debian and Ubuntu it is installed by: sudo apt-get install postgresql`,
    )
  stack.defer(() => postgres.stop())
  const databaseUrl = await postgres.createDatabase('curfew')
  const redis = isInstalled('redis-server') ? stack.use(await startRedis()) : null

  const environment = {
    DATABASE_URL: databaseUrl,
    CURFEW_SECRET: randomBytes(32).toString('base64'),
    // the balancer's, and nobody else can connect from here
    CURFEW_TRUSTED_PROXIES: '127.0.0.1',
    LOG_LEVEL: 'warn',
    ...(redis ? { REDIS_URL: redis.url, SESSION_CACHE: 'redis' } : {}),
  }
  const stopping = new AbortController()
  const administrator = Promise.withResolvers<Cluster['administrator']>()
  const nodes = Array.from({ length: options.nodes }, (_, index): ClusterNode => {
    const node = new ClusterNode(`node ${index + 1}`, environment, {
      onEnd: (how) => {
        notice({ kind: 'ended', node: node.name, how })
        void bringBack(node)
      },
      onLine: (line) => {
        const [, email, password] = /^Administrator created: e-mail (\S+), password (\S+)\./.exec(line) ?? []
        if (email && password) administrator.resolve({ email, password })
        const text = complaintIn(line)
        if (text !== null) notice({ kind: 'said', node: node.name, text })
      },
    })
    return node
  })
  /** As a supervisor does that is told to restart what ends. */
  async function bringBack(node: ClusterNode): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(options.restartAfter, null, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      try {
        await node.start()
        return notice({ kind: 'started', node: node.name, pid: node.pid ?? 0 })
      } catch (error) {
        notice({ kind: 'said', node: node.name, text: (error as Error).message })
      }
    }
  }
  stack.defer(async () => {
    stopping.abort()
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))
  })

  const [first, ...others] = nodes
  progress('Starting the first node, which makes the tables')
  await first?.start()
  progress('Starting the others')
  await Promise.all(others.map((node) => node.start()))
  stack.use(
    await watchEvents({ url: databaseUrl, poolSize: 1, connectTimeout: 5_000 }, (seen) =>
      notice({ kind: 'event', ...seen }),
    ),
  )
  const balance = (port: number): Promise<Balancer> =>
    Balancer.start({
      targets: nodes,
      port,
      notice: ({ target, ready, why }) => notice({ kind: 'ready', node: target.name, ready, why }),
    })
  const balancer = stack.use(
    await balance(options.port).catch((error: unknown) => {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!taken || !options.otherwiseAny) throw error
      return balance(0)
    }),
  )
  while (balancer.ready < nodes.length) await sleep(20)

  const running = stack.move()
  return {
    url: balancer.url,
    nodes,
    administrator: await administrator.promise,
    postgres: { url: databaseUrl, version: postgres.version },
    redis: redis?.url ?? null,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** What is looked at in a line of the log. */
interface LogLine {
  readonly level: number
  readonly msg: string
  readonly error?: { readonly message: string }
}

/** The message of a line of the log that warns or worse; null of any other line. */
function complaintIn(line: string): string | null {
  try {
    const { level, msg, error } = JSON.parse(line) as LogLine
    if (level < WARN) return null
    return error === undefined ? msg : `${msg} (${error.message})`
  } catch {
    return null
  }
}
