import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { curfew, type Environment, serve, temporaryFolder } from '../cli/curfew.ts'
import { Browser } from '../kit/browser.ts'
import { createDatabase, dropDatabase } from '../kit/postgres-server.ts'
import { Socket } from '../kit/socket.ts'

const SECRET = 'a secret for tests alone, of more than 32 bytes'
const ADMINISTRATOR = /Administrator created: e-mail (\S+), password ([\w-]+)\./

/** A start that must fail: with 1, and nothing but sentences for the operator. */
async function failedStart(environment: Environment, options: { uid?: number } = {}): Promise<string> {
  const { code, stdout, stderr } = await curfew(['serve'], { PORT: '0', ...environment }, options)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).not.toMatch(/^\s+at /m)
  return stderr.trimEnd()
}

describe('the first start', () => {
  it('prints the password of an administrator, once, and keeps everything to its owner', async () => {
    await using folder = await temporaryFolder()
    const data = join(folder.path, 'data')
    const environment = { CURFEW_DATA_DIR: data }
    const first = await serve(environment)
    await using server = first.server
    const [, email = '', password = ''] = ADMINISTRATOR.exec(server.stdout) ?? []
    expect(email).toBe('admin@localhost')
    await new Browser(first).signIn(email, password)
    expect((await stat(data)).mode & 0o777).toBe(0o700)
    expect((await stat(join(data, 'secret'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(data, 'control.sock'))).mode & 0o777).toBe(0o600)

    expect(await failedStart(environment)).toMatch(
      /^CURFEW_DATA_DIR: the embedded database in .* is in use by another process; stop that one, .*$/,
    )
    const browser = new Browser(first)
    await browser.signIn(email, password)
    using socket = await Socket.subscribed(
      first.url,
      browser.cookie,
      'subscription { sessionRevoked { reason } }',
    )
    server.kill('SIGTERM')
    expect(await socket.closed()).toMatchObject({ code: 1001 })
    expect(await server.ended).toMatchObject({ code: 0, stderr: '' })
    await expect(stat(join(data, 'control.sock'))).rejects.toThrow('ENOENT')

    await using second = (await serve(environment)).server
    expect(second.stdout).not.toMatch(/password/i)
  }, 90_000)

  it('in production puts no password into a log, and says how to make an administrator', async () => {
    await using folder = await temporaryFolder()
    await using server = (
      await serve({
        CURFEW_DATA_DIR: join(folder.path, 'data'),
        NODE_ENV: 'production',
        CURFEW_SECRET: SECRET,
      })
    ).server
    const lines = server.stdout.trimEnd().split('\n')
    const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg)
    expect(messages).toContainEqual(expect.stringContaining('curfew user create <email> --admin'))
    expect(server.stdout).not.toContain('admin@localhost')
  }, 60_000)

  it('warns, once each, of names that are no settings and of what is doubtful, and serves', async () => {
    await using folder = await temporaryFolder()
    await using server = (
      await serve({
        CURFEW_DATA_DIR: join(folder.path, 'data'),
        SESSION_IDLE_TIMOUT: '1h',
        SESSION_MANAGER: 'local/desktop',
        SESSION_ABSOLUTE_TIMEOUT: '400d',
        CURFEW_ORIGINS: 'http://192.0.2.7:3000',
      })
    ).server
    const warnings = server.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { level: number; setting: string; msg: string })
      .filter(({ level }) => level === 40)
    expect(warnings.map(({ setting, msg }) => [setting, msg])).toEqual([
      [
        'SESSION_IDLE_TIMOUT',
        'SESSION_IDLE_TIMOUT is no setting, and has no effect; did you mean SESSION_IDLE_TIMEOUT?',
      ],
      ['CURFEW_ORIGINS', expect.stringMatching(/is not encrypted: .*; production refuses to start with it$/)],
      [
        'SESSION_ABSOLUTE_TIMEOUT',
        expect.stringMatching(/^SESSION_ABSOLUTE_TIMEOUT: 400d is longer than the 30d/),
      ],
    ])
  }, 60_000)

  it('finds a place for its socket when the path of the data folder is too long for one', async () => {
    await using folder = await temporaryFolder()
    const environment = { CURFEW_DATA_DIR: join(folder.path, 'long'.repeat(30)) }
    await using server = (await serve(environment)).server
    const { code, stdout } = await curfew(['session', 'list'], environment)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'There are no live sessions.\n' })
    server.kill('SIGINT')
    expect(await server.ended).toMatchObject({ code: 0 })
  }, 60_000)
})

describe('a start that cannot succeed says why in one sentence, and exits with 1', () => {
  it('when the port is taken, before it makes anything', async () => {
    await using folder = await temporaryFolder()
    const data = join(folder.path, 'data')
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const said = await failedStart({ CURFEW_DATA_DIR: data, PORT: String(port) })
    other.close()
    expect(said).toBe(
      `PORT: port ${port} is taken by another process; stop that one, or set PORT to a free port (0 takes any).`,
    )
    await expect(stat(data)).rejects.toThrow('ENOENT')
  })

  it.runIf(process.platform === 'linux')('when the data folder cannot be made', async () => {
    expect(await failedStart({ CURFEW_DATA_DIR: '/proc/curfew/data' })).toBe(
      'CURFEW_DATA_DIR: /proc/curfew/data cannot be used as a folder (ENOENT); give one that this user may write to.',
    )
  })

  it('when settings are wrong: all of them at once', async () => {
    const said = await failedStart({
      PORT: 'eighty',
      SESSION_IDLE_TIMEOUT: 'soon',
      DATABASE_URL: 'mysql://x',
    })
    expect(said.split('\n').map((line) => line.split(':', 1)[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'SESSION_IDLE_TIMEOUT',
    ])
  })

  it('when there is no secret in production', async () => {
    expect(await failedStart({ NODE_ENV: 'production' })).toMatch(
      /^CURFEW_SECRET: it is required in production; set it to .*$/,
    )
  })

  it('when there is none because of a slip in its name', async () => {
    const said = await failedStart({ NODE_ENV: 'production', CURFEW_SECRT: 'x'.repeat(32) })
    expect(said).toMatch(
      /^CURFEW_SECRET: it is required .*\nCURFEW_SECRT is no setting, .*did you mean CURFEW_SECRET\?$/,
    )
  })

  it('when the data folder is a file, lies below one, or belongs to others', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'file')
    await writeFile(file, '')
    for (const data of [file, join(file, 'data')])
      expect(await failedStart({ CURFEW_DATA_DIR: data })).toMatch(
        /^CURFEW_DATA_DIR: .* is not a folder, or runs through a file; give .*$/,
      )
    const shared = join(folder.path, 'shared')
    await mkdir(shared)
    await chmod(shared, 0o755)
    await writeFile(join(shared, 'theirs'), '')
    expect(await failedStart({ CURFEW_DATA_DIR: shared })).toMatch(
      /^CURFEW_DATA_DIR: .* holds other files and others may read it; give a folder of its own, .*$/,
    )
    expect((await stat(shared)).mode & 0o777).toBe(0o755)
  })

  it.runIf(process.getuid?.() === 0)('when the data folder may not be written to', async () => {
    await using folder = await temporaryFolder()
    await chmod(folder.path, 0o755)
    const nobody = { uid: 65_534 }
    expect(await failedStart({ CURFEW_DATA_DIR: join(folder.path, 'data') }, nobody)).toMatch(
      /^CURFEW_DATA_DIR: this user may not write to .*; give a folder that it owns\.$/,
    )
  })

  it('when the secret in the data folder is damaged', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'secret'), 'short\n')
    expect(await failedStart({ CURFEW_DATA_DIR: folder.path })).toMatch(
      /^CURFEW_SECRET: .* is too short to be a secret; restore it .*$/,
    )
  })

  it('when nothing answers at the address of PostgreSQL', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as AddressInfo
    free.close()
    await once(free, 'close')
    const said = await failedStart({ DATABASE_URL: `postgres://u:hunter2@127.0.0.1:${port}/d` })
    expect(said).toBe(
      `DATABASE_URL: nothing answers at 127.0.0.1:${port}; start PostgreSQL there, or correct the host and port.`,
    )
  })

  describe.runIf(inject('postgresUrl') !== null)('on PostgreSQL', () => {
    it('when there is no such database', async () => {
      const url = new URL(inject('postgresUrl') ?? '')
      url.pathname = '/no_such_database'
      expect(await failedStart({ DATABASE_URL: url.href })).toMatch(
        /^DATABASE_URL: there is no database no_such_database at .*; create it \(createdb no_such_database\), or .*$/,
      )
    })

    it('when the user is not let in, or may not make tables', async () => {
      const server = inject('postgresUrl') ?? ''
      const name = `${inject('postgresPrefix')}${randomBytes(6).toString('hex')}`
      const database = await createDatabase(server, name)
      const { default: postgres } = await import('postgres')
      const sql = postgres(database, { max: 1, onnotice: () => {} })
      await sql`create role ${sql(name)} login password 'right'`
      await sql`revoke create on schema public from public`
      const url = new URL(database)
      url.username = name
      url.password = 'right'
      expect(await failedStart({ DATABASE_URL: url.href, CURFEW_SECRET: SECRET })).toMatch(
        /^DATABASE_URL: user \w+ may not make tables in \w+; make it the owner .*$/,
      )
      url.username = 'no_such_role'
      const said = await failedStart({ DATABASE_URL: url.href, CURFEW_SECRET: SECRET })
      expect(said).toMatch(/^DATABASE_URL: PostgreSQL at .* does not let user no_such_role in/)
      expect(said).not.toContain('right')
      await sql`drop owned by ${sql(name)}`
      await sql`drop role ${sql(name)}`
      await sql.end()
      await dropDatabase(server, name)
    }, 60_000)
  })
})
