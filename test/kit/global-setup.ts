import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/database/migrate.ts'
import { pgliteImage } from '../../src/database/pglite.ts'
import { dropDatabases, inspectServer, startPostgres } from './postgres-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server on which tests may create databases of their own, or null where none can be had. */
    postgresUrl: string | null
    /** What the name of each such database begins with: those are dropped when the run ends. */
    postgresPrefix: string
    /** A file that holds an embedded database with the newest schema, made once because making one takes seconds. */
    embeddedImage: string
  }
}

const OLDEST_SUPPORTED = 15_00_00 // as `server_version_num`

/** Runs once before all test files; what it returns runs after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `curfew_test_${randomBytes(4).toString('hex')}_`
  const server = await findServer(prefix)
  if ('unavailable' in server) refuseOrWarn(server.unavailable)
  project.provide('postgresUrl', 'url' in server ? server.url : null)
  project.provide('postgresPrefix', prefix)
  const folder = await mkdtemp(join(tmpdir(), 'curfew-image-'))
  project.provide('embeddedImage', await makeEmbeddedImage(folder))
  return async () => {
    await rm(folder, { recursive: true, force: true })
    if ('end' in server) await server.end()
  }
}

async function makeEmbeddedImage(folder: string): Promise<string> {
  const file = join(folder, 'image.tar')
  await writeFile(file, await pgliteImage(migrate))
  return file
}

async function findServer(
  prefix: string,
): Promise<{ url: string; end: () => Promise<void> } | { unavailable: string }> {
  const url = process.env['TEST_DATABASE_URL']
  if (url !== undefined && url !== '') {
    await checkServer(url)
    return { url, end: () => dropDatabases(url, prefix) }
  }
  const server = await startPostgres()
  return 'unavailable' in server ? server : { url: server.url(), end: () => server.stop() }
}

async function checkServer(url: string): Promise<void> {
  const { version, mayCreate } = await inspectServer(url).catch((cause: unknown) => {
    throw new Error('TEST_DATABASE_URL is set, but no PostgreSQL answers there', { cause })
  })
  if (version < OLDEST_SUPPORTED)
    throw new Error(`TEST_DATABASE_URL: PostgreSQL 15 or later is needed, this is ${version}`)
  if (!mayCreate)
    throw new Error('TEST_DATABASE_URL: its user may not create databases (alter role … createdb)')
}

function refuseOrWarn(reason: string): void {
  const lines = [
    'The PostgreSQL half of the suites is NOT run:',
    `${reason}.`,
    '',
    'Either install it:    apt-get install postgresql   (brew install postgresql@17)',
    'or point to a server: TEST_DATABASE_URL=postgres://user:password@host:5432/postgres npm test',
  ]
  if (process.env['CI'] === 'true') throw new Error(`${lines.join('\n')}\n\nWith CI=true that is a failure.`)
  console.warn(boxed(lines))
}

function boxed(lines: string[]): string {
  const width = Math.max(...lines.map((line) => line.length))
  const edge = '!'.repeat(width + 6)
  return ['', edge, ...lines.map((line) => `!! ${line.padEnd(width)} !!`), edge, ''].join('\n')
}
