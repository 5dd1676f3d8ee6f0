import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { type Curfew, curfew, serve, temporaryFolder } from './curfew.ts'

interface ReportJson {
  readonly target: string
  readonly summary: Record<string, number>
  readonly findings: readonly {
    readonly id: string
    readonly state: string
    readonly severity: string | null
  }[]
}

describe('curfew doctor', () => {
  it('examines the settings, and exits with 0 if nothing is unsafe', async () => {
    const { code, stdout, stderr } = await curfew(['doctor'], {})
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Configuration: nothing unsafe or doubtful, /)
    expect(stdout).toContain('Idle 7d, absolute 30d: profile standard (AAL1)')
    const odd = await curfew(['doctor'], { LOG_LEVEL: 'warn' })
    expect(odd.code).toBe(0)
    expect(odd.stdout).toMatch(/^Configuration: nothing unsafe, 1 doubtful, /)
  })

  it('exits with 1 if something is unsafe, and names it first', async () => {
    const { code, stdout } = await curfew(['doctor'], { CURFEW_PASSWORD_UPDATE_SIGNS_OUT: 'never' })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^Configuration: 1 unsafe, .*\n(.*\n)?\nUnsafe \(1\)\n {2}✗ ASVS 7\.4\.3 /)
  })

  it('reports settings that cannot be worked with: every one, also as JSON', async () => {
    const { code, stdout, stderr } = await curfew(['doctor', '--json'], {
      NODE_ENV: 'production',
      PORT: 'eighty',
      SESSION_IDLE_TIMEOUT: 'a week',
    })
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    const { summary, findings } = JSON.parse(stdout) as ReportJson
    expect(summary['unsafe']).toBe(3)
    const ids = findings.filter(({ severity }) => severity === 'unsafe').map(({ id }) => id)
    expect(ids.toSorted()).toEqual(['CURFEW_SECRET', 'PORT', 'SESSION_IDLE_TIMEOUT'])
  })

  it.each([
    [['doctor', 'auth.example.com'], 'give an address such as'],
    [['doctor', 'ftp://auth.example.com'], 'give an address such as'],
    [['doctor', 'https://ada:hunter2@auth.example.com'], 'leave the name and password out'],
    [['doctor', '--email', 'ada@example.com'], 'give the address of a server'],
    [['doctor', 'http://localhost:1', '--email', 'a@example.com', '--sign-up'], 'give one of them'],
    [['doctor', 'http://localhost:1', '--password-stdin'], 'whose password?'],
    [['doctor', 'http://localhost:1', '--generic', '--sign-up'], 'are for Curfew'],
    [['doctor', 'http://localhost:1', '--sign-in-url', '/login'], 'give both'],
    [['doctor', 'http://localhost:1', '--cookie-stdin', '--token-stdin'], 'give one of them'],
    [['doctor', 'http://localhost:1', '--password', 'hunter2'], "unknown option '--password'"],
  ])('exits with 2 for what makes no sense: %j', async (args, message) => {
    const { code, stdout, stderr } = await curfew(args, {})
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('hunter2')
  })

  it('exits with 2 where nothing could be looked at, and says why in one sentence', async () => {
    const nobody = await curfew(['doctor', 'http://localhost:64999'], {})
    expect(nobody).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'http://localhost:64999 does not answer (ECONNREFUSED).\n',
    })
  })

  describe('at a running server', () => {
    const use: { server?: Curfew; url: string; folder?: Awaited<ReturnType<typeof temporaryFolder>> } = {
      url: '',
    }
    beforeAll(async () => {
      use.folder = await temporaryFolder()
      const { server, url } = await serve({ CURFEW_DATA_DIR: use.folder.path })
      Object.assign(use, { server, url })
    })
    afterAll(async () => {
      await use.server?.[Symbol.asyncDispose]()
      await use.folder?.[Symbol.asyncDispose]()
    })

    it('looks at what can be seen without an account, and says so', async () => {
      const { code, stdout, stderr } = await curfew(['doctor', use.url], {})
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain('Not looked at (1)')
      expect(stdout.startsWith(`${use.url}: nothing unsafe or doubtful, `)).toBe(true)
    })

    it('takes the password from standard input or the environment, and prints no secret', async () => {
      const email = anyEmail()
      await new Browser(use).signUp(email)
      const args = ['doctor', use.url, '--email', email, '--json']
      const piped = await curfew([...args, '--password-stdin'], {}, { input: `${PASSWORD}\n` })
      const environment = await curfew(args, { CURFEW_DOCTOR_PASSWORD: PASSWORD })
      for (const { code, stdout, stderr } of [piped, environment]) {
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
        const { target, findings } = JSON.parse(stdout) as ReportJson
        expect(target).toBe(use.url)
        expect(findings.find(({ id }) => id === 'sign-out-ends')).toMatchObject({ state: 'met' })
        expect(stdout).not.toMatch(/cf[srv]_[\w-]{8}|eyJ/)
        expect(stdout).not.toContain(PASSWORD)
      }
      const none = await curfew(args, {})
      expect(none).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('There is no password'),
      })
      const wrong = await curfew([...args, '--password-stdin'], {}, { input: 'hunter2' })
      expect(wrong).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('InvalidCredentialsError'),
      })
    })

    it('makes an account and deletes it', async () => {
      const { code, stdout } = await curfew(['doctor', use.url, '--sign-up'], {})
      expect(code).toBe(0)
      expect(stdout).toContain('Deleted, with all of its sessions.')
    })
  })

  it('examines what is no Curfew, and exits with 1 for a sign-out that ends nothing', async () => {
    const server = createServer((request, response) => {
      const known =
        request.headers.cookie === 'sid=a-session' || request.headers.authorization === 'Bearer a-token'
      if (request.url === '/login') response.setHeader('Set-Cookie', 'sid=a-session; Path=/')
      response.writeHead(request.url === '/me' && !known ? 401 : 200).end(known ? 'Ada' : '')
    })
    server.listen(0, 'localhost')
    await once(server, 'listening')
    // a listening TCP server has an address and a port
    const url = `http://localhost:${(server.address() as AddressInfo).port}`
    const endpoints = ['--session-url', '/me', '--sign-out-url', '/logout', '--json']
    await using folder = await temporaryFolder()
    const body = join(folder.path, 'login.json')
    await writeFile(body, '{}')
    try {
      const bare = await curfew(['doctor', url], {})
      expect(bare).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('takes a sign-in') })
      const account = await curfew(['doctor', url, '--sign-up'], {})
      expect(account).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('is no Curfew') })
      for (const [args, environment, input] of [
        [['--sign-in-url', '/login', '--sign-in-body-file', body], {}, ''],
        [['--cookie-stdin'], {}, 'sid=a-session\n'],
        [['--generic'], { CURFEW_DOCTOR_COOKIE: 'sid=a-session' }, ''],
        [['--token-stdin'], {}, 'a-token'],
        [[], { CURFEW_DOCTOR_TOKEN: 'a-token' }, ''],
      ] as const) {
        const { code, stdout } = await curfew(['doctor', url, ...args, ...endpoints], environment, { input })
        expect(code).toBe(1)
        const { findings } = JSON.parse(stdout) as ReportJson
        expect(findings.find(({ id }) => id === 'sign-out-ends')).toMatchObject({ severity: 'unsafe' })
        expect(stdout).not.toMatch(/a-session|a-token/)
      }
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
