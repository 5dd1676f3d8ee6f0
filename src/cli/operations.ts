import { readConfig } from '../server/config.ts'
import { findRunningServer } from '../server/control-client.ts'
import type { Operations } from '../server/control-operations.ts'
import type { Opening } from '../server/open-database.ts'

/** Runs a command's work on the server that the settings name: in the process that has it open, or on its database. */
export async function withOperations<T>(
  opening: Opening,
  work: (operations: Operations) => Promise<T>,
): Promise<T> {
  await using operations = await openOperations(opening)
  return await work(operations)
}

async function openOperations(opening: Opening): Promise<Operations> {
  const config = readConfig(process.env)
  const running = config.postgres ? null : await findRunningServer(config.dataDir)
  if (running) return running
  // loaded only where it is needed: a database takes longer to load than to ask a server that has one
  const { openOperationsHere } = await import('./operations-here.ts')
  return openOperationsHere(config, opening)
}
