import { systemClock } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { postgresBus } from '../../src/revocations/bus/postgres.ts'

// A process that listens until its input ends, disposes of its bus, and has nothing more to do.
const [, , url = ''] = process.argv
const postgres = { url, poolSize: 1, connectTimeout: 2_000 }
const bus = postgresBus({ postgres, clock: systemClock, logger: createLogger('silent') })
await bus.listen(() => {})
process.stdin.once('end', async () => {
  await bus[Symbol.asyncDispose]()
  process.stdout.write('disposed\n')
})
process.stdin.resume()
process.stdout.write('listening\n')
