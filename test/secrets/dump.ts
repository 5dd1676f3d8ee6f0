import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { rowsOf } from '../../src/database/database.ts'
import { openPglite } from '../../src/database/pglite.ts'
import { type DatabaseKind, openTestDatabase, type TestDatabase } from '../kit/databases.ts'
import { findProgram } from '../kit/postgres-server.ts'

/** A database, and everything that is kept of it. */
export interface DumpedDatabase extends TestDatabase {
  /** Every row of every table as text; on PostgreSQL what `pg_dump` makes of it, too. */
  dump(): Promise<Buffer>
  /** The files that it is kept in, after it is closed; none if they are a server's. */
  files(): Promise<readonly Buffer[]>
}

/** Opens a database whose dump and files can be read; the embedded one is on disk. */
export async function openDumped(kind: DatabaseKind): Promise<DumpedDatabase> {
  if (kind === 'postgres') {
    const test = await openTestDatabase(kind)
    return { ...test, dump: () => dumpServed(test), files: async () => [] }
  }
  const folder = await mkdtemp(join(tmpdir(), 'curfew-secrets-'))
  const image = new Blob([await readFile(inject('embeddedImage'))])
  const database = await openPglite({ folder: join(folder, 'db'), image })
  const test: TestDatabase = {
    database,
    postgres: null,
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return { ...test, dump: () => rowsAsText(test), files: () => readFiles(folder) }
}

async function dumpServed(test: TestDatabase): Promise<Buffer> {
  const rows = await rowsAsText(test)
  const program = findProgram('pg_dump')
  if (!program || !test.postgres) return rows
  const { stdout } = await promisify(execFile)(program, ['--dbname', test.postgres.url], {
    maxBuffer: 2 ** 28,
    encoding: 'buffer',
  })
  return Buffer.concat([rows, stdout])
}

async function rowsAsText({ database: { queries } }: TestDatabase): Promise<Buffer> {
  const tables = rowsOf<{ name: string }>(
    await queries.execute(sql`SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`),
  )
  const texts: string[] = []
  for (const { name } of tables) {
    const rows = rowsOf<{ row: string }>(
      await queries.execute(sql`SELECT to_jsonb(t)::text AS row FROM ${sql.raw(name)} t`),
    )
    texts.push(name, ...rows.map(({ row }) => row))
  }
  return Buffer.from(texts.join('\n'))
}

async function readFiles(folder: string): Promise<readonly Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name))))
}
