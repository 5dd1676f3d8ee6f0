import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../bin/main.cjs', import.meta.url))

export type Environment = Record<string, string>

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A process of the real command line. Disposing kills it. */
export class Curfew implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''

  constructor(args: readonly string[], environment: Environment, options: { uid?: number } = {}) {
    this.#child = spawn(process.execPath, [MAIN, ...args], {
      // nothing of ours but what finds programs and temporary folders
      env: {
        PATH: process.env['PATH'],
        TMPDIR: process.env['TMPDIR'],
        HOME: process.env['HOME'],
        ...environment,
      },
      ...options,
    })
    // a test that fails before it disposes of its server leaves none behind
    const kill = (): void => void this.#child.kill('SIGKILL')
    process.once('exit', kill)
    this.#child.once('close', () => process.off('exit', kill))
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
  }

  /** Writes to its standard input, and closes it. */
  type(text: string): void {
    this.#child.stdin.end(text)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves with what the pattern matched in the output; fails if the process ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout)
      if (match) return match
      const more = once(this.#child.stdout, 'data').then(() => null)
      const ended = await Promise.race([more, this.ended])
      if (ended && !pattern.test(this.stdout)) throw new Error(`the process ended: ${JSON.stringify(ended)}`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }
}

/** Runs a command to its end. */
export async function curfew(
  args: readonly string[],
  environment: Environment,
  { input = '', ...options }: { input?: string; uid?: number } = {},
): Promise<Ended> {
  await using command = new Curfew(args, environment, options)
  command.type(input)
  return await command.ended
}

/** Runs a command that prints JSON, and fails the test if it fails. */
export async function curfewJson<T>(args: readonly string[], environment: Environment): Promise<T> {
  const { code, stdout, stderr } = await curfew([...args, '--json'], environment)
  if (code !== 0) throw new Error(`curfew ${args.join(' ')} failed: ${stderr}`)
  return JSON.parse(stdout) as T
}

/** Starts a server on a free port, and waits until it is ready. */
export async function serve(environment: Environment): Promise<{ server: Curfew; url: string }> {
  const server = new Curfew(['serve'], { PORT: '0', ...environment })
  try {
    const [, url = ''] = await server.says(/is ready: API (http:\/\/\S+)\/graphql/)
    return { server, url }
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

/** A temporary folder that is removed when it is disposed. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'curfew-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
