import type { BrowserContext } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { Browser as Other } from '../../kit/browser.ts'
import { type Tab, useBrowser } from './kit.ts'

/** What a browser, or its settings, may withhold from a page. */
const TAKEN = {
  'Web Locks': () => {
    Object.defineProperty(navigator, 'locks', { value: undefined })
  },
  'local storage': () => {
    Object.defineProperty(globalThis, 'localStorage', { value: undefined })
  },
  'an open local storage': () => {
    Object.defineProperty(globalThis, 'localStorage', {
      get: () => {
        throw new DOMException('shut', 'SecurityError')
      },
    })
  },
  BroadcastChannel: () => {
    Object.defineProperty(globalThis, 'BroadcastChannel', { value: undefined })
  },
}

describe.each(Object.entries(TAKEN))('in a browser without %s', (what, take) => {
  const use = useBrowser()

  async function device(): Promise<BrowserContext> {
    const context = await use.device()
    await context.addInitScript(take)
    return context
  }

  const connected = (tab: Tab) => tab.page.evaluate(() => session.connected)

  test('a person signs in, is pushed the end of their session, and signs in again', async () => {
    const tab = await use.tab(await device())
    const email = await tab.signUp()
    expect(await tab.says()).toBe(email)
    await expect.poll(() => connected(tab)).toBe(true)
    const elsewhere = new Other(use.app)
    await elsewhere.signIn(email)
    await elsewhere.send({ query: 'mutation { revokeAllSessions { __typename } }' })
    await expect.poll(() => tab.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
    await tab.signIn(email)
    expect(await tab.currentSessionId()).toBe(await tab.sessionId())
    await tab.signOut()
    expect(await tab.says()).toBe('signed out: SIGNED_OUT')
  })

  test('a second tab is signed in as well, and is told the end', async () => {
    const context = await device()
    const tab = await use.tab(context)
    const email = await tab.signUp()
    const other = await use.tab(context)
    expect(await other.says()).toBe(email)
    const elsewhere = new Other(use.app)
    await elsewhere.signIn(email)
    await elsewhere.send({ query: 'mutation { revokeAllSessions { __typename } }' })
    // a tab that is told nothing by the others is told when somebody looks at it
    if (what === 'BroadcastChannel')
      await expect.poll(() => tab.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
    await other.page.evaluate(() => dispatchEvent(new Event('pageshow')))
    for (const each of [tab, other]) {
      await expect.poll(() => each.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
    }
  })
})

describe('an API that has moved', () => {
  const use = useBrowser()

  test('is not followed: what is sent is for its old address alone', async () => {
    const tab = await use.tab(await use.device())
    const refusal = await tab.page.evaluate(() => {
      session.close()
      start({ url: '/moved' })
      return session.signIn({ email: 'a@example.com', password: 'a password' }).then(
        () => null,
        (error: { code: string; message: string }) => ({ code: error.code, message: error.message }),
      )
    })
    expect(refusal).toEqual({ code: 'NOT_UNDERSTOOD', message: 'The answer was a redirect.' })
    expect(use.front.requests.filter((body) => body.includes('a password'))).toEqual([])
  })
})
