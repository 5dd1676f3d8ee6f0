import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** A server program that tests run, and that does not outlive this process, however this process ends. */
export interface Supervised {
  readonly running: boolean
  signal(signal: NodeJS.Signals): void
  /** Ends it as a crash would. */
  kill(): Promise<void>
}

/** Kills the server when the pipe to this process closes. */
const SUPERVISOR = `
exec 3<&0
"$@" </dev/null >/dev/null 2>&1 3<&- &
server=$!
echo $server
(read -r _ <&3; kill -CONT $server; kill -KILL $server) 2>/dev/null &
wait $server
`

/** Starts a program with its arguments. */
export async function supervise(command: readonly string[]): Promise<Supervised> {
  const supervisor = spawn('/bin/sh', ['-c', SUPERVISOR, 'supervisor', ...command], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    env: withServers(),
  })
  const [line] = (await once(supervisor.stdout, 'data')) as [Buffer]
  const pid = Number(String(line).trim())
  // it must not keep this process alive by itself
  supervisor.unref()
  for (const stream of [supervisor.stdin, supervisor.stdout])
    (stream as unknown as { unref?(): void }).unref?.()
  const signal = (name: NodeJS.Signals): void => {
    if (supervisor.exitCode === null) process.kill(pid, name)
  }
  return {
    get running() {
      return supervisor.exitCode === null
    },
    signal,
    kill: async () => {
      if (supervisor.exitCode !== null) return
      const ended = once(supervisor, 'exit')
      supervisor.ref()
      signal('SIGCONT')
      signal('SIGKILL')
      await ended
      supervisor.stdin.destroy()
      supervisor.stdout.destroy()
    },
  }
}

/**
 * Whether a program is installed.
 * @param version what it is asked for its version with
 */
export function isInstalled(program: string, version = '--version'): boolean {
  return spawnSync(program, [version], { stdio: 'ignore', env: withServers() }).status === 0
}

/** Debian puts some servers where not everybody's PATH leads. */
function withServers(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [process.env['PATH'], '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean).join(':'),
  }
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
