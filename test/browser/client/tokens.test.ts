import type { BrowserContext } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../../src/server/config.ts'
import { Browser as Other } from '../../kit/browser.ts'
import { type Tab, useBrowser } from './kit.ts'

const SECOND = 1_000 // ms

describe('tokens in a browser', () => {
  // shorter than may be set, so that many refreshes take no time
  const use = useBrowser({
    config: { accessTokens: { ...readConfig({}).accessTokens, lifetime: 2 * SECOND } },
  })
  const tab = (context: BrowserContext): Promise<Tab> => use.tab(context, { transport: 'TOKEN' })
  const refreshes = (): number => use.front.requests.filter((body) => body.includes('refreshSession')).length

  test('are refreshed ahead of time, once for all tabs, and nobody notices', async () => {
    const context = await use.device()
    const tabs = [await tab(context), await tab(context), await tab(context)]
    const [first] = tabs as [Tab]
    const email = await first.signUp()
    for (const each of tabs) await expect.poll(() => each.says()).toBe(email)
    const before = refreshes()
    await new Promise((resolve) => setTimeout(resolve, 5 * SECOND))
    const id = await first.sessionId()
    expect(await Promise.all(tabs.map((each) => each.currentSessionId()))).toEqual([id, id, id])
    // every 1.4 seconds, and not three times as often
    expect(refreshes() - before).toBeGreaterThanOrEqual(2)
    expect(refreshes() - before).toBeLessThanOrEqual(6)
  })

  test('nobody is signed out by a slow network, lost answers, and tabs that all ask at once', async () => {
    const context = await use.device()
    const tabs = [await tab(context), await tab(context), await tab(context), await tab(context)]
    const [first] = tabs as [Tab]
    const email = await first.signUp()
    for (const each of tabs) await expect.poll(() => each.says()).toBe(email)
    const before = refreshes()
    let turn = 0
    use.front.fate = (body) =>
      body.includes('refreshSession') ? { delay: (turn++ % 3) * 150, lost: turn % 3 === 1 } : { delay: 20 }
    const id = await first.sessionId()
    const asks = tabs.map((each) =>
      each.page.evaluate(async () => {
        const answers: unknown[] = []
        for (const end = Date.now() + 12_000; Date.now() < end; ) {
          const found = await session.request<{ currentSession: { id: string } | null }>(
            '{ currentSession { id } }',
          )
          answers.push(found.currentSession?.id ?? null)
        }
        return [...new Set(answers)]
      }),
    )
    expect(await Promise.all(asks)).toEqual(tabs.map(() => [id]))
    expect(refreshes() - before).toBeGreaterThanOrEqual(6)
    for (const each of tabs) expect(await each.says()).toBe(email)
    for (const each of tabs)
      expect((await each.seen()).filter(({ what }) => what === 'signedOut')).toEqual([])
  })

  test('a reload finds them, and no script finds them in local storage', async () => {
    const context = await use.device()
    const first = await tab(context)
    const email = await first.signUp()
    const stored = await first.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
    expect(stored).not.toMatch(/cfr_|eyJ/)
    await first.page.reload()
    await first.page.evaluate(() => start({ transport: 'TOKEN' }))
    await expect.poll(() => first.says()).toBe(email)
  })

  test('in memory they are gone with the page', async () => {
    const context = await use.device()
    const first = await use.tab(context, { transport: 'TOKEN', tokenStore: 'memory' })
    await first.signUp()
    const other = await use.tab(context, { transport: 'TOKEN', tokenStore: 'memory' })
    expect(await other.says()).toBe('signed out: null')
    await first.page.reload()
    await first.page.evaluate(() => start({ transport: 'TOKEN', tokenStore: 'memory' }))
    await expect.poll(() => first.says()).toBe('signed out: null')
  })

  test('the end of the session is told in all tabs, whoever notices it', async () => {
    const context = await use.device()
    const tabs = [await tab(context), await tab(context)]
    const [first] = tabs as [Tab]
    const email = await first.signUp()
    const device = new Other(use.app)
    await device.signIn(email)
    await device.send({ query: 'mutation { revokeAllSessions { __typename } }' })
    for (const each of tabs) {
      await expect.poll(() => each.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
    }
  })

  test('signing out ends the session on the server, with a token that has expired too', async () => {
    const context = await use.device()
    const first = await tab(context)
    const email = await first.signUp()
    const device = new Other(use.app)
    await device.signIn(email)
    use.front.fate = (body) => (body.includes('refreshSession') ? { lost: true } : {})
    await new Promise((resolve) => setTimeout(resolve, 2.5 * SECOND))
    use.front.fate = () => ({})
    await first.signOut()
    expect(await first.says()).toBe('signed out: SIGNED_OUT')
    const { data } = await device.send<{ viewer: { sessions: { edges: unknown[] } } }>({
      query: '{ viewer { sessions(state: ACTIVE) { edges { node { id } } } } }',
    })
    expect(data.viewer.sessions.edges).toHaveLength(1)
  })

  test('go to the API, to those who are named, and to nobody else', async () => {
    const context = await use.device()
    const first = await use.tab(context, { transport: 'TOKEN', tokenOrigins: ['https://named.example'] })
    await first.signUp()
    const carried = await first.page.evaluate(async () => {
      const sent: Record<string, boolean> = {}
      const real = globalThis.fetch
      globalThis.fetch = async (input, init) => {
        const request = new Request(input, init)
        sent[new URL(request.url).origin] = request.headers.has('Authorization')
        return new Response('{}')
      }
      for (const url of ['/other', 'https://named.example/a', 'https://stranger.example/a']) {
        await session.fetch(url)
      }
      globalThis.fetch = real
      return sent
    })
    expect(carried).toEqual({
      [use.front.url]: true,
      'https://named.example': true,
      'https://stranger.example': false,
    })
  })

  test('a refresh in a hidden tab does not count as use', async () => {
    const context = await use.device()
    const first = await tab(context)
    await first.signUp()
    await first.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })
    })
    const before = use.front.requests.length
    await expect
      .poll(
        () => use.front.requests.slice(before).filter((body) => body.includes('"background":true')).length,
      )
      .toBeGreaterThan(0)
  })

  test('kept by the page alone need no secure context', async () => {
    const context = await use.device()
    await context.route('http://plain.example/**', async (route) => {
      const { pathname } = new URL(route.request().url())
      await route.fulfill({ response: await route.fetch({ url: `${use.front.url}${pathname}` }) })
    })
    const page = await context.newPage()
    await page.goto('http://plain.example/page')
    expect(await page.evaluate(() => isSecureContext)).toBe(false)
    await page.evaluate(() => start({ transport: 'TOKEN', tokenStore: 'memory' }))
    expect(await page.evaluate(() => session.ready())).toMatchObject({ status: 'signedOut' })
  })
})
