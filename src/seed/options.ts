import { parseArgs } from 'node:util'

/** What `npm run seed` was asked for. */
export interface SeedOptions {
  readonly users: number
  readonly sessions: number
  readonly days: number
  readonly seed: number
  /** Whether to add to people who are there, or in production. */
  readonly add: boolean
  readonly help: boolean
}

export const USAGE = `Usage: npm run seed -- [options]

Fills the database with people who never were, their devices, and months of sessions, to try
things on. All have one password, which is printed at the end: never do this where people are.

  --users <n>     how many people (1000)
  --sessions <n>  how many sessions, most of which are over (20 for each person)
  --days <n>      how many days the history goes back (85)
  --seed <n>      another number makes other people (1)
  --add           add to people who are there, or in production
  --help          show this

CURFEW_DATA_DIR and DATABASE_URL say where, as they do for the server.
Example: npm run seed -- --users 10000 --sessions 1000000`

const [MOST_USERS, MOST_SESSIONS, MOST_DAYS] = [5_000_000, 50_000_000, 3_650]

/** Reads the options; a text says what is wrong with them. */
export function readSeedOptions(args: readonly string[]): SeedOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        users: { type: 'string' },
        sessions: { type: 'string' },
        days: { type: 'string' },
        seed: { type: 'string' },
        add: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const { add, help } = values
    const users = readNumber('--users', values.users, 1_000, 1, MOST_USERS)
    const sessions = readNumber('--sessions', values.sessions, users * 20, 0, MOST_SESSIONS)
    const days = readNumber('--days', values.days, 85, 1, MOST_DAYS)
    return { users, sessions, days, seed: readNumber('--seed', values.seed, 1, 0, 2 ** 32 - 1), add, help }
  } catch (error) {
    return `${(error as Error).message.replace(/[.]+$/, '')}.`
  }
}

function readNumber(
  name: string,
  text: string | undefined,
  usual: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return usual
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new Error(`${name}: "${text}" is no whole number from ${least} to ${most}`)
}
