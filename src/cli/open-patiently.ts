import { MessageChannel } from 'node:worker_threads'
import { sleep, systemClock } from '../kernel/clock.ts'
import type { Config } from '../server/config.ts'
import { findRunningServer } from '../server/control-client.ts'
import type { Operations } from '../server/control-operations.ts'
import { FolderInUse, type OpenedDatabase, type Opening, openDatabase } from '../server/open-database.ts'

/** How long to wait for another command to be done with the embedded database, or a server to come up (milliseconds). */
const PATIENCE = 30_000
const PAUSE = 100

/**
 * Opens the database; where a running server has the embedded one, returns that server's operations instead. One that is only
 * starting or stopping, and another command, are waited for.
 * @throws FolderInUse if whoever has it neither answers nor leaves
 */
export async function openPatiently(
  config: Config,
  opening: Opening = {},
): Promise<OpenedDatabase | Operations> {
  const deadline = systemClock.now().getTime() + PATIENCE
  for (;;) {
    try {
      return await openDatabase(config, opening)
    } catch (error) {
      if (!(error instanceof FolderInUse)) throw error
      const running = await findRunningServer(config.dataDir)
      if (running) return running
      if (systemClock.now().getTime() > deadline) throw error
      await pause()
    }
  }
}

/** The clock's timers do not keep a process alive, and here nothing else does. */
async function pause(): Promise<void> {
  const { port1 } = new MessageChannel()
  port1.on('message', () => {})
  await sleep(systemClock, PAUSE)
  port1.close()
}
