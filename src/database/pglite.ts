import { PGlite, type PGliteOptions } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pglite'
import { type Database, runTransaction } from './database.ts'

/**
 * Opens the embedded database, PostgreSQL in this process, on one connection.
 *
 * The folder must already be held by a lock of ours ({@link file://./folder-lock.ts}): PGlite does not notice a second process
 * on the same files, and the writes of one of them would be lost.
 * @param folder where its files are, made if missing; without it the database lives in memory
 */
export async function openPglite(options: {
  readonly folder?: string
  readonly image?: Blob
}): Promise<Database> {
  const settings: PGliteOptions = {}
  if (options.folder) settings.dataDir = options.folder
  if (options.image) settings.loadDataDir = options.image
  return toDatabase(await PGlite.create(settings))
}

function toDatabase(client: PGlite): Database {
  const queries = drizzle(client)
  const close = async (): Promise<void> => {
    if (!client.closed) await client.close()
  }
  return {
    kind: 'embedded',
    queries,
    transaction: (work) =>
      runTransaction((begin) => queries.transaction((transaction) => begin(transaction)), work),
    ping: async () => {
      await queries.execute(sql`SELECT 1`)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * A database as one file, to open others from: making one from nothing takes seconds.
 * @param prepare what to do to it first
 */
export async function pgliteImage(prepare: (database: Database) => Promise<unknown>): Promise<Uint8Array> {
  const client = await PGlite.create()
  try {
    await prepare(toDatabase(client))
    const image = await client.dumpDataDir('none')
    return new Uint8Array(await image.arrayBuffer())
  } finally {
    await client.close()
  }
}
