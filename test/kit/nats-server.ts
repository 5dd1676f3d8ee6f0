import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, type Supervised, supervise } from './supervised.ts'

/** A NATS server of our own on a free port. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Stops it as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the same port. */
  start(): Promise<void>
  /** Holds it in mid-air: connections stay, and nothing is answered. */
  pause(): void
  resume(): void
}

const START_ATTEMPTS = 5 // each on another free port
const START_TIMEOUT = 10_000 // ms

/**
 * Starts a server. It ends with `Symbol.asyncDispose`, and at the latest with this process.
 * @throws if none is installed, or it does not start
 */
export async function startNats(options: { password?: string } = {}): Promise<NatsServer> {
  for (let attempt = 1; ; attempt++) {
    const server = new LocalNats(await freePort(), options)
    try {
      await server.start()
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      if (attempt === START_ATTEMPTS) throw error
    }
  }
}

class LocalNats implements NatsServer {
  readonly port: number
  readonly url: string
  readonly #credentials: readonly string[]
  #process: Supervised | null = null

  constructor(port: number, { password }: { password?: string }) {
    this.port = port
    this.#credentials = password === undefined ? [] : ['--user', 'curfew', '--pass', password]
    const login = password === undefined ? '' : `curfew:${encodeURIComponent(password)}@`
    this.url = `nats://${login}127.0.0.1:${port}`
  }

  async start(): Promise<void> {
    const server = await supervise([
      'nats-server',
      ...['--addr', '127.0.0.1', '--port', String(this.port)],
      ...this.#credentials,
    ])
    this.#process = server
    const deadline = Date.now() + START_TIMEOUT
    while (!(await this.#greets())) {
      if (!server.running || Date.now() > deadline)
        throw new Error(`nats-server did not start on port ${this.port}`)
      await sleep(10)
    }
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
  }

  async #greets(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1')
    socket.on('error', () => {})
    const greeting = await new Promise<string>((resolve) => {
      socket.once('data', (data) => resolve(String(data)))
      socket.once('close', () => resolve(''))
    })
    socket.destroy()
    return greeting.startsWith('INFO')
  }
}
