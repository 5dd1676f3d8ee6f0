import { NatsRefused } from '../revocations/bus/nats.ts'
import { explained } from './connect-redis.ts'
import { StartupError } from './data-folder.ts'

/**
 * The same promise, with an error that people can act on where the bus does not let us in.
 * @throws StartupError that names the setting and the fix
 */
export async function explainRefusedBus(start: Promise<void>): Promise<void> {
  try {
    await start
  } catch (error) {
    if (!(error instanceof NatsRefused)) throw explained(error)
    throw new StartupError(
      'NATS_URL: NATS does not let us in; put the right user and password into the URL, and let that user publish and subscribe to curfew.events.',
    )
  }
}
