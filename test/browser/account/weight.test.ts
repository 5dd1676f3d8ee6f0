import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

/** What a first visit may load, in bytes as they are sent. */
const MOST = 200_000

const BUILT = fileURLToPath(new URL('../../../dist/web/', import.meta.url))

test('the first visit to the account page loads less than 200 kB', async () => {
  const loaded = new Map<string, number>()
  const load = async (path: string): Promise<void> => {
    if (loaded.has(path)) return
    const content = await readFile(BUILT + path)
    loaded.set(path, gzipSync(content, { level: 9 }).length)
    if (!path.endsWith('.js')) return
    // what a script asks for by itself, at once or later
    const names = String(content).matchAll(/["'`](?:\.\/|\/?assets\/)([\w.-]+\.(?:js|css))["'`]/g)
    for (const [, name] of names) await load(`assets/${name}`)
  }
  const page = await readFile(`${BUILT}index.html`, 'utf8')
  const linked = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path = '']) => path)
  expect(linked.filter((path) => path.endsWith('.js')).length).toBeGreaterThan(0)
  expect(linked.filter((path) => path.endsWith('.css')).length).toBeGreaterThan(0)
  for (const path of linked) await load(path)
  const total = [...loaded.values()].reduce((sum, size) => sum + size, gzipSync(page).length)
  expect(total, JSON.stringify(Object.fromEntries(loaded))).toBeLessThan(MOST)
})
