import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Clock, sleep } from '../kernel/clock.ts'
import { Deviation } from './deviation.ts'

/** A server of the demo's own, with data of its own. Disposing ends it and removes the data. */
export interface OwnServer extends AsyncDisposable {
  readonly url: string
}

const COMMAND_LINE = fileURLToPath(new URL('../cli/main.ts', import.meta.url))

/** Of the environment, only what a program needs to run: settings of a real server must not reach this one. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG', 'TZ']

/** How long a first start may take, with the database to be made (milliseconds). */
const START_TIMEOUT = 90_000
const STOP_TIMEOUT = 5_000
const POLL_INTERVAL = 80
/** How much of the server's output to show if it does not start. */
const LINES_TO_SHOW = 12

/**
 * Starts a server on a free port, with a new embedded database in a temporary folder.
 * @param waiting called now and then with the time that has passed (milliseconds)
 * @throws Deviation if it does not start
 */
export async function startOwnServer(parts: {
  environment: NodeJS.ProcessEnv
  clock: Clock
  signal: AbortSignal
  waiting: (passed: number) => void
}): Promise<OwnServer> {
  const { environment, clock, signal, waiting } = parts
  const folder = await mkdtemp(join(tmpdir(), 'curfew-demo-'))
  let child: ChildProcess | null = null
  const stop = async (): Promise<void> => {
    if (child) await end(child, clock)
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    const port = await freePort()
    const inherited = INHERITED.flatMap((name) => (environment[name] ? [[name, environment[name]]] : []))
    child = spawn(process.execPath, [COMMAND_LINE, 'serve'], {
      env: { ...Object.fromEntries(inherited), PORT: String(port), CURFEW_DATA_DIR: join(folder, 'data') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output: string[] = []
    child.on('error', (error) => output.push(String(error)))
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(`${chunk}`))
    const url = `http://localhost:${port}`
    const start = clock.now().getTime()
    while (!(await isReady(url))) {
      const passed = clock.now().getTime() - start
      if (signal.aborted) throw new Deviation('interrupted')
      if (child.exitCode !== null || child.signalCode !== null || passed > START_TIMEOUT)
        throw new Deviation(explain(child, output))
      waiting(passed)
      await sleep(clock, POLL_INTERVAL, signal)
    }
    return { url, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Whether what answers there is ready; false if nothing does. */
async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`)
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

/**
 * Checks that a server is there.
 * @throws Deviation with a sentence that says what is the matter
 */
export async function findServer(url: string): Promise<void> {
  let response: Response
  try {
    response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })
  } catch {
    throw new Deviation(
      `Nothing answers at ${url}. Start a server there with \`npm start\`, or leave out --url: the demo then starts one of its own.`,
    )
  }
  const body = await response.text()
  if (response.ok && body.includes('"ok"')) return
  throw new Deviation(
    response.status === 503
      ? `The server at ${url} is not ready: ${body.trim()}`
      : `What answers at ${url} is no Curfew: its /readyz says ${response.status}.`,
  )
}

function explain({ exitCode }: ChildProcess, output: readonly string[]): string {
  const lines = output.join('').trim().split('\n').slice(-LINES_TO_SHOW)
  const what = exitCode === null ? 'did not become ready' : `ended with exit code ${exitCode}`
  return ['The server of the demo '.concat(what, '. It said:'), ...lines].join('\n')
}

async function end(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  using _ = clock.after(STOP_TIMEOUT, () => child.kill('SIGKILL'))
  await exited
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
