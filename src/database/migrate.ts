import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { type Database, rowsOf } from './database.ts'

const FOLDER = fileURLToPath(new URL('../../drizzle', import.meta.url))

/** Any fixed number: it names the lock that lets one node migrate at a time. */
const MIGRATION_LOCK = 4_268_733_1

/**
 * Brings the database to the newest schema, from the files in `drizzle/`; safe to call on many nodes at once, and again.
 * @returns how many migrations were applied
 */
export async function migrate(database: Database): Promise<number> {
  const migrations = readMigrationFiles({ migrationsFolder: FOLDER })
  return database.transaction(
    async ({ queries }) => {
      // waiting for another node, and rebuilding a large table, may take longer than any statement of a request
      await queries.execute(sql`SET LOCAL statement_timeout = 0`)
      await queries.execute(sql`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`)
      await queries.execute(
        sql`CREATE TABLE IF NOT EXISTS curfew_migrations (hash text PRIMARY KEY, created_at bigint NOT NULL)`,
      )
      const applied = new Set(
        rowsOf<{ hash: string }>(await queries.execute(sql`SELECT hash FROM curfew_migrations`)).map(
          ({ hash }) => hash,
        ),
      )
      const missing = migrations.filter(({ hash }) => !applied.has(hash))
      for (const migration of missing) {
        for (const statement of migration.sql) await queries.execute(sql.raw(statement))
        await queries.execute(
          sql`INSERT INTO curfew_migrations (hash, created_at) VALUES (${migration.hash}, ${migration.folderMillis})`,
        )
      }
      return missing.length
    },
    { unhurried: true },
  )
}
