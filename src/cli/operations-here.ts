import { sleep, systemClock } from '../kernel/clock.ts'
import { createLogger } from '../kernel/logger.ts'
import type { EventLog } from '../revocations/event-log.ts'
import { compose } from '../server/compose.ts'
import type { Config } from '../server/config.ts'
import { connectRedis } from '../server/connect-redis.ts'
import { performHere } from '../server/control-deeds.ts'
import type { Operations } from '../server/control-operations.ts'
import type { Opening } from '../server/open-database.ts'
import { openPatiently } from './open-patiently.ts'

/** The operations on the database that the settings name, opened here; or of a server that came up meanwhile. */
export async function openOperationsHere(config: Config, opening: Opening): Promise<Operations> {
  const opened = await openPatiently(config, opening)
  if ('perform' in opened) return opened
  await using stack = new AsyncDisposableStack()
  stack.use(opened)
  // what goes wrong is told on standard error, apart from the results
  const logger = createLogger('warn', { write: (line) => void process.stderr.write(line) })
  // what is done here is announced to the nodes that run
  const redis = stack.use(await connectRedis(config, systemClock, logger))
  const house = stack.use(compose({ ...opened, redis, config, clock: systemClock, logger }))
  if (opened.postgres) stack.use(leaseAfterEnds(house.log, config.sessionCache.lease))
  const all = stack.move()
  return {
    perform: (name, input) => performHere(house.accounts, name, input),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/**
 * Disposed when a lease has passed since the last end. A command may know less of the nodes than they of each other, such as which Redis
 * they hold sessions in: when it says that something has ended, no node accepts it any more all the same.
 */
function leaseAfterEnds(log: EventLog, lease: number): AsyncDisposable {
  let until = 0
  const note = async (): Promise<void> => {
    until = systemClock.elapsed() + lease
  }
  log.tellBeforeAnswering({ end: note, endBefore: note })
  return { [Symbol.asyncDispose]: () => sleep(systemClock, until - systemClock.elapsed()) }
}
