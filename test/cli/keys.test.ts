import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { createDatabase, dropDatabase } from '../kit/postgres-server.ts'
import { curfew, curfewJson, type Environment, serve, temporaryFolder } from './curfew.ts'

interface KeyJson {
  readonly kid: string
  readonly algorithm: string
  readonly state: string
  readonly signsFrom: string
  readonly expiresAt: string | null
  readonly sealedUnder: string | null
}

const OLD = 'an old secret for tests alone, of more than 32 bytes'
const NEW = 'a new secret for tests alone, of more than 32 bytes'

const list = async (environment: Environment) =>
  (await curfewJson<{ keys: readonly KeyJson[] }>(['keys', 'list'], environment)).keys
const published = async (url: string) =>
  ((await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: readonly KeyJson[] }).keys

/** A PostgreSQL database for the command line and nodes, and a folder for nothing but what they might leave there. */
async function postgresPlace(): Promise<{ environment: Environment } & AsyncDisposable> {
  const folder = await temporaryFolder()
  const postgres = inject('postgresUrl') ?? ''
  const name = `${inject('postgresPrefix')}${randomBytes(6).toString('hex')}`
  return {
    environment: {
      DATABASE_URL: await createDatabase(postgres, name),
      CURFEW_DATA_DIR: join(folder.path, 'data'),
    },
    [Symbol.asyncDispose]: async () => {
      await dropDatabase(postgres, name)
      await folder[Symbol.asyncDispose]()
    },
  }
}

describe('commands about keys', { timeout: 90_000 }, () => {
  it('list and rotate them beside a running server with the embedded database', async () => {
    await using folder = await temporaryFolder()
    const environment = { CURFEW_DATA_DIR: join(folder.path, 'data') }
    const { server, url } = await serve(environment)
    await using _ = server
    const [first, ...others] = await list(environment)
    expect(others).toEqual([])
    expect(first).toEqual({
      kid: expect.stringMatching(/^[\w-]{43}$/),
      algorithm: 'EdDSA',
      state: 'SIGNING',
      createdAt: expect.stringMatching(/Z$/),
      signsFrom: expect.stringMatching(/Z$/),
      expiresAt: null,
      sealedUnder: 'CURRENT',
    })

    const rotated = await curfew(['keys', 'rotate'], environment)
    expect(rotated).toMatchObject({ code: 0, stderr: '' })
    expect(rotated.stdout).toMatch(/^Made the key [\w-]{43}\. It signs from \S+ \S+Z\.\n$/)
    expect(await published(url)).toHaveLength(2)
    const again = await curfew(['keys', 'rotate'], environment)
    expect(again).toMatchObject({ code: 1, stdout: '' })
    expect(again.stderr).toMatch(
      /^keys: a new key was made already, and signs from \S+Z; wait for it, or .*\n$/,
    )

    const { stdout } = await curfew(['keys', 'list'], environment)
    const [titles, row, kid, next] = stdout.split('\n')
    expect(titles).toMatch(/^STATE +ALGORITHM +SIGNS FROM +EXPIRES +SECRET$/)
    expect(row).toMatch(/^signing +EdDSA +\d{4}-\d\d-\d\d \d\d:\d\dZ +\d{4}-\d\d-\d\d \d\d:\d\dZ +current$/)
    expect(kid?.trim()).toBe(first?.kid)
    expect(next).toMatch(/^pending +EdDSA +\d{4}-\d\d-\d\d \d\d:\d\dZ +current$/)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)

    const atOnce = await curfew(['keys', 'rotate', '--now'], environment)
    expect(atOnce).toMatchObject({ code: 0, stderr: '' })
    expect(atOnce.stdout).toMatch(/^The key [\w-]{43} signs now\.\nAll other keys are withdrawn; .*\n$/)
    const [only, ...rest] = await published(url)
    expect(rest).toEqual([])
    expect(atOnce.stdout).toContain(only?.kid)
    expect(server.stdout + stdout).not.toContain('"d"')
  })

  it.runIf(inject('postgresUrl') !== null)('do so on PostgreSQL, and the nodes follow', async () => {
    await using place = await postgresPlace()
    const environment = { ...place.environment, CURFEW_SECRET: OLD }
    const { server, url } = await serve(environment)
    await using _ = server
    await curfewJson(['keys', 'rotate', '--now'], environment)
    const kid = (await list(environment)).find(({ state }) => state === 'SIGNING')?.kid
    await expect
      .poll(async () => (await published(url)).map((key) => key.kid), { timeout: 30_000, interval: 500 })
      .toEqual([kid])
  })

  it.runIf(inject('postgresUrl') !== null)('and the server refuse a secret that is not the one', async () => {
    await using place = await postgresPlace()
    const { server } = await serve({ ...place.environment, CURFEW_SECRET: OLD })
    await using _ = server
    const before = await list({ ...place.environment, CURFEW_SECRET: OLD })
    const sentence =
      /^CURFEW_SECRET: the signing keys .* sealed under another secret .* CURFEW_SECRET_PREVIOUS .*\.\n$/
    const wrong = { ...place.environment, CURFEW_SECRET: NEW, PORT: '0' }
    for (const args of [['serve'], ['keys', 'rotate'], ['keys', 'rotate', '--now']]) {
      const { code, stdout, stderr } = await curfew(args, wrong)
      expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' })
      expect(stderr).toMatch(sentence)
    }
    const { stdout } = await curfew(['keys', 'list'], wrong)
    expect(stdout).toMatch(/^signing +EdDSA .* unknown$/m)
    expect(await list({ ...place.environment, CURFEW_SECRET: OLD })).toEqual(before)

    const changing = { ...place.environment, CURFEW_SECRET: NEW, CURFEW_SECRET_PREVIOUS: OLD }
    const { server: changed, url } = await serve(changing)
    await using __ = changed
    expect((await published(url)).map(({ kid }) => kid)).toEqual(before.map(({ kid }) => kid))
    expect((await list({ ...place.environment, CURFEW_SECRET: NEW })).map((key) => key.sealedUnder)).toEqual([
      'CURRENT',
    ])
  })
})
