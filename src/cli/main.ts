import { CommanderError } from 'commander'
import { Fault } from '../kernel/fault.ts'
import { InvalidConfig } from '../server/config.ts'
import { StartupError } from '../server/data-folder.ts'
import { describeMisspelled, findMisspelled } from '../server/misspelled.ts'
import { CommandError, Concluded } from './errors.ts'
import { buildProgram } from './program.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/** As most command lines have it: 1 for what failed, 2 for what was not a command. */
const FAILED = 1
const MISUSED = 2

async function run(terminal: Terminal): Promise<number> {
  try {
    await buildProgram(terminal).parseAsync()
    return 0
  } catch (error) {
    // commander has said what it had to say
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED
    if (error instanceof Concluded) return error.exitCode
    terminal.note(await explain(error))
    return FAILED
  }
}

/** What was expected is one sentence; anything else is a bug, and shown with all that helps to find it. */
async function explain(error: unknown): Promise<string> {
  if (error instanceof InvalidConfig) {
    // the cause of a setting that is missing may be a slip in its name
    const misspelled = findMisspelled(Object.keys(process.env)).map(describeMisspelled)
    return [error.message, ...misspelled].join('\n')
  }
  const expected = error instanceof StartupError || error instanceof CommandError || error instanceof Fault
  if (expected) return error.message
  return `This is a bug in Curfew, or something that it does not know how to handle:\n${await describe(error)}`
}

/** Without what a database driver puts into its errors: the values of the row. */
async function describe(error: unknown): Promise<string> {
  // commands that succeed have no use for the log
  const { serializeError } = await import('../kernel/logger.ts')
  const { type, code, message, stack } = serializeError(error)
  return [`${type ?? 'Error'}${code === undefined ? '' : ` ${code}`}: ${message}`, stack].join('\n')
}

// whoever reads us may have seen enough, as `head` has
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : FAILED))
void run(processTerminal()).then((code) => {
  process.exitCode = code
})
