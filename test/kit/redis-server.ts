import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, type Supervised, supervise } from './supervised.ts'

/** A Redis of our own on a free port, which keeps nothing on disk. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Stops it as a crash would; what it held is gone. */
  kill(): Promise<void>
  /** Starts it again on the same port, empty. */
  start(): Promise<void>
  /** Holds it in mid-air: connections stay, and nothing is answered. */
  pause(): void
  resume(): void
  /** Sends one command by itself and returns the answer as it is on the wire; an empty text if nobody answers. */
  ask(command: string): Promise<string>
}

/** How a server is started. */
export interface RedisServerOptions {
  readonly password?: string
  /** Whether it is a cluster of its own, which holds every slot; or `empty` to join another one. */
  readonly cluster?: boolean | 'empty'
}

const START_ATTEMPTS = 5 // each on another free port
const START_TIMEOUT = 10_000 // ms

/**
 * Starts a server. It ends with `Symbol.asyncDispose`, and at the latest with this process.
 * @throws if none is installed, or it does not start
 */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    let port = await freePort()
    // a cluster also takes the port that is 10,000 higher
    while (port > 55_000) port = await freePort()
    const server = new LocalRedis(port, options)
    try {
      await server.start()
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      if (attempt === START_ATTEMPTS) throw error
    }
  }
}

class LocalRedis implements RedisServer {
  readonly port: number
  readonly url: string
  readonly #options: RedisServerOptions
  readonly #folder = mkdtempSync(join(tmpdir(), 'curfew-redis-'))
  #process: Supervised | null = null
  #starts = 0

  constructor(port: number, options: RedisServerOptions) {
    this.port = port
    this.#options = options
    const password = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`
    this.url = `redis://${password}127.0.0.1:${port}`
  }

  async start(): Promise<void> {
    const { password, cluster } = this.#options
    const server = await supervise([
      'redis-server',
      ...['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder],
      ...['--save', '', '--appendonly', 'no'],
      ...(password === undefined ? [] : ['--requirepass', password]),
      ...(cluster ? ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] : []),
      // a name of its own each time: what it knew of its slots is gone with the rest
      ...(cluster ? ['--cluster-config-file', `nodes-${this.#starts++}.conf`] : []),
    ])
    this.#process = server
    const deadline = Date.now() + START_TIMEOUT
    while ((await this.ask('PING')) === '') {
      if (!server.running || Date.now() > deadline)
        throw new Error(`redis-server did not start on port ${this.port}`)
      await sleep(10)
    }
    if (cluster !== true) return
    await this.ask('CLUSTER ADDSLOTSRANGE 0 16383')
    while (!(await this.ask('CLUSTER INFO')).includes('cluster_state:ok')) await sleep(20)
  }

  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  pause(): void {
    this.#process?.signal('SIGSTOP')
  }

  resume(): void {
    this.#process?.signal('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async ask(command: string): Promise<string> {
    const { password } = this.#options
    const login = password === undefined ? '' : `AUTH ${password}\r\n`
    const socket = connect(this.port, '127.0.0.1')
    let answer = ''
    socket.on('error', () => {})
    socket.on('data', (data) => {
      answer += String(data)
    })
    socket.end(`${login}${command}\r\nQUIT\r\n`)
    await new Promise((resolve) => socket.once('close', resolve))
    return answer
  }
}
