import { parseArgs } from 'node:util'
import { type Cluster, NotInstalled, startCluster } from './cluster.ts'
import { Screen } from './screen.ts'

const HELP = `Starts three nodes on this machine, with a PostgreSQL, a Redis and a load balancer of their
own, on free ports and in temporary folders, for as long as it runs.

Usage: npm run cluster -- [options]

  --port <port>         where the balancer listens (4000 if it is free, else any free one)
  --nodes <count>       how many nodes (3)
  --restart-after <s>   how many seconds a node stays away that was killed (10)
  --json                what happens as JSON lines
  --help                show this
`

const USUAL_PORT = 4_000
/** How often to look whether the shell of `npm run` is still there (milliseconds). */
const SHELL_CHECK = 250
/** Ctrl+C comes from the terminal, and a moment later again from npm: still one wish (milliseconds). */
const SAME_WISH = 500

process.exitCode = await main()

async function main(): Promise<number> {
  const options = readOptions()
  if (typeof options === 'string') {
    process.stderr.write(`${options} See npm run cluster -- --help.\n`)
    return 2
  }
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  const { env, stdin, stdout } = process
  const keys = stdout.isTTY === true && stdin.isTTY === true && !options.json
  const screen = new Screen({
    write: (text) => void stdout.write(text),
    color: stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    keys,
    json: options.json,
    restartAfter: options.restartAfter,
  })
  const stopping = untilStopped()
  // what is started is not to be left behind, also where somebody stops it half-way
  const starting = start(options, screen)
  const began = Date.now()
  try {
    await using cluster = await starting
    screen.welcome(cluster, Date.now() - began)
    if (keys) listenToKeys(cluster, stopping.stop)
    await stopping.stopped
    screen.note('Stopping …')
    if (keys) stdin.setRawMode(false).pause()
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error
    screen.fail(error.message)
    return 1
  }
  return 0
}

type Options = { port: number | null; nodes: number; restartAfter: number }

async function start({ port, nodes, restartAfter }: Options, screen: Screen): Promise<Cluster> {
  const common = {
    nodes,
    restartAfter,
    notice: (happening: Parameters<Screen['tell']>[0]) => screen.tell(happening, new Date()),
    progress: (doing: string) => screen.progress(doing),
  }
  return startCluster({ ...common, port: port ?? USUAL_PORT, otherwiseAny: port === null })
}

/** Keys: a number kills that node. Ctrl+C is only a key once the terminal is asked for each. */
function listenToKeys(cluster: Cluster, stop: () => void): void {
  process.stdin.setRawMode(true)
  process.stdin.on('data', (data) => {
    for (const key of String(data)) {
      if (key === '\u0003' || key === 'q') stop()
      else cluster.nodes[Number(key) - 1]?.kill()
    }
  })
}

/** Resolves when the process is asked to stop, or the shell that npm ran it in is gone. Asked again, it exits at once. */
function untilStopped(): { stopped: Promise<void>; stop: () => void } {
  const { promise: stopped, resolve } = Promise.withResolvers<void>()
  let first: number | null = null
  const stop = (): void => {
    if (first !== null && Date.now() - first > SAME_WISH) process.exit(130)
    first ??= Date.now()
    resolve()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  // whoever reads the output may leave early
  process.stdout.on('error', stop)
  const shell = process.ppid
  const check = setInterval(() => {
    if (process.env['npm_lifecycle_event'] && process.ppid !== shell) resolve()
  }, SHELL_CHECK)
  void stopped.then(() => clearInterval(check))
  return { stopped, stop }
}

function readOptions(): (Options & { json: boolean; help: boolean }) | string {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string' },
        nodes: { type: 'string', default: '3' },
        'restart-after': { type: 'string', default: '10' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const port = values.port === undefined ? null : Number(values.port)
    const nodes = Number(values.nodes)
    const seconds = Number(values['restart-after'])
    if (port !== null && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
      return `--port: "${values.port}" is no port.`
    if (!(Number.isInteger(nodes) && nodes >= 1 && nodes <= 9)) return '--nodes: give 1 to 9.'
    if (!(seconds >= 0)) return `--restart-after: "${values['restart-after']}" is no number of seconds.`
    const { json, help } = values
    return { port, nodes, restartAfter: seconds * 1_000, json, help }
  } catch (error) {
    return `${(error as Error).message}.`.replace(/[.]+$/, '.')
  }
}
