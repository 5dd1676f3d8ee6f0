import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../database/database.ts'
import { type FolderLock, lockFolder } from '../database/folder-lock.ts'
import { migrate } from '../database/migrate.ts'
import { openPglite } from '../database/pglite.ts'
import { openPostgres, type PostgresOptions, serverVersion } from '../database/postgres.ts'
import type { Logger } from '../kernel/logger.ts'
import type { MasterSecrets } from '../kernel/secret.ts'
import type { Config } from './config.ts'
import { dataFolderSecret, hasData, prepareDataFolder, StartupError } from './data-folder.ts'
import { CONNECT_TIMEOUT, explainPostgresError } from './postgres-errors.ts'

/** The database that the settings name, brought to the newest schema, and the secret that goes with it. */
export interface OpenedDatabase extends AsyncDisposable {
  readonly database: Database
  /** Null for the embedded database. */
  readonly postgres: PostgresOptions | null
  readonly secrets: MasterSecrets
}

/** How to open. */
export interface Opening {
  /** Whether to bring the database to the newest schema; by default yes. */
  readonly migrated?: boolean
  /** Whether to make an embedded database where there is none; by default yes. */
  readonly made?: boolean
  /** Hears of outages of a server. */
  readonly logger?: Logger
}

const OLDEST_POSTGRES = 15

/** Another process of ours has the embedded database open. */
export class FolderInUse extends StartupError {
  constructor(folder: string) {
    super(
      `CURFEW_DATA_DIR: the embedded database in ${folder} is in use by another process; stop that one, give another folder, or set DATABASE_URL to share a PostgreSQL.`,
    )
  }
}

/**
 * Opens the database. The embedded one takes its folder for this process alone.
 * @throws StartupError that names the setting and the fix
 */
export async function openDatabase(config: Config, opening: Opening = {}): Promise<OpenedDatabase> {
  const opened = config.postgres
    ? await openServed(config, config.postgres, opening.logger)
    : await openEmbedded(config, opening)
  try {
    if (opening.migrated !== false) await migrate(opened.database)
    return opened
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    if (!config.postgres) throw error
    throw new StartupError(`DATABASE_URL: ${explainPostgresError(error, config.postgres.url)}`)
  }
}

async function openEmbedded(config: Config, opening: Opening): Promise<OpenedDatabase> {
  const { dataDir } = config
  if (opening.made === false && !(await hasData(dataDir))) {
    throw new StartupError(
      `CURFEW_DATA_DIR: there is no data in ${dataDir}; start the server there first, or set CURFEW_DATA_DIR (or DATABASE_URL) as the server has it.`,
    )
  }
  await prepareDataFolder(dataDir)
  const lock = takeFolder(dataDir)
  try {
    const secrets = await readSecrets(config)
    const database = await openFiles(dataDir)
    return {
      database,
      postgres: null,
      secrets,
      [Symbol.asyncDispose]: async () => {
        await database.close()
        lock[Symbol.dispose]()
      },
    }
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}

function takeFolder(dataDir: string): FolderLock {
  let lock: FolderLock | null
  try {
    lock = lockFolder(dataDir)
  } catch {
    throw new StartupError(
      `CURFEW_DATA_DIR: the lock in ${dataDir} cannot be taken; make the folder and its files this user's own, on a disk that is not full.`,
    )
  }
  if (!lock) throw new FolderInUse(dataDir)
  return lock
}

/** Opens the files of the embedded database. New ones are made beside and moved into place: a first start may be killed. */
async function openFiles(dataDir: string): Promise<Database> {
  const folder = join(dataDir, 'database')
  if (!existsSync(folder)) {
    const draft = `${folder}.new`
    await rm(draft, { recursive: true, force: true })
    await (await openPglite({ folder: draft })).close()
    await rename(draft, folder)
  }
  try {
    return await openPglite({ folder })
  } catch (cause) {
    throw new StartupError(
      `CURFEW_DATA_DIR: the embedded database in ${folder} cannot be opened; restore the folder from a backup, or move it away to begin anew.`,
      { cause },
    )
  }
}

async function openServed(
  config: Config,
  settings: NonNullable<Config['postgres']>,
  logger: Logger | null = null,
): Promise<OpenedDatabase> {
  const postgres: PostgresOptions = { ...settings, connectTimeout: CONNECT_TIMEOUT }
  const database = openPostgres(postgres, { logger })
  try {
    const version = await serverVersion(database).catch((error: unknown) => {
      throw new StartupError(`DATABASE_URL: ${explainPostgresError(error, settings.url)}`)
    })
    if (version < OLDEST_POSTGRES) {
      throw new StartupError(
        `DATABASE_URL: this is PostgreSQL ${version}; Curfew needs ${OLDEST_POSTGRES} or later.`,
      )
    }
    if (!config.secret) await prepareDataFolder(config.dataDir)
    const secrets = await readSecrets(config)
    return { database, postgres, secrets, [Symbol.asyncDispose]: () => database.close() }
  } catch (error) {
    await database.close()
    throw error
  }
}

async function readSecrets({ dataDir, secret, previousSecret }: Config): Promise<MasterSecrets> {
  return { current: secret ?? (await dataFolderSecret(dataDir)), previous: previousSecret }
}
