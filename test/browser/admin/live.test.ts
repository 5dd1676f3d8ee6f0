import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { users } from '../../../src/database/tables.ts'
import { Browser } from '../../kit/browser.ts'
import { SignOutDocument } from '../../kit/generated/operations.ts'
import { type AdminTab, MINUTE, texts, useAdminPage } from './kit.ts'

const { live } = texts

describe('the live feed', () => {
  const use = useAdminPage()

  const events = (tab: AdminTab, email: string) =>
    tab.page.getByRole('list', { name: live.feed }).getByRole('listitem').filter({ hasText: email })

  async function listening(path = '/live', options = {}): Promise<AdminTab> {
    const { tab } = await use.signedIn(path, options)
    await isLive(tab)
    return tab
  }

  async function isLive(tab: AdminTab): Promise<void> {
    await tab.page.getByRole('status').getByText(live.statuses.live, { exact: true }).waitFor()
  }

  test('tells who came and went, why, and leads there', async () => {
    const tab = await listening()
    const { email, browser } = await use.person()
    await events(tab, email).getByText(live.whats.STARTED).waitFor({ timeout: 2_000 })
    await browser.run(SignOutDocument, {})
    await events(tab, email).getByText(texts.sessions.reasonNames.SIGNED_OUT).waitFor({ timeout: 2_000 })
    await events(tab, email).getByText(live.by.USER).waitFor()
    await tab.page.getByRole('link', { name: email, exact: true }).first().click()
    await tab.heading(email).waitFor()
    // what was told is still there
    await tab.page.goBack()
    await expect.poll(() => events(tab, email).count()).toBe(2)
  })

  test('shows the kinds that are chosen, which stand in the address', async () => {
    const tab = await listening()
    const { email, browser } = await use.person()
    await browser.run(SignOutDocument, {})
    await expect.poll(() => events(tab, email).count()).toBe(2)
    await tab.page.getByRole('group', { name: live.show }).getByText(live.kinds.STARTED).click()
    await expect.poll(() => tab.address).toBe('/live?show=ended%2Ccontinued%2Cflagged%2Cchanged')
    await expect.poll(() => events(tab, email).count()).toBe(1)
  })

  test('stands still when it is paused, and counts what came meanwhile', async () => {
    const tab = await listening()
    await tab.button(live.pause).click()
    const { email } = await use.person()
    await tab.button(live.waiting(1)).waitFor()
    expect(await events(tab, email).count()).toBe(0)
    await tab.button(live.resume).click()
    await expect.poll(() => events(tab, email).count()).toBe(1)
    await tab.button(live.clear).click()
    await expect.poll(() => events(tab, email).count()).toBe(0)
  })

  test('is told what it missed while the network was away', async () => {
    const tab = await listening()
    const before = await use.person()
    await expect.poll(() => events(tab, before.email).count()).toBe(1)
    await use.front.cut(true)
    const meanwhile = await use.person()
    await tab.page.getByText(live.statuses.connecting, { exact: true }).waitFor()
    await use.front.cut(false)
    await events(tab, meanwhile.email).first().waitFor()
    expect(await events(tab, before.email).count()).toBe(1)
  })

  test('asks for nothing while the page is hidden, and catches up', async () => {
    const { tab } = await use.signedIn('/live')
    await isLive(tab)
    const sockets = use.front.sockets
    await tab.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await tab.page.getByText(live.statuses.away).waitFor()
    await expect.poll(() => use.front.sockets).toBeLessThan(sockets)
    const { email } = await use.person()
    const requests = use.front.requests.length
    await tab.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'visible' })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await events(tab, email).first().waitFor()
    // over its socket, which is nobody's activity
    expect(use.front.requests.length).toBe(requests)
  })

  test('asks for nothing while nobody touches the page for two minutes', async () => {
    const tab = await listening()
    const { page } = tab
    await page.clock.install()
    await page.mouse.move(300, 300)
    await page.clock.fastForward(119_000)
    await isLive(tab)
    await page.mouse.move(310, 310)
    await page.clock.fastForward(119_000)
    await isLive(tab)
    const requests = use.front.requests.length
    await page.clock.fastForward(2_000)
    await page.getByText(live.statuses.away).waitFor()
    await page.clock.fastForward(600_000)
    expect(use.front.requests.length).toBe(requests)
    await page.mouse.move(300, 300)
    await isLive(tab)
  })

  test('asks for nothing while a question is open', async () => {
    const { userId } = await use.person()
    const { tab } = await use.signedIn(`/users/${encodeURIComponent(userId)}`)
    await tab.button(texts.user.endAll).click()
    // that of the session, and that of the feed
    await expect.poll(() => use.front.sockets).toBe(2)
    use.app.clock.advance(31 * MINUTE)
    await tab.dialog.getByRole('button', { name: texts.user.endAll }).click()
    await tab.page.getByRole('dialog', { name: texts.verify.title }).waitFor()
    await expect.poll(() => use.front.sockets).toBe(1)
    await tab.confirm()
    await tab.page.getByText(texts.user.noActive).waitFor()
    await expect.poll(() => use.front.sockets).toBe(2)
  })

  test('says so when the server wants the password first, and goes on behind it', async () => {
    const { tab } = await use.signedIn('/users')
    await tab.page.getByRole('table').waitFor()
    use.app.clock.advance(31 * MINUTE)
    await tab.go(texts.sections.live)
    await tab.page.getByText(live.stops.unverified).waitFor()
    await tab.page.getByRole('main').getByRole('button', { name: texts.failures.confirm }).click()
    await tab.confirm()
    await isLive(tab)
    const { email } = await use.person()
    await events(tab, email).first().waitFor()
  })

  test('says what to do when the viewer is no administrator any more', async () => {
    const { tab, email } = await use.signedIn('/live')
    await isLive(tab)
    await use.database.database.queries.update(users).set({ roles: [] }).where(eq(users.email, email))
    use.app.clock.advance(10_000)
    await tab.page.getByText(live.stops.forbidden).waitFor()
    await tab.button(texts.frame.reload).click()
    await tab.heading(texts.noRights.title).waitFor()
  })

  test('shows events that it has not heard of, as from a newer server', async () => {
    const tab = await use.fresh()
    await tab.page.routeWebSocket('**/graphql', (socket) => {
      socket.connectToServer().onMessage((message) => {
        const text = String(message)
        // those of this page name whose the session is
        socket.send(
          text.includes('"user"') ? text.replaceAll('SessionStarted', 'SessionTransferred') : message,
        )
      })
    })
    await tab.open('/live')
    await tab.signIn(await use.administrator())
    await isLive(tab)
    const { email } = await use.person()
    await events(tab, email).getByText(live.whats.CHANGED, { exact: true }).waitFor()
  })

  test('keeps the overview up to date', async () => {
    const { tab } = await use.signedIn('')
    const total = tab.page.getByRole('listitem').filter({ hasText: texts.overview.activeSessions }).first()
    await total.waitFor()
    const before = await total.innerText()
    await new Browser(use.app).signIn((await use.person()).email)
    await expect.poll(() => total.innerText(), { timeout: 20_000 }).not.toBe(before)
  })
})
