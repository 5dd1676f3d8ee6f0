import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../bin/main.cjs', import.meta.url))
const PRELOAD = new URL('collected-memory.ts', import.meta.url).href
/** Lines of output that are kept. */
const KEPT_LINES = 2_000

/** What a process takes up. */
export interface Footprint {
  /** Bytes of memory that something holds, of JavaScript and of what it has outside of its heap. */
  readonly memory: number
  /** Open files and sockets. */
  readonly descriptors: number
}

/** A node in a process of its own, as `npm start` would start it. Disposing kills it. */
export class NodeProcess implements AsyncDisposable {
  readonly name: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #main: string
  readonly #lines: string[] = []
  #child: ChildProcessByStdio<null, Readable, Readable> | null = null
  #closed: Promise<unknown> = Promise.resolve()
  #url = ''
  /** Whether it is meant to run: a process that ends while it is has crashed. */
  #wanted = false
  #crash: string | null = null
  #onCollected: (bytes: number) => void = () => {}

  /** @param main what to start it with; the command line of this repository if not given */
  constructor(name: string, environment: Readonly<Record<string, string>>, { main = MAIN } = {}) {
    this.name = name
    this.#environment = environment
    this.#main = main
  }

  /** Where it is reached; the same after each start. */
  get url(): string {
    return this.#url
  }

  /** How it ended although nobody ended it; null if it did not. */
  get crash(): string | null {
    return this.#crash
  }

  /** The last lines that it wrote. */
  get output(): readonly string[] {
    return this.#lines
  }

  /**
   * Starts it, on the port that it had before, and resolves when it serves.
   * @throws if it ends before
   */
  async start(): Promise<void> {
    const port = this.#url === '' ? '0' : new URL(this.#url).port
    const child = spawn(process.execPath, [this.#main, 'serve'], {
      // nothing of ours but what finds programs and temporary folders
      env: {
        PATH: process.env['PATH'],
        TMPDIR: process.env['TMPDIR'],
        HOME: process.env['HOME'],
        PORT: port,
        NODE_OPTIONS: `--expose-gc --import=${PRELOAD}`,
        ...this.#environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#wanted = true
    // a test that fails before it disposes of its nodes leaves none behind
    const kill = (): void => void child.kill('SIGKILL')
    process.once('exit', kill)
    const ready = Promise.withResolvers<string>()
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => this.#keep(text, ready.resolve))
    }
    this.#closed = once(child, 'close').then(([code, signal]) => {
      process.off('exit', kill)
      ready.reject(new Error(`${this.name} ended (${code ?? signal}):\n${this.#lines.slice(-20).join('\n')}`))
      if (this.#child === child && this.#wanted)
        this.#crash = `${this.name} ended by itself (${code ?? signal})`
    })
    this.#url = await ready.promise
  }

  /** Ends it as a power cut would, and resolves when it is gone. */
  async kill(): Promise<void> {
    this.#wanted = false
    this.#child?.kill('SIGKILL')
    await this.#closed
    this.#child = null
  }

  /** Asks it to shut down, and resolves when it has. */
  async stop(): Promise<void> {
    this.#wanted = false
    this.#child?.kill('SIGTERM')
    await this.#closed
    this.#child = null
  }

  /** Holds it still, as a machine does that swaps: it keeps its memory and its sockets, and does nothing. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** What it takes up now; null where the operating system does not say (anything but Linux). */
  async footprint(): Promise<Footprint | null> {
    const child = this.#child
    if (child?.pid === undefined || process.platform !== 'linux') return null
    const collected = Promise.withResolvers<number>()
    this.#onCollected = collected.resolve
    child.kill('SIGUSR2')
    const memory = await Promise.race([collected.promise, this.#closed.then(() => null)])
    if (memory === null) return null
    return { memory, descriptors: readdirSync(`/proc/${child.pid}/fd`).length }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #keep(text: string, onReady: (url: string) => void): void {
    this.#lines.push(...text.split('\n').filter((line) => line !== ''))
    this.#lines.splice(0, this.#lines.length - KEPT_LINES)
    const collected = /^collected memory (\d+)$/m.exec(text)?.[1]
    if (collected !== undefined) this.#onCollected(Number(collected))
    const url = /is ready: API (http:\/\/\S+)\/graphql/.exec(text)?.[1]
    if (url !== undefined) onReady(url)
  }
}
