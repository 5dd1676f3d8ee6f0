import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { type PostgresServer, startPostgres } from '../kit/postgres-server.ts'
import type { Proxy as Path } from '../kit/tcp-proxy.ts'

const ROLE = 'curfew'
const DATABASE = 'curfew'

/** Who is connected. */
export interface Backend {
  readonly pid: number
  /** The port that it comes from. */
  readonly port: number
  readonly listens: boolean
}

/** How long a node may take to listen again after whatever was broken before (milliseconds). */
const LISTENER_PATIENCE = 30_000

/** A PostgreSQL of our own that can be broken in every way in which they break. */
export class BreakablePostgres implements AsyncDisposable {
  readonly #server: PostgresServer
  readonly #data: string
  /** Answered by the server itself, as a user that no limit concerns. */
  readonly #sql: postgres.Sql
  readonly #stopped = new Set<number>()

  private constructor(server: PostgresServer, data: string, sql: postgres.Sql) {
    this.#server = server
    this.#data = data
    this.#sql = sql
    process.once('exit', this.#onExit)
  }

  static async start(): Promise<BreakablePostgres> {
    const server = await startPostgres()
    if ('unavailable' in server) throw new Error(server.unavailable)
    const setup = postgres(server.url(), { max: 1, onnotice: () => {} })
    // what was acknowledged is kept when a process of the server dies
    await setup`ALTER SYSTEM SET synchronous_commit = on`
    await setup`SELECT pg_reload_conf()`
    await setup.unsafe(`CREATE ROLE ${ROLE} LOGIN`)
    await setup.unsafe(`CREATE DATABASE ${DATABASE} OWNER ${ROLE}`)
    const [row] = await setup<{ data_directory: string }[]>`SHOW data_directory`
    await setup.end()
    const sql = postgres(server.url(DATABASE), { max: 2, onnotice: () => {}, connect_timeout: 10 /* s */ })
    return new BreakablePostgres(server, row?.data_directory ?? '', sql)
  }

  /** The address for nodes, as a user without privileges. */
  get url(): string {
    const url = new URL(this.#server.url(DATABASE))
    url.username = ROLE
    return url.href
  }

  /** Asks it something, beside all faults but those of the server itself; tries again while it starts. */
  async ask<Row extends object>(query: string, parameters: readonly string[] = []): Promise<readonly Row[]> {
    for (let tries = 1; ; tries++) {
      try {
        return (await this.#sql.unsafe(query, [...parameters])) as unknown as readonly Row[]
      } catch (error) {
        if (tries === 40) throw error
        await sleep(250)
      }
    }
  }

  /** A connection of its own, for what is held open. */
  connect(): postgres.Sql {
    return postgres(this.#server.url(DATABASE), { max: 1, onnotice: () => {} })
  }

  /** Stops it in order, and starts it again. */
  restart(): Promise<void> {
    return this.#server.restart()
  }

  /** Kills one of its processes: it throws everybody out, and recovers from its log. */
  async crash(): Promise<void> {
    const [victim] = await this.backends()
    if (victim) process.kill(victim.pid, 'SIGKILL')
    await sleep(100)
    await this.ask('SELECT 1')
  }

  /** Holds all of it still; connections stay, and nothing answers. */
  pause(): void {
    const postmaster = Number(readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n')[0])
    // the one that makes the others first
    this.#stop(postmaster)
    for (const pid of childrenOf(postmaster)) this.#stop(pid)
  }

  /**
   * Holds the process still that tells a node of events; its connection stays.
   * @param way the node's way to here
   * @throws if the node does not listen, nor begins to
   */
  async silenceListener(way: Path): Promise<void> {
    // it answers requests a moment before it listens again
    const deadline = performance.now() + LISTENER_PATIENCE
    for (;;) {
      const listeners = (await this.backends()).filter(
        (each) => each.listens && way.ports.includes(each.port),
      )
      for (const { pid } of listeners) this.#stop(pid)
      if (listeners.length > 0) return
      if (performance.now() > deadline) throw new Error('the node does not listen')
      await sleep(20)
    }
  }

  /**
   * Throws the connection out that tells a node of events, as often as it comes back meanwhile.
   * @param way the node's way to here
   * @throws if the node never listened
   */
  async cutListener(way: Path, hold: number): Promise<void> {
    let cuts = 0
    for (const until = performance.now() + hold; performance.now() < until; await sleep(2)) {
      const cut = await this.ask(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE usename = $1 AND application_name LIKE '%-listener' AND client_port = ANY($2::int[])`,
        [ROLE, `{${way.ports.join(',')}}`],
      )
      cuts += cut.length
    }
    if (cuts === 0) throw new Error('the node does not listen')
  }

  /** Lets go on whatever is held still. */
  resume(): void {
    for (const pid of this.#stopped) signal(pid, 'SIGCONT')
    this.#stopped.clear()
  }

  /** The connections of nodes. */
  async backends(): Promise<readonly Backend[]> {
    return this.ask<Backend>(
      `SELECT pid, client_port AS port, application_name LIKE '%-listener' AS listens FROM pg_stat_activity WHERE usename = $1`,
      [ROLE],
    )
  }

  /** Throws all nodes out. */
  async terminateConnections(): Promise<void> {
    await this.ask('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [ROLE])
  }

  /** Lets nodes have so many connections together; null for as many as they like. */
  async limitConnections(most: number | null): Promise<void> {
    await this.ask(`ALTER ROLE ${ROLE} CONNECTION LIMIT ${most ?? -1}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume()
    process.off('exit', this.#onExit)
    await this.#sql.end({ timeout: 5 /* s */ })
    await this.#server.stop()
  }

  readonly #onExit = (): void => this.resume()

  #stop(pid: number): void {
    this.#stopped.add(pid)
    signal(pid, 'SIGSTOP')
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name)
  } catch {
    // it has ended meanwhile
  }
}

/** The processes that a process has started (Linux). */
function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!(pid > 0)) return false
      try {
        // the name in parentheses may hold anything
        return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]) === parent
      } catch {
        return false
      }
    })
}
