import { prettyFactory } from 'pino-pretty'
import { systemClock } from '../kernel/clock.ts'
import { createLogger, type Logger } from '../kernel/logger.ts'
import { findHazards } from '../server/advice.ts'
import type { House } from '../server/compose.ts'
import type { Config } from '../server/config.ts'
import { serveControl } from '../server/control-server.ts'
import { hasData } from '../server/data-folder.ts'
import { createFirstAdministrator, needsAdministrator } from '../server/first-start.ts'
import { describeMisspelled, findMisspelled } from '../server/misspelled.ts'
import { FolderInUse } from '../server/open-database.ts'
import { startServer } from '../server/server.ts'
import {
  describeAdministrator,
  describeServer,
  describeServerBriefly,
  NO_ADMINISTRATOR,
} from './announcement.ts'
import { openPatiently } from './open-patiently.ts'
import { EXIT_CODES, stopOnFailure, stopSignal } from './stopping.ts'
import type { Terminal } from './terminal.ts'

/** How long everything that is not a request may take to close, databases and buses among it (milliseconds). */
const CLOSING_TIMEOUT = 10_000

/** Serves until the process is asked to stop: what `curfew serve` does. */
export async function serve(config: Config, terminal: Terminal): Promise<void> {
  const started = systemClock.now().getTime()
  const logger = createLogger(config.logLevel, terminal.isTerminal ? forPeople(terminal) : undefined)
  stopOnFailure(logger)
  warn(config, logger)
  const stopping = stopSignal(systemClock)
  let serving = false
  // a start that waits for something, a database perhaps, has nothing yet to be ended in order
  void stopping.then((signal) => serving || process.exit(EXIT_CODES[signal]))
  if (terminal.isTerminal && !config.postgres && !(await hasData(config.dataDir)))
    terminal.print(`\n  ${terminal.colors.dim('Making the database, which takes a few seconds …')}`)

  const opened = await openPatiently(config, { logger })
  // a running server answered
  if ('perform' in opened) throw new FolderInUse(config.dataDir)
  await using parts = new AsyncDisposableStack()
  parts.use(opened)
  const server = await startServer({
    config,
    opened,
    clock: systemClock,
    logger,
    prepare: async (house) => {
      await welcome(house, config, { terminal, logger })
      if (!config.postgres)
        parts.use(await serveControl({ folder: config.dataDir, accounts: house.accounts, logger }))
    },
  })
  parts.use(server)
  serving = true
  announce(server.url, config, { terminal, logger, took: systemClock.now().getTime() - started })

  const signal = await stopping
  if (terminal.isTerminal) terminal.print(terminal.colors.dim('\n  Stopping …'))
  logger.info({ signal }, 'stopping')
  const { delay, spread, timeout } = config.shutdown
  using _ = systemClock.after(delay + spread + timeout + CLOSING_TIMEOUT, () => {
    logger.error({}, 'something hangs; the process ends regardless')
    process.exit(1)
  })
  await parts.disposeAsync()
  logger.info({}, 'stopped')
}

/** Says what can be worked with, and is probably not meant. */
function warn(config: Config, logger: Logger): void {
  for (const misspelled of findMisspelled(Object.keys(process.env)))
    logger.warn({ setting: misspelled.name }, describeMisspelled(misspelled))
  for (const { level, setting, message } of findHazards(config)) {
    const refused = level === 'unsafe' ? '; production refuses to start with it' : ''
    logger.warn({ setting }, `${setting}: ${message}${refused}`)
  }
}

/** Creates the first administrator, unless the password would end up in a log that is kept. */
async function welcome(
  { accounts }: House,
  config: Config,
  { terminal, logger }: { terminal: Terminal; logger: Logger },
): Promise<void> {
  if (config.production && !terminal.isTerminal) {
    if (await needsAdministrator(accounts)) logger.warn({}, NO_ADMINISTRATOR)
    return
  }
  const administrator = await createFirstAdministrator(accounts, config.adminEmail)
  // at once: should the start fail after this, the password has been seen
  if (administrator) terminal.print(describeAdministrator(administrator, terminal))
}

/** Says where everything is: at a terminal in full, in production as one more line of the log. */
function announce(
  url: string,
  config: Config,
  { terminal, logger, took }: { terminal: Terminal; logger: Logger; took: number },
): void {
  if (terminal.isTerminal) terminal.print(describeServer(url, config, { colors: terminal.colors, took }))
  else if (config.production) logger.info({ url }, describeServerBriefly(url, config))
  else terminal.print(describeServerBriefly(url, config))
}

function forPeople({ colors, print }: Terminal): { write: (line: string) => void } {
  const format = prettyFactory({
    colorize: colors.isColorSupported,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
  })
  return { write: (line) => print(format(line).trimEnd()) }
}
