import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anyEmail, Browser } from '../kit/browser.ts'
import { EventSourceReader } from '../kit/event-source.ts'
import { Socket } from '../kit/socket.ts'

const MAIN = fileURLToPath(new URL('../kit/cluster/main.ts', import.meta.url))
/** Three nodes and two stores have to start, on a machine that does other things as well (milliseconds). */
const TIMEOUT = 180_000
const SLOWLY = { timeout: 90_000 }
const REVOKED = 'subscription { sessionRevoked { reason } }'

interface Welcome {
  readonly url: string
  readonly nodes: readonly { readonly name: string; readonly url: string; readonly pid: number }[]
  readonly administrator: { readonly email: string; readonly password: string }
  readonly postgres: { readonly url: string }
  readonly redis: string | null
}

describe('npm run cluster', () => {
  let temporary: string
  const children: ChildProcess[] = []

  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'curfew-cluster-'))
    // under root PostgreSQL runs as somebody else
    await chmod(temporary, 0o755)
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(temporary, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })

  function start(args: readonly string[], environment: Record<string, string> = {}) {
    const child = spawn(process.execPath, [MAIN, '--port', '0', ...args], {
      // settings of a real server must not reach the nodes
      env: {
        PATH: process.env['PATH'],
        TMPDIR: temporary,
        DATABASE_URL: 'postgres://nowhere',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    const lines: string[] = []
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => lines.push(line))
    const ended = once(child, 'close').then(([code]) => code as number | null)
    const failed = ended.then((code) => {
      throw new Error(`it ended with ${code}:\n${lines.join('\n')}`)
    })
    failed.catch(() => {})
    return { child, lines, ended, failed }
  }

  it(
    'signs in through the balancer, survives a node that is killed, tells of what is revoked, and leaves nothing behind',
    async () => {
      const { child, lines, ended, failed } = start(['--json', '--restart-after', '1'])
      const found = () => lines.map((line) => JSON.parse(line)).find(({ kind }) => kind === 'welcome')
      await Promise.race([expect.poll(found, SLOWLY).toBeDefined(), failed])
      const { url, nodes, administrator, postgres, redis } = found() as Welcome
      const told = (kind: string, node?: string) =>
        lines.some((line) => line.includes(`"kind":"${kind}"`) && (!node || line.includes(node)))

      const admin = new Browser({ url })
      expect(await admin.signIn(administrator.email, administrator.password)).toMatchObject({
        __typename: 'SignInSuccess',
      })
      const email = anyEmail()
      const [laptop, phone] = [new Browser({ url }), new Browser({ url })]
      await laptop.signUp(email)
      await phone.signIn(email)
      const id = await phone.currentSessionId()
      expect(id).not.toBeNull()
      const onEach = nodes.map((node) => {
        const browser = new Browser(node)
        browser.cookie = phone.cookie
        return browser
      })
      for (const browser of onEach) expect(await browser.currentSessionId()).toBe(id)

      // each in its turn: every node has some
      const sockets: Socket[] = []
      for (const _ of [...nodes, ...nodes]) sockets.push(await Socket.subscribed(url, phone.cookie, REVOKED))
      let cut = 0
      for (const socket of sockets) void socket.closed().then(() => cut++)
      const [first] = nodes
      if (!first) throw new Error('there are three')
      process.kill(first.pid, 'SIGKILL')
      await expect.poll(() => cut).toBeGreaterThan(0)
      await expect.poll(() => told('ended', first.name)).toBe(true)
      for (let count = 0; count < 6; count++) expect(await phone.currentSessionId()).toBe(id)
      await expect.poll(() => told('started', first.name), SLOWLY).toBe(true)
      await expect.poll(() => onEach[0]?.currentSessionId().catch(() => null), SLOWLY).toBe(id)

      await using stream = await EventSourceReader.open(url, laptop.cookie, REVOKED)
      expect(await laptop.send({ query: 'mutation { revokeAllSessions { __typename } }' })).toMatchObject({
        data: { revokeAllSessions: { __typename: 'RevokeAllSessionsSuccess' } },
      })
      await expect.poll(() => cut).toBe(sockets.length)
      const closes = await Promise.all(sockets.map((socket) => socket.closed()))
      expect(new Set(closes.map(({ code }) => code))).toEqual(new Set([1006, 4401]))
      expect(await untilNext(stream)).toContain('SIGNED_OUT_EVERYWHERE')
      for (const browser of [phone, ...onEach]) expect(await browser.currentSessionId()).toBeNull()
      await expect.poll(() => lines.filter((line) => line.includes('SIGNED_OUT_EVERYWHERE')).length).toBe(2)

      child.kill('SIGINT')
      expect(await ended).toBe(0)
      for (const place of [url, ...nodes.map((node) => node.url), postgres.url, ...(redis ? [redis] : [])])
        expect(await isListening(place)).toBe(false)
      expect(await readdir(temporary)).toEqual([])
    },
    TIMEOUT,
  )

  it(
    'says what is missing without Redis, works all the same, and ends with whoever started it',
    async () => {
      const bare = join(temporary, 'bin')
      await mkdir(bare)
      for (const program of ['id', 'rm', 'ps']) await symlink(programAt(program), join(bare, program))
      const { child, lines, failed } = start(['--nodes', '2'], { PATH: bare })
      const screen = () => lines.join('\n')
      await Promise.race([expect.poll(screen, SLOWLY).toContain('Ctrl+C'), failed])
      expect(screen()).toMatch(/Redis +not installed/)
      expect(screen()).toContain('sudo apt-get install redis-server')
      expect(screen()).toMatch(/kill -9 \d+; back in about 10 s/)
      expect(screen()).not.toContain('\u001B')

      const url = /API +(http:\/\/localhost:\d+)\/graphql/.exec(screen())?.[1] ?? ''
      const [, email = '', password = ''] = /Sign in as +(\S+), password (\S+)/.exec(screen()) ?? []
      await new Browser({ url }).signIn(email, password)
      await expect.poll(screen).toContain(`${email}: a session started`)

      child.kill('SIGKILL')
      const places = [...screen().matchAll(/(?:node \d|PostgreSQL) +(?:http:\/\/)?(127\.0\.0\.1:\d+)/g)]
      expect(places).toHaveLength(3)
      for (const [, place] of places)
        await expect.poll(() => isListening(`http://${place}`), SLOWLY).toBe(false)
    },
    TIMEOUT,
  )

  it('refuses options that make no sense, and explains the others', async () => {
    for (const wrong of [['--nodes', '0'], ['--restart-after', 'soon'], ['--wrong'], ['--port', '-1']]) {
      const { ended, lines } = start(wrong)
      expect(await ended).toBe(2)
      expect(lines.join(' ')).toContain('npm run cluster -- --help')
    }
    const { ended, lines } = start(['--help'])
    expect(await ended).toBe(0)
    expect(lines.join(' ')).toContain('--restart-after')
  })
})

/** The data of the next event of the subscription, past what keeps the stream alive. */
async function untilNext(stream: EventSourceReader): Promise<string> {
  for (;;) {
    const event = await stream.next()
    if (event === null) throw new Error('the stream ended')
    if (event.event === 'next') return event.data
  }
}

function programAt(name: string): string {
  const path = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find(existsSync)
  if (path === undefined) throw new Error(`${name} is not installed`)
  return path
}

function isListening(place: string): Promise<boolean> {
  const { hostname, port } = new URL(place)
  const socket = connect(Number(port), hostname)
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}
