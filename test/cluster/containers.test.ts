import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import manifest from '../../package.json' with { type: 'json' }
import { findHazards } from '../../src/server/advice.ts'
import { readConfig } from '../../src/server/config.ts'
import { SETTINGS } from '../../src/server/settings.ts'

interface Service {
  readonly environment?: Readonly<Record<string, string>>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly networks?: Readonly<Record<string, { readonly ipv4_address?: string } | null>>
  readonly healthcheck?: object
  readonly image?: string
  readonly build?: string
  readonly volumes?: readonly string[]
  readonly stop_grace_period?: string
}

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const isThere = (path: string): boolean =>
  existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)))
const { services } = parse(read('compose.yaml'), { merge: true }) as {
  services: Readonly<Record<string, Service>>
}
const nodes = Object.entries(services).filter(([, { build }]) => build !== undefined)

/** Puts values into `${NAME}`, `${NAME:-else}` and `${NAME:?why}`, as Compose does. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind, rest: string) => {
    const value = values[name] || (kind === '-' ? rest : '')
    if (value === '') throw new Error(`${name}: ${rest}`)
    return value
  })
}

const filledIn: Readonly<Record<string, string>> = {
  CURFEW_SECRET: 'bZ0R5k1pZ2n6dQx8m3uV7yA4cE9fG1hJ0kL2mN3oP4Q=',
  POSTGRES_PASSWORD: '5f1c9a27d2b84e60',
  REDIS_PASSWORD: '0e6a5c88b2f94d17',
  CURFEW_ISSUER: 'https://auth.example.com',
  CURFEW_AUDIENCE: 'https://api.example.com',
}

describe('compose.yaml', () => {
  it('starts three nodes alike', () => {
    expect(nodes.map(([name]) => name)).toEqual(['node1', 'node2', 'node3'])
    const [[, first] = ['', {}]] = nodes
    for (const [, node] of nodes)
      expect({ ...node, networks: null }).toEqual({ ...(first as Service), networks: null })
  })

  it('sets settings that there are, to values that production takes without a word', () => {
    for (const [, { environment = {} }] of nodes) {
      expect(Object.keys(environment).filter((name) => !(name in SETTINGS))).toEqual([])
      const config = readConfig(
        Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, fill(value, filledIn)])),
      )
      expect(config.production).toBe(true)
      expect(findHazards(config)).toEqual([])
    }
  })

  it('asks for every secret that is not given, and .env.example names them all', () => {
    const wanted = new Set([...read('compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name))
    const offered = [...read('.env.example').matchAll(/^(\w+)=(.*)$/gm)]
    expect(new Set(offered.map(([, name]) => name))).toEqual(wanted)
    const asItIs = Object.fromEntries(offered.map(([, name = '', value = '']) => [name, value]))
    for (const [, name, value] of offered.filter(([, , each]) => each === '')) {
      const others = { ...asItIs, ...filledIn, [String(name)]: String(value) }
      expect(() => fill(read('compose.yaml'), others)).toThrow(String(name))
    }
    expect(() => fill(read('compose.yaml'), { ...asItIs, ...filledIn })).not.toThrow()
  })

  it('gives a node the time that it takes to shut down', () => {
    for (const [, { environment = {}, stop_grace_period: grace = '0s' }] of nodes) {
      const { shutdown } = readConfig({ NODE_ENV: 'production', CURFEW_SECRET: filledIn['CURFEW_SECRET'] })
      expect(Object.keys(environment).filter((name) => name.startsWith('SHUTDOWN_'))).toEqual([])
      const longest = shutdown.delay + shutdown.spread + shutdown.timeout
      expect(Number.parseInt(grace, 10) * 1_000).toBeGreaterThan(longest * 1.5)
    }
  })

  it('waits for what is healthy, and knows of each service whether it is', () => {
    for (const [name, { depends_on: needed = {}, healthcheck, build }] of Object.entries(services)) {
      // that of the nodes stands in the Dockerfile
      if (build === undefined) expect({ name, healthcheck }).toMatchObject({ healthcheck: expect.anything() })
      for (const [other, { condition }] of Object.entries(needed)) {
        expect(services).toHaveProperty(other)
        expect(condition).toBe('service_healthy')
      }
    }
    expect(Object.keys(services['balancer']?.depends_on ?? {})).toEqual(['node1', 'node2', 'node3'])
  })

  it('gives the nodes the addresses that the balancer knows, and trusts the balancer alone', () => {
    const known = [...read('deploy/nginx.conf').matchAll(/server ([\d.]+):4000/g)].map(
      ([, address]) => address,
    )
    expect(nodes.map(([, { networks }]) => networks?.['front']?.ipv4_address)).toEqual(known)
    const balancer = services['balancer']?.networks?.['front']?.ipv4_address
    for (const [, { environment }] of nodes) expect(environment?.['CURFEW_TRUSTED_PROXIES']).toBe(balancer)
  })

  it('brings files into containers that are there', () => {
    const files = Object.values(services)
      .flatMap(({ volumes = [] }) => volumes)
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => volume.split(':', 1)[0] ?? '')
    expect(files).toEqual(['./deploy/nginx.conf'])
    expect(files.filter((file) => !isThere(file))).toEqual([])
  })
})

describe('the Dockerfile', () => {
  const lines = read('Dockerfile').replaceAll('\\\n', ' ').split('\n')
  const all = (word: string) =>
    lines
      .filter((line) => line.trim().startsWith(`${word} `))
      .map((line) => line.trim().slice(word.length + 1))

  it('copies what is there, and what is sent to the builder', () => {
    const copied = all('COPY')
      .filter((line) => !line.includes('--from'))
      .flatMap((line) => line.split(/\s+/).slice(0, -1))
    expect(copied.filter((path) => !isThere(path))).toEqual([])
    const sent = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))
    expect(new Set(copied)).toEqual(new Set(sent))
  })

  it('has the version and the Node that the package has', () => {
    expect(read('Dockerfile')).toContain(`image.version="${manifest.version}"`)
    const major = /\d+/.exec(manifest.engines.node)?.[0]
    expect(all('FROM').every((line) => line.startsWith(`node:${major}-`))).toBe(true)
    expect(nodes.every(([, { image }]) => image === `curfew:${manifest.version}`)).toBe(true)
  })

  it('runs as somebody who may do nothing, with Node itself as the first process', () => {
    expect(all('USER')).toEqual(['node'])
    const [program, ...args] = JSON.parse(all('ENTRYPOINT')[0] ?? '[]') as string[]
    expect(program).toBe('node')
    expect(args.every(isThere)).toBe(true)
    expect(JSON.parse(all('CMD').at(-1) ?? '[]')).toEqual(['serve'])
  })

  it('is healthy when the node is ready, and only then', async () => {
    const [, command = '[]'] = /CMD (\[.*\])$/.exec(all('HEALTHCHECK')[0] ?? '') ?? []
    const [program, ...args] = JSON.parse(command) as string[]
    expect(program).toBe('node')
    let status = 200
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/readyz' ? status : 404
      response.end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const check = async (): Promise<number> => {
      const child = spawn(process.execPath, args, { env: { PORT: String(port) }, stdio: 'ignore' })
      const [code] = (await once(child, 'exit')) as [number]
      return code
    }
    expect(await check()).toBe(0)
    status = 503
    expect(await check()).toBe(1)
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    expect(await check()).toBe(1)
  })
})
