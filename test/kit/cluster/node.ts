import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('node-main.ts', import.meta.url))
/** Of the environment, only what a program needs to run: settings of a real server must not reach these. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']
/** How long a node may take to shut down (milliseconds). */
const STOP_PATIENCE = 20_000
const KEPT_LINES = 20

/** What a node tells whoever started it. */
export interface NodeListener {
  /** It ended, and nobody here asked it to. */
  onEnd(how: string): void
  /** A line that it wrote. */
  onLine(line: string): void
}

/** One node in a process of its own. */
export class ClusterNode implements AsyncDisposable {
  readonly name: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #listener: NodeListener
  readonly #lines: string[] = []
  #child: ChildProcess | null = null
  #url = ''
  #stopping = false

  constructor(name: string, environment: Readonly<Record<string, string>>, listener: NodeListener) {
    this.name = name
    this.#environment = environment
    this.#listener = listener
  }

  /** Where it is reached, the same after each start. */
  get url(): string {
    return this.#url
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /**
   * Starts it, and resolves when it serves.
   * @throws if it ends before, with what it said
   */
  async start(): Promise<void> {
    const { env } = process
    const child = spawn(process.execPath, [MAIN], {
      env: {
        ...Object.fromEntries(INHERITED.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
        ...this.#environment,
        PORT: this.#url === '' ? '0' : new URL(this.#url).port,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl+C is for whoever started it, who ends it in order
      detached: true,
    })
    this.#child = child
    const ready = Promise.withResolvers<string>()
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => this.#hear(line, ready.resolve))
    let serving = false
    void once(child, 'close').then(([code, signal]: (number | string | null)[]) => {
      this.#child = null
      const how = signal === null ? `exit code ${code}` : String(signal)
      ready.reject(new Error(`${this.name} did not start (${how}):\n${this.#lines.join('\n')}`))
      if (serving && !this.#stopping) this.#listener.onEnd(how)
    })
    this.#url = await ready.promise
    serving = true
  }

  /** Ends it as a crash would. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  /** Asks it to shut down, and resolves when it has. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    const child = this.#child
    if (!child) return
    const closed = once(child, 'close')
    child.kill('SIGTERM')
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE)
    await closed
    clearTimeout(impatience)
  }

  #hear(line: string, onReady: (url: string) => void): void {
    this.#lines.push(line)
    this.#lines.splice(0, this.#lines.length - KEPT_LINES)
    const port = /is ready: API http:\/\/\S+?:(\d+)\/graphql/.exec(line)?.[1]
    if (port !== undefined) onReady(`http://127.0.0.1:${port}`)
    this.#listener.onLine(line)
  }
}
