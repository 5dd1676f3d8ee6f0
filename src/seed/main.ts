import { processTerminal } from '../cli/terminal.ts'
import { Passwords } from '../credentials/password.ts'
import { isPostgresError } from '../database/database.ts'
import { systemClock } from '../kernel/clock.ts'
import { InvalidConfig, readConfig } from '../server/config.ts'
import { StartupError } from '../server/data-folder.ts'
import { openDatabase } from '../server/open-database.ts'
import { readSeedOptions, USAGE } from './options.ts'
import { countPeople, seedDatabase } from './seed.ts'

/** Everybody's. It is told to whoever runs this. */
const PASSWORD = 'correct horse battery'
const UNIQUE_VIOLATION = '23505'
const BAR = 30

const terminal = processTerminal()

async function run(): Promise<number> {
  const options = readSeedOptions(process.argv.slice(2))
  if (typeof options === 'string') {
    terminal.note(`${options}\n\n${USAGE}`)
    return 2
  }
  if (options.help) {
    terminal.print(USAGE)
    return 0
  }
  const config = readConfig(process.env)
  if (config.production && !options.add) {
    terminal.note(
      'NODE_ENV is production: made-up people with a known password do not belong there. To do it all the same, give --add.',
    )
    return 1
  }
  await using opened = await openDatabase(config)
  const { database } = opened
  const people = await countPeople(database)
  if (people > 0 && !options.add) {
    terminal.note(
      `There ${people === 1 ? 'is an account' : `are ${people} accounts`} in this database beside its first administrator: made-up people with a known password do not belong among real ones. To do it all the same, give --add.`,
    )
    return 1
  }
  const began = systemClock.now().getTime()
  const passwordHash = await new Passwords({ concurrency: 1 }).hash(PASSWORD)
  if (typeof passwordHash !== 'string') throw new Error('the password of the seed is too weak')
  const { users, sessions, days, seed } = options
  await seedDatabase(database, {
    users,
    sessions,
    days,
    seed,
    passwordHash,
    now: systemClock.now(),
    policy: config.sessions,
    placeRetention: config.places.retention,
    onProgress: (done, all) => terminal.progress(describeProgress(done, all)),
  })
  terminal.progress(null)
  const seconds = (systemClock.now().getTime() - began) / 1_000
  terminal.print(
    `Made ${users} people and ${sessions} sessions of the last ${days} days, in ${seconds.toFixed(1)} s.`,
  )
  terminal.print(`Everybody's password is: ${PASSWORD}`)
  return 0
}

/** A bar for a person, and a line for a log. */
function describeProgress(done: number, all: number): string {
  if (done === all) return `${all} rows; making indexes …`
  const share = done / all
  const full = Math.round(share * BAR)
  const bar = terminal.isTerminal ? `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ` : ''
  return `${bar}${Math.floor(share * 100)} %, ${done} of ${all} rows`
}

function explain(error: unknown): string {
  if (error instanceof InvalidConfig || error instanceof StartupError) return error.message
  if (isPostgresError(error, UNIQUE_VIOLATION))
    return '--seed: the people of this seed are there already, and nothing was changed; give another number.'
  throw error
}

void run()
  .catch((error: unknown) => {
    terminal.progress(null)
    terminal.note(explain(error))
    return 1
  })
  .then((code) => {
    process.exitCode = code
  })
