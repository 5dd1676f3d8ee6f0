import { describe, expect, test } from 'vitest'
import { Browser as Other, PASSWORD } from '../../kit/browser.ts'
import { type Tab, useBrowser } from './kit.ts'

describe('the tab that holds the socket', () => {
  const use = useBrowser()

  /** Two tabs signed in as a new person; the first holds the socket. */
  async function twoTabs() {
    const context = await use.device()
    const leader = await use.tab(context)
    const email = await leader.signUp()
    await expect.poll(() => use.front.sockets).toBe(1)
    const opened = use.front.opened
    const other = await use.tab(context)
    expect(await other.says()).toBe(email)
    return { context, leader, other, email, opened }
  }

  /** The other tab has a socket of its own, and is told over it. */
  async function expectTakenOver(other: Tab, email: string, opened: number): Promise<void> {
    await expect.poll(() => use.front.opened, { timeout: 15_000 }).toBeGreaterThan(opened)
    await signOutElsewhere(email)
    await expect.poll(() => other.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
  }

  async function signOutElsewhere(email: string): Promise<void> {
    const device = new Other(use.app)
    await device.signIn(email, PASSWORD)
    await device.send({ query: 'mutation { revokeAllSessions { __typename } }' })
  }

  test('is closed: another takes over', async () => {
    const { leader, other, email, opened } = await twoTabs()
    await leader.page.close()
    await expectTakenOver(other, email, opened)
  })

  test('goes to another page: another takes over', async () => {
    const { leader, other, email, opened } = await twoTabs()
    await leader.page.goto(`${use.front.url}/elsewhere`)
    await expectTakenOver(other, email, opened)
  })

  test('crashes: another takes over', async () => {
    const { leader, other, email, opened } = await twoTabs()
    const cdp = await leader.cdp()
    cdp.send('Page.crash').catch(() => {})
    await leader.page.waitForEvent('crash')
    await expectTakenOver(other, email, opened)
  })

  test('is told that it will be frozen: another takes over at once, and it finds its way back', async () => {
    const { leader, other, email, opened } = await twoTabs()
    // a page without a window cannot be hidden, and so not be frozen: it is told so, and then does nothing, as if it were
    const frozen = leader.page.evaluate(() => {
      document.dispatchEvent(new Event('freeze'))
      return new Promise<void>((resolve) => {
        setTimeout(() => {
          for (const until = Date.now() + 4_000; Date.now() < until; );
          document.dispatchEvent(new Event('resume'))
          resolve()
        }, 50)
      })
    })
    await expect.poll(() => use.front.opened, { timeout: 2_000 }).toBeGreaterThan(opened)
    await expectTakenOver(other, email, opened)
    await frozen
    await expect.poll(() => leader.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
  })

  test('hangs: another takes over from it, and it is none any more when it goes on', async () => {
    const { leader, other, email, opened } = await twoTabs()
    const hung = leader.page.evaluate(() => {
      const until = Date.now() + 12_000
      while (Date.now() < until);
    })
    await expectTakenOver(other, email, opened)
    await hung
    await expect.poll(() => leader.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
  })

  test('is told of what happened while nobody held a socket', async () => {
    const { leader, other, email } = await twoTabs()
    await use.front.cut(true)
    await expect.poll(() => use.front.sockets).toBe(0)
    await signOutElsewhere(email)
    expect(await other.says()).toBe(email)
    await use.front.cut(false)
    for (const tab of [leader, other]) {
      await expect.poll(() => tab.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
    }
  })

  test('tells all tabs of what happened meanwhile to other sessions, each event once', async () => {
    const { leader, other, email } = await twoTabs()
    await use.front.cut(true)
    await expect.poll(() => use.front.sockets).toBe(0)
    const device = new Other(use.app)
    const { session } = await device.signIn(email)
    await device.send({ query: 'mutation { signOut { __typename } }' })
    await use.front.cut(false)
    for (const tab of [leader, other]) {
      await expect
        .poll(async () =>
          (await tab.seen()).flatMap(({ what, detail }) => {
            const { __typename: type, sessionId } = detail as { __typename: string; sessionId?: string }
            return what === 'event' && sessionId === session.id ? [type] : []
          }),
        )
        .toEqual(['SessionStarted', 'SessionRevoked'])
    }
  })

  test('comes back with the network', async () => {
    const { leader, email, context } = await twoTabs()
    const opened = use.front.opened
    await context.setOffline(true)
    await signOutElsewhere(email)
    await use.front.cut(true)
    await use.front.cut(false)
    await context.setOffline(false)
    await expect.poll(() => leader.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
    expect(use.front.opened).toBeGreaterThanOrEqual(opened)
  })

  test('measures time anew when it slept: a socket that died in silence is noticed on waking', async () => {
    const { leader, other, email } = await twoTabs()
    use.front.silence()
    await signOutElsewhere(email)
    for (const tab of [leader, other]) {
      await tab.page.evaluate(() => {
        const now = Date.now
        Date.now = () => now() + 8 * 60 * 60_000
        document.dispatchEvent(new Event('visibilitychange'))
      })
    }
    // well before anybody would have asked for a sign of life
    for (const tab of [leader, other]) {
      await expect.poll(() => tab.says(), { timeout: 12_000 }).toBe('signed out: SIGNED_OUT_EVERYWHERE')
    }
  })

  test('is told of a limit that is reached', async () => {
    const { leader, other } = await twoTabs()
    use.app.clock.advance(8 * 24 * 60 * 60_000)
    for (const tab of [leader, other]) await expect.poll(() => tab.says()).toBe('signed out: IDLE_TIMEOUT')
  })

  test('is none in a sandbox, whose pages may hold nothing, and such a page does not hang', async () => {
    const page = await (await use.device()).newPage()
    await page.goto(`${use.front.url}/elsewhere`)
    await page.evaluate(() => {
      const frame = document.createElement('iframe')
      frame.sandbox.add('allow-scripts')
      frame.src = '/page'
      document.body.append(frame)
    })
    await expect.poll(() => page.frames().length).toBe(2)
    const [, sandbox] = page.frames()
    await sandbox?.waitForFunction(() => 'start' in globalThis)
    await sandbox?.evaluate(() => start({}))
    expect(await sandbox?.evaluate(() => session.state.status)).toBe('loading')
  })
})
