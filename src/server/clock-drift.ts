import type { Database } from '../database/database.ts'
import { serverTime } from '../database/postgres.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'

/** A difference that is worth a word (milliseconds): of an access token, five seconds are tolerated. */
const NOTICEABLE = 2_000

/**
 * Warns if this machine's clock and the database server's differ: nodes on one database reckon limits, windows and tokens each by its
 * own clock, and the database's is the one that all of them can see.
 */
export async function warnOfClockDrift(database: Database, clock: Clock, logger: Logger): Promise<void> {
  const before = clock.now().getTime()
  const theirs = (await serverTime(database)).getTime()
  const after = clock.now().getTime()
  // it was read at some moment in between
  const drift = theirs < before ? theirs - before : theirs > after ? theirs - after : 0
  if (Math.abs(drift) < NOTICEABLE) return
  logger.warn(
    { milliseconds: drift },
    "this machine's clock and the database server's differ; let NTP keep both, or access tokens and limits of several nodes won't agree",
  )
}
