import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, inject } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openPglite } from '../../src/database/pglite.ts'
import { openPostgres, type PostgresOptions } from '../../src/database/postgres.ts'
import { createDatabase, dropDatabase } from './postgres-server.ts'

/** A fresh database with the newest schema. Disposing it drops it. */
export interface TestDatabase extends AsyncDisposable {
  readonly database: Database
  /** Null for the embedded database. */
  readonly postgres: PostgresOptions | null
}

export type DatabaseKind = 'embedded' | 'postgres'

/** The kinds that suites run over here; without PostgreSQL the run has said so loudly, or failed. */
export function databaseKinds(): readonly DatabaseKind[] {
  return inject('postgresUrl') === null ? ['embedded'] : ['embedded', 'postgres']
}

/** Runs a suite over each kind of database. */
export function describeEachDatabase(name: string, suite: (open: () => Promise<TestDatabase>) => void): void {
  for (const kind of databaseKinds()) describe(`${name} (${kind})`, () => suite(() => openTestDatabase(kind)))
}

/** Runs a suite that needs real transactions side by side, which the embedded database does not have. */
export function describeOnPostgres(name: string, suite: (open: () => Promise<TestDatabase>) => void): void {
  describe.runIf(inject('postgresUrl') !== null)(`${name} (postgres)`, () =>
    suite(() => openTestDatabase('postgres')),
  )
}

/** Opens a fresh database of a kind. */
export function openTestDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  return kind === 'embedded' ? openEmbedded() : openServed()
}

async function openEmbedded(): Promise<TestDatabase> {
  const database = await openPglite({ image: new Blob([await readFile(inject('embeddedImage'))]) })
  return { database, postgres: null, [Symbol.asyncDispose]: () => database.close() }
}

async function openServed(): Promise<TestDatabase> {
  const server = inject('postgresUrl')
  if (!server) throw new Error('there is no PostgreSQL to test on')
  const name = `${inject('postgresPrefix')}${randomBytes(6).toString('hex')}`
  const postgres: PostgresOptions = {
    url: await createDatabase(server, name),
    poolSize: 10,
    connectTimeout: 5_000,
  }
  const database = openPostgres(postgres)
  await migrate(database)
  return {
    database,
    postgres,
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await dropDatabase(server, name)
    },
  }
}
