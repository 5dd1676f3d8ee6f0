import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'

/** A PostgreSQL of our own in a temporary folder, fast and forgetful. */
export interface PostgresServer extends AsyncDisposable {
  /** For example `15.18`. */
  readonly version: string
  /** The address of a database, by default of `postgres`, as a user that may do everything. */
  url(database?: string): string
  /** Creates a database and returns its address; see {@link createDatabase}. */
  createDatabase(name: string, options?: { template?: string }): Promise<string>
  /** Drops the database if it exists, and ends whatever is connected to it. */
  dropDatabase(name: string): Promise<void>
  /** Stops and starts the server on the same port with the same data; open connections are cut. */
  restart(): Promise<void>
  /** Stops the server and removes its folder. */
  stop(): Promise<void>
}

/** Why there can be no server here, as a sentence. */
export interface PostgresUnavailable {
  readonly unavailable: string
}

const OLDEST_SUPPORTED = 15
const START_ATTEMPTS = 5 // each on another free port
const STOP_PATIENCE = 15_000 // ms
const FOLDER_PREFIX = 'curfew-postgres-'
const ABANDONED_AFTER = 3_600_000 // ms; for a folder that doesn't say whose it is

/**
 * Lives beside the server, in a session of its own so that no Ctrl-C reaches it, and waits on its standard input. The
 * kernel closes that when the test process ends, in whichever way (even by SIGKILL): then it stops the server and
 * removes the folder.
 */
const SUPERVISOR = `
bin=$1 dir=$2 port=$3
echo $$ >"$dir/supervisor.pid"
data=$dir/data
finish() {
  trap '' INT TERM HUP
  "$bin/pg_ctl" stop -D "$data" -m immediate -t 10 >/dev/null 2>&1
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 143' INT TERM HUP
trap '' PIPE # when the test process ends before we say that we are ready
say_failed() { cat "$dir/log" >&2; exit 1; }

"$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$dir/log" 2>&1 </dev/null || say_failed
cat "$dir/settings" >>"$data/postgresql.conf"
start() {
  "$bin/pg_ctl" start -w -t 60 -D "$data" -l "$dir/log" -o "-p $port" >/dev/null 2>&1 </dev/null || say_failed
  echo ready
}
start
while read -r word; do
  case $word in
    restart) "$bin/pg_ctl" stop -w -t 60 -D "$data" -m fast >/dev/null 2>&1 </dev/null || say_failed; start ;;
    *) exit 0 ;;
  esac
done
`

/**
 * Starts a server from the newest PostgreSQL installed, or says why it can't. The server ends with `stop()`, and at the
 * latest with this process.
 *
 * @throws if PostgreSQL is installed but doesn't start
 */
export async function startPostgres(): Promise<PostgresServer | PostgresUnavailable> {
  const installed = findBinaries()
  if (installed === undefined)
    return {
      unavailable: `no PostgreSQL ${OLDEST_SUPPORTED} or later is installed (initdb, pg_ctl and postgres)`,
    }
  const account = unprivilegedAccount()
  if (account === undefined)
    return {
      unavailable: 'PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as',
    }
  await removeLeftovers()
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(installed, account, await freePort())
    } catch (error) {
      const portTaken = error instanceof Error && /could not bind|Address already in use/i.test(error.message)
      if (!portTaken || attempt === START_ATTEMPTS) throw error
    }
  }
}

/**
 * Creates a database on the server of the address and returns the new database's address.
 *
 * @param template a database to copy; nothing may be connected to it
 */
export async function createDatabase(
  serverUrl: string,
  name: string,
  { template }: { template?: string } = {},
): Promise<string> {
  await withConnection(
    serverUrl,
    (sql) =>
      sql`create database ${sql(name)} ${template === undefined ? sql`` : sql`template ${sql(template)}`}`,
  )
  return databaseUrl(serverUrl, name)
}

/** Drops the database if it exists, and ends whatever is connected to it. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await withConnection(serverUrl, (sql) => sql`drop database if exists ${sql(name)} with (force)`)
}

/** Drops every database whose name begins so. */
export async function dropDatabases(serverUrl: string, prefix: string): Promise<void> {
  const found = await withConnection(
    serverUrl,
    (sql) =>
      sql<{ datname: string }[]>`select datname from pg_database where starts_with(datname, ${prefix})`,
  )
  for (const { datname } of found) await dropDatabase(serverUrl, datname)
}

/** The version number of the server, for example 150018, and whether the user may create databases on it. */
export async function inspectServer(serverUrl: string): Promise<{ version: number; mayCreate: boolean }> {
  const [row] = await withConnection(
    serverUrl,
    (sql) => sql<{ version: number; mayCreate: boolean }[]>`
      select current_setting('server_version_num')::int as version, rolcreatedb or rolsuper as "mayCreate"
      from pg_roles where rolname = current_user`,
  )
  if (row === undefined) throw new Error('the server does not know its own user')
  return row
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${encodeURIComponent(name)}`
  return url.href
}

async function withConnection<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 10 /* s */ })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 5 /* s */ })
  }
}

/** Another program of the PostgreSQL that tests run on; undefined if it is not installed. */
export function findProgram(name: string): string | undefined {
  const installed = findBinaries()
  const path = installed && join(installed.bin, name)
  return path !== undefined && existsSync(path) ? path : undefined
}

interface Installed {
  readonly bin: string
  readonly version: string
}

interface Account {
  readonly uid: number
  readonly gid: number
}

/** The newest of what the PATH, `pg_config` and the usual folders hold. */
function findBinaries(): Installed | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    outputOf('pg_config', ['--bindir']),
    ...globSync('/usr/lib/postgresql/*/bin'), // Debian, Ubuntu
    ...globSync('/usr/pgsql-*/bin'), // Red Hat, Fedora
    ...globSync('/usr/libexec/postgresql*'), // Alpine
    ...globSync('/opt/homebrew/opt/postgresql@*/bin'),
    ...globSync('/usr/local/opt/postgresql@*/bin'),
    ...globSync('/Applications/Postgres.app/Contents/Versions/*/bin'),
  ]
  return [...new Set(folders)]
    .filter(
      (bin) => bin !== '' && ['initdb', 'pg_ctl', 'postgres'].every((name) => existsSync(join(bin, name))),
    )
    .map((bin) => ({
      bin,
      version: /[\d.]+/.exec(outputOf(join(bin, 'postgres'), ['--version']))?.[0] ?? '0',
    }))
    .filter(({ version }) => Number.parseInt(version, 10) >= OLDEST_SUPPORTED)
    .sort((a, b) => Number.parseFloat(b.version) - Number.parseFloat(a.version))[0]
}

/** Who the server runs as: this user, or for root, as whom PostgreSQL refuses to run, another one. */
function unprivilegedAccount(): Account | 'own' | undefined {
  if (process.getuid?.() !== 0) return 'own'
  for (const name of ['postgres', 'nobody']) {
    const uid = Number.parseInt(outputOf('id', ['-u', name]), 10)
    const gid = Number.parseInt(outputOf('id', ['-g', name]), 10)
    if (uid > 0 && gid > 0) return { uid, gid }
  }
  return undefined
}

function outputOf(command: string, parameters: string[]): string {
  try {
    return execFileSync(command, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}

async function launch(
  { bin, version }: Installed,
  account: Account | 'own',
  port: number,
): Promise<PostgresServer> {
  const dir = mkdtempSync(join(tmpdir(), FOLDER_PREFIX))
  writeFileSync(join(dir, 'settings'), settingsFor(dir))
  if (account !== 'own') chownSync(dir, account.uid, account.gid)
  const supervisor = spawn('/bin/sh', ['-c', SUPERVISOR, 'supervisor', bin, dir, String(port)], {
    cwd: dir,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(account === 'own' ? {} : account),
  })
  const failure = text(supervisor.stderr)
  await once(supervisor, 'spawn')
  const words = createInterface({ input: supervisor.stdout })[Symbol.asyncIterator]()

  /** The server is meant to end with this process, so it must not keep it alive by itself. */
  const letGo = (): void => {
    supervisor.unref()
    for (const stream of supervisor.stdio) if (stream instanceof Socket) stream.unref()
  }
  const hold = (): void => {
    supervisor.ref()
    for (const stream of supervisor.stdio) if (stream instanceof Socket) stream.ref()
  }
  const untilReady = async (): Promise<void> => {
    hold()
    const { done } = await words.next()
    if (done === true) throw new Error(`PostgreSQL ${version} (${bin}) did not start:\n${await failure}`)
    letGo()
  }

  await untilReady()
  const url = (database = 'postgres'): string =>
    databaseUrl(`postgres://postgres@127.0.0.1:${port}/`, database)
  const stop = (): Promise<void> => {
    hold()
    return endSupervisor(supervisor, dir)
  }
  return {
    version,
    url,
    createDatabase: (name, options) => createDatabase(url(), name, options),
    dropDatabase: (name) => dropDatabase(url(), name),
    restart: () => {
      supervisor.stdin.write('restart\n')
      return untilReady()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function settingsFor(dir: string): string {
  const longestSocketPath = 100 // bytes; the kernel's limit is 107, and 103 on macOS
  const socketFolder = `${dir}/.s.PGSQL.65535`.length > longestSocketPath ? '' : dir
  return `
listen_addresses = '127.0.0.1'
unix_socket_directories = '${socketFolder}'
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum_naptime = 10s
`
}

type Supervisor = ChildProcessByStdio<Writable, Readable, Readable>

async function endSupervisor(supervisor: Supervisor, dir: string): Promise<void> {
  if (supervisor.exitCode === null && supervisor.signalCode === null) {
    const ended = once(supervisor, 'exit')
    const impatience = setTimeout(() => supervisor.kill('SIGKILL'), STOP_PATIENCE)
    supervisor.stdin.end()
    await ended
    clearTimeout(impatience)
  }
  removeFolder(dir)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** Ends servers whose supervisor was killed too, and removes their folders: only what is surely abandoned. */
async function removeLeftovers(): Promise<void> {
  for (const dir of globSync(join(tmpdir(), `${FOLDER_PREFIX}*`))) {
    try {
      if (!isAbandoned(dir)) continue
      const postmaster = Number(readFirstLine(join(dir, 'data', 'postmaster.pid')))
      if (postmaster > 0 && commandOf(postmaster).includes(dir)) await endPostmaster(postmaster)
      removeFolder(dir)
    } catch {
      // Another user's, or already gone.
    }
  }
}

async function endPostmaster(pid: number): Promise<void> {
  process.kill(pid, 'SIGQUIT')
  for (let attempt = 0; attempt < 50 && isAlive(pid); attempt++) await sleep(100 /* ms */)
}

/** Tries again while a server that is ending still writes there. */
function removeFolder(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 /* ms */ })
}

function isAbandoned(dir: string): boolean {
  const supervisor = Number(readFirstLine(join(dir, 'supervisor.pid')))
  if (supervisor > 0) return !isAlive(supervisor)
  return Date.now() - statSync(dir).mtimeMs > ABANDONED_AFTER
}

function readFirstLine(path: string): string {
  return existsSync(path) ? (readFileSync(path, 'utf8').split('\n')[0] ?? '') : ''
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function commandOf(pid: number): string {
  return readFirstLine(`/proc/${pid}/cmdline`) || outputOf('ps', ['-o', 'args=', '-p', String(pid)])
}
