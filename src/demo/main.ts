import { parseArgs } from 'node:util'
import { systemClock } from '../kernel/clock.ts'
import { Deviation } from './deviation.ts'
import { Screen } from './screen.ts'
import { findServer, startOwnServer } from './server.ts'
import { Story } from './story.ts'

const HELP = `Signs one person in on three devices, ends one of the sessions, then all of them,
and shows what each device was told, when, and that nothing is accepted any more.

Usage: npm run demo -- [options]

  --url <url>   use the server that runs there (or CURFEW_URL); without it, the demo
                starts one of its own, with a temporary database
  --fast        no pauses for reading
  --json        events as JSON lines
  --help        show this

Exit code: 0 if all came out as promised, 1 if not, 2 for options that make no sense.
`

/** Between acts, where somebody reads along (milliseconds). */
const PAUSE = 600

process.exitCode = await main()

async function main(): Promise<number> {
  const options = readOptions()
  if (typeof options === 'string') {
    process.stderr.write(`${options} See npm run demo -- --help.\n`)
    return 2
  }
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  const { env, stdout } = process
  const live = stdout.isTTY === true && !options.json
  const screen = new Screen({
    write: (text) => void stdout.write(text),
    color: live && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    json: options.json,
    live,
    columns: stdout.columns || 80,
    now: () => systemClock.now().getTime(),
  })
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt)
  // whoever reads the output may leave early
  stdout.on('error', interrupt)
  // the clock's timers don't keep a process alive; an open port does
  const { port1: awake } = new MessageChannel()
  awake.onmessage = () => {}
  try {
    return await perform(screen, options, live && !options.fast ? PAUSE : 0, interrupted.signal)
  } catch (error) {
    if (interrupted.signal.aborted) return 130
    if (!(error instanceof Deviation)) throw error
    screen.summary(false, error.message, {})
    return 1
  } finally {
    awake.close()
  }
}

async function perform(
  screen: Screen,
  { url: given }: { url: string | null },
  pause: number,
  signal: AbortSignal,
): Promise<number> {
  screen.blank()
  screen.note('`Curfew`, the session server that really signs people out')
  if (given) await findServer(given)
  await using own = given ? null : await startServer(screen, signal)
  const url = given ?? own?.url ?? ''
  if (given) screen.note(`On the server at ${url}.`, { url })
  using story = new Story({ url, screen, clock: systemClock, pause })
  const result = await orInterrupted(story.tell(), signal)
  const { pushTimes, deviations } = result
  await orInterrupted(story.cleanUp(), signal)
  if (deviations > 0) {
    screen.summary(false, `${deviations} of the promises above did not hold.`, { deviations })
    return 1
  }
  const median = middleOf(pushTimes)
  screen.summary(
    true,
    `Each device was told why \`${median} ms\` after the request was sent (median of ${pushTimes.length} pushes; the slowest took ${Math.max(...pushTimes)} ms), and was cut. Every cookie is refused from then on. The account was deleted again.`,
    { medianPushMs: median, pushTimesMs: pushTimes },
  )
  screen.blank()
  screen.note('Next: README.md to run it, PROTOCOL.md to write a client, `npm start` for a')
  screen.note('server that stays, with GraphiQL at http://localhost:4000/graphql')
  screen.blank()
  return 0
}

async function startServer(screen: Screen, signal: AbortSignal) {
  const start = systemClock.now().getTime()
  const seconds = (passed: number) => `${(passed / 1_000).toFixed(1)} s`
  const doing = 'Starting a server with a database of its own'
  screen.progress(`${doing} …`)
  const server = await startOwnServer({
    environment: process.env,
    clock: systemClock,
    signal,
    waiting: (passed) => screen.progress(`${doing} … ${seconds(passed)}`),
  })
  const took = systemClock.now().getTime() - start
  screen.note(`${doing}: ready after ${seconds(took)}.`, { url: server.url })
  return server
}

function orInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const interruption = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new Deviation('interrupted'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
  return Promise.race([work, interruption])
}

function readOptions(): { url: string | null; fast: boolean; json: boolean; help: boolean } | string {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: 'string', default: process.env['CURFEW_URL'] ?? '' },
        fast: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.url === '') return { ...values, url: null }
    const url = URL.parse(values.url)
    if (!url || !/^https?:$/.test(url.protocol)) return `--url: "${values.url}" is no http or https address.`
    return { ...values, url: `${url.origin}${url.pathname}`.replace(/\/(graphql\/?)?$/, '') }
  } catch (error) {
    return `${(error as Error).message}.`.replace(/[.]+$/, '.')
  }
}

function middleOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
