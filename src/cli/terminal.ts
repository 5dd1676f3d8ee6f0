import pc from 'picocolors'

type Colors = ReturnType<typeof pc.createColors>

/** Where a command writes: results to standard output, everything about them to standard error. */
export interface Terminal {
  /** Whether a person reads the standard output, not a pipe, a file or a log. */
  readonly isTerminal: boolean
  /** How many characters fit on a line. */
  readonly columns: number
  /** Colours, or plain text where they are not wanted. */
  readonly colors: Colors
  print(text: string): void
  /** Prints plain data for programs. */
  printJson(data: unknown): void
  note(text: string): void
  /** Says how far a command has come: for a person in the place of what was said before, and in the end of nothing; else once in a while. */
  progress(text: string | null): void
}

/** The narrowest and widest that tables are laid out for; beyond, lines become hard to follow. */
const NARROWEST = 60
const WIDEST = 120

/** Of how much progress one line goes into a log. */
const UNWATCHED = 20

/** The terminal of this process. Colours only for a person, and never with NO_COLOR (https://no-color.org). */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process
  const isTerminal = stdout.isTTY === true
  let told = 0
  const colored = isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  return {
    isTerminal,
    columns: Math.min(Math.max((isTerminal && stdout.columns) || 80, NARROWEST), WIDEST),
    colors: pc.createColors(colored),
    print: (text) => void stdout.write(`${text}\n`),
    printJson: (data) => void stdout.write(`${JSON.stringify(data, null, 2)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    progress: (text) => {
      if (stderr.isTTY) stderr.write(`\r\u001B[K${text ?? ''}`)
      else if (text !== null && told++ % UNWATCHED === 0) stderr.write(`${text}\n`)
    },
  }
}
