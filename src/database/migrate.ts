import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { type Database, type Queries, rowsOf } from './database.ts'

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
      if (missing.length > 0) await waitForWriters(queries)
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

/**
 * Nodes of an older version may be at work: whatever they write begins at users. Whoever came for sessions first would wait for a sign-up
 * that waits for sessions, and do all of it again after the deadlock, which on a busy server never ends.
 */
async function waitForWriters(queries: Queries): Promise<void> {
  const [row] = rowsOf<{ exists: boolean }>(
    await queries.execute(sql`SELECT to_regclass('users') IS NOT NULL AS exists`),
  )
  // reads go on: they come to sessions first
  if (row?.exists) await queries.execute(sql`LOCK TABLE users IN EXCLUSIVE MODE`)
}
