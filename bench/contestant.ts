import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

/** A server under test: a process of its own, so that its CPU time can be told from that of the load. */
export interface Contestant extends AsyncDisposable {
  readonly name: string
  readonly url: string
  readonly pid: number
  /** Milliseconds of CPU, user and system, that the server has used so far. */
  cpu(): Promise<number>
  signal(signal: NodeJS.Signals): void
}

/** One tick of /proc's clock (milliseconds): USER_HZ is 100 on every Linux that Node runs on. */
const TICK = 10

/** Starts a server and waits until it says where it listens, as a line that ends in its URL; hands on what it says. */
export async function startContestant(
  name: string,
  command: readonly [string, ...string[]],
  environment: Record<string, string> = {},
  onLine: (line: string) => void = () => {},
): Promise<Contestant> {
  const [program, ...args] = command
  const child = spawn('taskset', ['-c', '0', program, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await urlFrom(child, onLine)
  return {
    name,
    url,
    pid: Number(child.pid),
    cpu: async () => {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8')
      // the fields behind the command name, which may contain anything: utime and stime are the 12th and 13th of them
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) * TICK
    },
    signal: (signal) => void child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

function urlFrom(child: ChildProcess, onLine: (line: string) => void): Promise<string> {
  if (!child.stdout) throw new Error('a contestant has no output')
  const lines = createInterface({ input: child.stdout })
  return new Promise((resolve, reject) => {
    let text = ''
    const look = (line: string): void => {
      text += `${line}\n`
      const url = /http:\/\/\S+?:\d+/.exec(line)?.[0]
      if (!url) return
      lines.off('line', look)
      resolve(url)
    }
    lines.on('line', look)
    lines.on('line', onLine)
    lines.once('close', () => reject(new Error(`a contestant ended before it listened: ${text}`)))
  })
}
