import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../src/kernel/logger.ts'
import { landingPage } from '../../src/server/landing-page.ts'
import { readPages } from '../../src/server/pages.ts'
import { openTestDatabase } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'

/** Fetches a path as it is written: `fetch` would tidy it up first. */
function statusOf(url: string, path: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const { hostname, port } = new URL(url)
  request({ hostname, port, path }, (response) => {
    response.resume()
    resolve(response.statusCode)
  })
    .on('error', reject)
    .end()
  return promise
}

describe('the pages', () => {
  const use = useApp(() => openTestDatabase('embedded'))
  const get = (path: string, init?: RequestInit) => fetch(`${use.app.url}${path}`, init)
  const assetsOf = (page: string) =>
    [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path)

  it.each([
    ['/', 'Your account'],
    ['/?from=mail', 'Your account'],
    ['/admin', 'Administration'],
    ['/admin/', 'Administration'],
    ['/admin/users/VXNlcjox', 'Administration'],
  ])('%s is %s', async (path, title) => {
    const response = await get(path)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(await response.text()).toContain(`<title>${title} · Curfew</title>`)
  })

  it('run scripts of their own and nothing that is written into them, and stand in no frame', async () => {
    const [first, second] = [await get('/'), await get('/')]
    const policy = first.headers.get('content-security-policy') ?? ''
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self'",
      "font-src 'self'",
      "connect-src 'self'",
      "manifest-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ])
    expect(Buffer.from(nonce, 'base64')).toHaveLength(16)
    const page = await first.text()
    expect(page).toContain(`nonce="${nonce}"`)
    expect(page).not.toContain('%NONCE%')
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=/)
    expect(second.headers.get('content-security-policy')).not.toContain(nonce)
    expect(first.headers.get('cache-control')).toBe('no-store')
    expect(first.headers.get('cross-origin-opener-policy')).toBe('same-origin')
  })

  it('are made of files that are kept for ever, and come compressed', async () => {
    for (const path of ['/', '/admin']) {
      const assets = assetsOf(await (await get(path)).text())
      expect(assets.length).toBeGreaterThan(2)
      for (const asset of assets) {
        expect(asset).toMatch(/^\/assets\//)
        const response = await get(asset, { headers: { 'Accept-Encoding': 'br' } })
        expect(response.status, asset).toBe(200)
        expect(response.headers.get('content-encoding')).toBe('br')
        expect(response.headers.get('cache-control')).toBe('public,max-age=31536000,immutable')
        expect(response.headers.get('x-content-type-options')).toBe('nosniff')
        expect(response.headers.get('vary')).toMatch(/accept-encoding/i)
      }
    }
  })

  it('answer HEAD, and nothing that changes something', async () => {
    const head = await get('/admin', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await get('/', { method: 'POST' })).status).toBe(404)
  })

  it.each(['bytes=10-5', 'bytes=0-9', 'bytes=-5', 'bytes=999999999-', 'lines=1-2'])(
    'send a file whole to whoever asks for %s of it',
    async (range) => {
      const [asset = ''] = assetsOf(await (await get('/')).text())
      const whole = await (await get(asset)).text()
      const response = await get(asset, { headers: { Range: range }, signal: AbortSignal.timeout(2_000) })
      expect([response.status, await response.text()]).toEqual([200, whole])
    },
  )

  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['GZIP;q=0.5, br;q=0', 'gzip'],
    ['deflate, brotli', null],
    ['', null],
  ])('come to whoever accepts "%s" as %s', async (accepted, encoding) => {
    const [asset = ''] = assetsOf(await (await get('/')).text())
    const plain = await (await get(asset, { headers: { 'Accept-Encoding': 'identity' } })).text()
    const response = await get(asset, { headers: { 'Accept-Encoding': accepted } })
    expect(response.headers.get('content-encoding')).toBe(encoding)
    expect(await response.text()).toBe(plain)
  })

  it('are not sent again to whoever has them', async () => {
    const [asset = ''] = assetsOf(await (await get('/')).text())
    const tag = (await get(asset)).headers.get('etag') ?? ''
    expect(tag).not.toBe('')
    expect((await get(asset, { headers: { 'If-None-Match': tag } })).status).toBe(304)
    expect((await get(asset, { headers: { 'If-None-Match': '"other"' } })).status).toBe(200)
  })

  it('say of a file of another version that it is gone, and let nobody remember that', async () => {
    const response = await get('/assets/account-00000000.js')
    expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store'])
  })

  it.each([
    '/assets/../index.html',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/....//package.json',
    '/assets/%00',
    '/assets/%',
    '/assets/',
    '/assets/../../../../../etc/passwd',
    '/administrator',
    '/index.html',
    '/admin.html',
  ])('hold nothing at %s', async (path) => {
    expect(await statusOf(use.app.url, path)).toBe(404)
  })
})

describe('pages that another version is put in the place of', () => {
  it('stay whole: the server has the files that it had at the start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-pages-'))
    await mkdir(join(folder, 'admin'))
    await mkdir(join(folder, 'assets'))
    const page = '<script type="module" src="/assets/a.js"></script>'
    for (const name of ['index.html', 'admin/index.html']) await writeFile(join(folder, name), page)
    await writeFile(join(folder, 'assets/a.js'), 'as it was')
    const pages = await readPages(createLogger('silent'), folder)
    await rm(folder, { recursive: true })
    const server = createServer((asked, response) => pages?.answer(asked.url ?? '', asked, response))
    await once(server.listen(0), 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const response = await fetch(`http://localhost:${port}/assets/a.js`, {
        signal: AbortSignal.timeout(2_000),
      })
      expect([response.status, await response.text()]).toEqual([200, 'as it was'])
    } finally {
      server.close()
    }
  })
})

describe('pages that are not there', () => {
  const lines: string[] = []
  const logger = createLogger('debug', { write: (line) => lines.push(line) })

  it('are told of at the start, also where only a part of them was built', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-pages-'))
    try {
      expect(await readPages(logger, join(folder, 'none'))).toBeNull()
      await mkdir(join(folder, 'admin'))
      const page = '<script type="module" src="/assets/a.js"></script>'
      await writeFile(join(folder, 'index.html'), page)
      expect(await readPages(logger, folder)).toBeNull()
      await writeFile(join(folder, 'admin/index.html'), page)
      // its script is missing
      expect(await readPages(logger, folder)).toBeNull()
      expect(lines.filter((line) => line.includes('npm run build'))).toHaveLength(3)
      await mkdir(join(folder, 'assets'))
      await writeFile(join(folder, 'assets/a.js'), '')
      expect(await readPages(logger, folder)).not.toBeNull()
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('have another in their place, which can run no script and says how they come about', async () => {
    const server = createServer((_, response) => landingPage(response, { graphiql: true }))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}/`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
    const page = await response.text()
    expect(page).not.toMatch(/<script/)
    expect(page).toContain('npm run build')
    server.close()
  })
})
