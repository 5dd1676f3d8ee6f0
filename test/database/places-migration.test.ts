import { fileURLToPath } from 'node:url'
import { type SQL, sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { expect, it } from 'vitest'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { findSession } from '../../src/sessions/queries.ts'
import { describeEachDatabase, describeOnPostgres } from '../kit/databases.ts'

const FOLDER = fileURLToPath(new URL('../../drizzle', import.meta.url))

/** Migrations that were there before sessions had places. */
const BEFORE = 2

/** Makes the database what it was before a migration: emptied, and with those that came earlier alone. */
async function goBack({ queries }: Database, count: number): Promise<void> {
  await queries.execute(sql`DROP SCHEMA public CASCADE`)
  await queries.execute(sql`CREATE SCHEMA public`)
  await queries.execute(
    sql`CREATE TABLE curfew_migrations (hash text PRIMARY KEY, created_at bigint NOT NULL)`,
  )
  for (const migration of readMigrationFiles({ migrationsFolder: FOLDER }).slice(0, count)) {
    for (const statement of migration.sql) await queries.execute(sql.raw(statement))
    await queries.execute(
      sql`INSERT INTO curfew_migrations (hash, created_at) VALUES (${migration.hash}, ${migration.folderMillis})`,
    )
  }
}

describeEachDatabase('a database from before sessions had places', (open) => {
  it('knows of each session that goes on the network that it was started from, and nothing else', async () => {
    await using opened = await open()
    const { database } = opened
    const { queries } = database
    await goBack(database, BEFORE)
    await queries.execute(sql`
      INSERT INTO users (id, email, created_at) VALUES ('01890000-0000-7000-8000-000000000001', 'ada@example.com', '2026-01-01')`)
    await queries.execute(sql`
      INSERT INTO sessions (id, user_id, secret_hash, transport, factors, remembered, created_at, last_active_at, verified_at,
        expires_at, ended_at, end_reason, lineage_id, device_label, device_kind, network)
      SELECT id::uuid, '01890000-0000-7000-8000-000000000001', sha256(id::bytea), 'COOKIE', '{PASSWORD}', TRUE,
        '2026-01-02T03:04:05.678+01:00', '2026-01-03', '2026-01-02', '2026-02-01', ended::timestamptz,
        CASE WHEN ended IS NOT NULL THEN 'SIGNED_OUT' END, id::uuid, 'Firefox on Linux', 'DESKTOP', network
      FROM (VALUES ('01890000-0000-7000-8000-00000000000a', '203.0.113.0/24', NULL),
        ('01890000-0000-7000-8000-00000000000b', '2001:db8:1::/48', '2026-01-04'),
        ('01890000-0000-7000-8000-00000000000c', NULL, NULL)) made (id, network, ended)`)
    expect(await migrate(database)).toBeGreaterThan(0)
    const look = (end: string) => findSession(queries, `01890000-0000-7000-8000-00000000000${end}`)
    const started = new Date('2026-01-02T02:04:05.678Z')
    const at = (network: string) => ({ network, location: null, firstSeenAt: started, lastSeenAt: started })
    expect(await look('a')).toMatchObject({ location: null, places: [at('203.0.113.0/24')] })
    expect(await look('b')).toMatchObject({ network: '2001:db8:1::/48', location: null, places: [] })
    expect(await look('c')).toMatchObject({ network: null, location: null, places: [] })
    expect(rowsOf(await queries.execute(sql`SELECT 1 FROM sessions`))).toHaveLength(3)
    expect(await migrate(database)).toBe(0)
  })
})

describeOnPostgres('a database that older nodes work on', (open) => {
  it('is migrated behind a sign-up that is under way: neither waits for what the other one has', async () => {
    await using opened = await open()
    const { database } = opened
    await goBack(database, BEFORE)
    let migration: Promise<number> | null = null
    await database.transaction(async ({ queries }) => {
      await queries.execute(sql`
        INSERT INTO users (id, email, created_at) VALUES ('01890000-0000-7000-8000-000000000001', 'ada@example.com', '2026-01-01')`)
      migration = migrate(database)
      // what fails is looked at below
      migration.catch(() => {})
      await expect.poll(() => countLocks(database, sql`NOT granted`)).toBe(1)
      // or the sign-up would wait for the migration, which waits for the sign-up
      expect(await countLocks(database, sql`granted AND relation = 'sessions'::regclass`)).toBe(0)
      await queries.execute(sql`
        INSERT INTO sessions (id, user_id, secret_hash, transport, factors, remembered, created_at, last_active_at, verified_at,
          expires_at, lineage_id, device_label, device_kind)
        VALUES ('01890000-0000-7000-8000-00000000000a', '01890000-0000-7000-8000-000000000001', sha256('a'), 'COOKIE', '{PASSWORD}',
          TRUE, '2026-01-02', '2026-01-03', '2026-01-02', '2026-02-01', '01890000-0000-7000-8000-00000000000a', 'Firefox', 'DESKTOP')`)
    })
    expect(await migration).toBeGreaterThan(0)
    expect(await findSession(database.queries, '01890000-0000-7000-8000-00000000000a')).not.toBeNull()
  })
})

/** How many such locks of tables there are. */
async function countLocks({ queries }: Database, which: SQL): Promise<number> {
  const locks = sql`SELECT 1 FROM pg_locks WHERE locktype = 'relation' AND ${which}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  return rowsOf(await queries.execute(locks)).length
}
