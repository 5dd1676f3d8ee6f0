import { describe, expect, test } from 'vitest'
import { type Tab, useBrowser } from './kit.ts'

describe('whether revocations are pushed to this browser', () => {
  const use = useBrowser()

  const isConnected = (tab: Tab): Promise<boolean> => tab.page.evaluate(() => session.connected)

  /** Every tab comes to say so. */
  async function allSay(tabs: readonly Tab[], connected: boolean): Promise<void> {
    await expect
      .poll(() => Promise.all(tabs.map(isConnected)), { timeout: 25_000 })
      .toEqual(tabs.map(() => connected))
  }

  test('is known to all tabs, to those too that open later, and is not so for nobody', async () => {
    const context = await use.device()
    const tabs = [await use.tab(context), await use.tab(context)]
    const [first] = tabs as [Tab]
    await allSay(tabs, false)
    await first.signUp()
    await allSay(tabs, true)
    const late = await use.tab(context)
    await allSay([late], true)
    await first.signOut()
    expect(await isConnected(first)).toBe(false)
    await allSay([...tabs, late], false)
  })

  test('is told to whoever subscribes', async () => {
    const context = await use.device()
    const [first, other] = [await use.tab(context), await use.tab(context)]
    for (const tab of [first, other])
      await tab.page.evaluate(() => {
        session.subscribe(() => note('event', { connected: session.connected }))
      })
    const told = async (tab: Tab) =>
      (await tab.seen()).flatMap(({ detail }) =>
        typeof detail === 'object' && detail !== null && 'connected' in detail ? [detail.connected] : [],
      )
    await first.signUp()
    for (const tab of [first, other]) await expect.poll(() => told(tab)).toEqual([false, true])
    await use.front.cut(true)
    for (const tab of [first, other]) await expect.poll(() => told(tab)).toEqual([false, true, false])
  })

  test('is not so while the server is away, and is again when it is back', async () => {
    const context = await use.device()
    const tabs = [await use.tab(context), await use.tab(context)]
    const [first] = tabs as [Tab]
    const email = await first.signUp()
    await allSay(tabs, true)
    await use.front.cut(true)
    await allSay(tabs, false)
    for (const tab of tabs) expect(await tab.says()).toBe(email)
    await use.front.cut(false)
    await allSay(tabs, true)
  })

  test('is not believed any more when the network died in silence', async () => {
    const context = await use.device()
    const tabs = [await use.tab(context), await use.tab(context)]
    const [first] = tabs as [Tab]
    await first.signUp()
    await allSay(tabs, true)
    use.front.silence()
    use.front.refuse()
    await allSay(tabs, false)
  })

  test('is not believed of a tab that crashed', async () => {
    const context = await use.device()
    const leader = await use.tab(context)
    await leader.signUp()
    await allSay([leader], true)
    const others = [await use.tab(context), await use.tab(context)]
    await allSay(others, true)
    use.front.refuse()
    const cdp = await leader.cdp()
    cdp.send('Page.crash').catch(() => {})
    await leader.page.waitForEvent('crash')
    await allSay(others, false)
    await use.front.cut(false)
    await allSay(others, true)
  })
})
