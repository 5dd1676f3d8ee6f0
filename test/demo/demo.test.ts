import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../../src/demo/main.ts', import.meta.url))
/** Its own server makes a database first (milliseconds). */
const TIMEOUT = 120_000

describe('the demo', () => {
  let temporary: string
  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'curfew-demo-test-'))
  })
  afterAll(() => rm(temporary, { recursive: true, force: true }))

  function start(args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [MAIN, ...args], {
      // what is meant for a real server must not reach the demo's own
      env: { PATH: process.env['PATH'], TMPDIR: temporary, DATABASE_URL: 'postgres://nowhere', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
      })
    }
    return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, output })) }
  }

  it(
    'tells its story against a server of its own, and leaves nothing behind',
    async () => {
      const { code, output } = await start(['--fast']).ended
      expect(output).not.toContain('✗')
      for (const line of [
        /laptop {2}signs up as ada-\w+@example\.com: Firefox on macOS/,
        /phone {3}signs in: Safari on iOS/,
        /PC {6}signs in: Chrome on Windows/,
        /laptop {2}is closed with 4403/,
        /laptop {2}reconnects by itself, with the new cookie/,
        /laptop {2}tries the proof on the phone: refused/,
        /PC {6}is told in (less than )?\d+ ms: REVOKED_BY_USER/,
        /PC {6}is cut: 4401 REVOKED_BY_USER/,
        /PC {6}sends its cookie: refused/,
        /laptop {2}is told in (less than )?\d+ ms: SIGNED_OUT_EVERYWHERE/,
        /laptop {2}is cut: 4401 SIGNED_OUT_EVERYWHERE/,
        /phone {3}is cut: its stream is completed/,
        /laptop {2}sends its cookies, old and new: refused/,
        /✓ Each device was told why/,
      ])
        expect(output).toMatch(line)
      expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
      expect(output).not.toContain('\u001B')
      expect(output).not.toMatch(/cf[sv]_/)
      expect(code).toBe(0)
      expect(await readdir(temporary)).toEqual([])
    },
    TIMEOUT,
  )

  it(
    'stops and cleans up when it is interrupted',
    async () => {
      const { child, ended } = start(['--json'])
      await expect.poll(() => readdir(temporary), { timeout: TIMEOUT }).toHaveLength(1)
      child.kill('SIGINT')
      expect(await ended).toEqual({ code: 130, output: expect.not.stringContaining('summary') })
      expect(await readdir(temporary)).toEqual([])
    },
    TIMEOUT,
  )

  it('says what to do if nothing answers', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
    server.close()
    const url = `http://127.0.0.1:${address.port}`
    for (const { code, output } of [
      await start(['--fast', '--url', url]).ended,
      await start(['--fast'], { CURFEW_URL: `${url}/graphql` }).ended,
    ]) {
      expect(output.replace(/\s+/g, ' ')).toContain(
        `Nothing answers at ${url}. Start a server there with npm start`,
      )
      expect(code).toBe(1)
    }
  })

  it('refuses options that make no sense, and explains the others', async () => {
    const wrong = await start(['--url', 'nonsense']).ended
    expect(wrong).toEqual({
      code: 2,
      output: expect.stringContaining('"nonsense" is no http or https address'),
    })
    expect(await start(['--wrong']).ended).toMatchObject({ code: 2 })
    expect(await start(['--help']).ended).toEqual({ code: 0, output: expect.stringContaining('--json') })
  })
})
