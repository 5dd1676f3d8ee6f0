import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Browser } from '../../kit/browser.ts'
import { NodeProcess } from '../../kit/node-process.ts'
import { texts, useAccountPage } from './kit.ts'

describe('a network that comes and goes', () => {
  const use = useAccountPage()

  test('is told of, and what happened meanwhile is there when it is back', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    await tab.page.context().setOffline(true)
    await use.front.cut(true)
    await tab.page.getByRole('status').getByText(texts.network.offline).waitFor()
    await new Browser(use.app).signIn(email)
    expect(await tab.others.count()).toBe(0)
    await use.front.cut(false)
    await tab.page.context().setOffline(false)
    await expect.poll(() => tab.others.count()).toBe(1)
    await expect.poll(() => tab.page.getByText(texts.network.offline).count()).toBe(0)
  })

  test('leaves no list that claims to be live while the server is dead', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'curfew-account-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await using node = new NodeProcess('the server', { CURFEW_DATA_DIR: join(folder, 'data') })
    await node.start()
    const tab = await (await use.device()).tab(node.url)
    const email = await tab.signUp()
    const said = (text: string) => tab.page.getByRole('status').getByText(text)
    await said(texts.liveness.live).waitFor()
    await node.kill()
    await said(texts.liveness.away).waitFor()
    expect(await said(texts.liveness.live).count()).toBe(0)
    await node.start()
    await new Browser(node).signIn(email)
    await said(texts.liveness.live).waitFor({ timeout: 60_000 })
    await expect.poll(() => tab.others.count()).toBe(1)
  })

  test('that is away when the page opens is waited for', async () => {
    const tab = await (await use.device()).tab()
    await tab.page.route('**/graphql', (route) => route.abort())
    await tab.open()
    await tab.page.getByText(texts.network.away).waitFor()
    await tab.page.unroute('**/graphql')
    await tab.heading(texts.signIn.title).waitFor()
  })

  test('leaves a list to be tried again, by itself or by a button', async () => {
    const tab = await (await use.device()).tab()
    await tab.signUp()
    await tab.page.route('**/graphql', (route) => route.abort())
    await tab.page.getByRole('link', { name: texts.sections.history }).click()
    await tab.page.getByRole('alert').getByText(texts.network.away).waitFor()
    await tab.button(texts.network.retry).click()
    await tab.page.getByRole('alert').getByText(texts.network.away).waitFor()
    await tab.page.unroute('**/graphql')
    await tab.page.getByText(texts.history.empty).waitFor()
  })

  test('says so when a form cannot be sent, and keeps what was typed', async () => {
    const tab = await (await use.device()).tab()
    await tab.open()
    await tab.heading(texts.signIn.title).waitFor()
    await use.front.cut(true)
    await tab.fillSignIn('ada@example.com')
    await tab.button(texts.signIn.submit).click()
    await tab.page.getByRole('alert').getByText(texts.failures.network).waitFor()
    await tab.page.getByRole('alert').locator('.tabler-icon-wifi-off').waitFor()
    expect(await tab.page.getByLabel(texts.signIn.email).inputValue()).toBe('ada@example.com')
  })

  test('that loses an answer leaves no doubt that there is one', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const other = new Browser(use.app)
    await other.signIn(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    await tab.page.getByRole('button', { name: /^Sign out .+, / }).click()
    // the first one asks for the proof, the second one brings it
    use.front.fate = (body) => ({ lost: /revokeSession.+"verificationToken":"cfv_/.test(body) })
    await tab.confirm(texts.verify.actions.REVOKE_SESSION.submit)
    await tab.dialog.getByText(texts.failures.unknownOutcome).waitFor()
    use.front.fate = () => ({})
    await tab.dialog.getByRole('button', { name: texts.verify.cancel }).click()
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    expect(await other.currentSessionId()).toBeNull()
  })

  test('that goes when something was done holds no question open', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const other = new Browser(use.app)
    await other.signIn(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    await tab.page.getByRole('button', { name: /^Sign out .+, / }).click()
    await tab.page.route('**/graphql', (route) =>
      route.request().postData()?.includes('LiveSessions') ? route.abort() : route.continue(),
    )
    await tab.confirm(texts.verify.actions.REVOKE_SESSION.submit)
    await expect.poll(() => tab.dialog.count()).toBe(0)
    expect(await other.currentSessionId()).toBeNull()
  })

  test('is not blamed for what the server did wrong', async () => {
    const tab = await (await use.device()).tab()
    await tab.signUp()
    const error = { message: 'wrong', extensions: { code: 'INTERNAL_SERVER_ERROR', reference: 'ab12' } }
    await tab.page.route('**/graphql', (route) => route.fulfill({ json: { data: null, errors: [error] } }))
    await tab.page.getByRole('link', { name: texts.sections.history }).click()
    await tab.page.getByRole('alert').getByText(texts.failures.reference('ab12')).waitFor()
  })

  test('is not blamed any more for a list that is not shown any more', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    await tab.page.route('**/graphql', (route) => route.abort())
    await new Browser(use.app).signIn(email)
    const stale = tab.page.getByRole('status').getByText(/^The server cannot be reached\. What you see/)
    await stale.waitFor()
    await tab.page.getByRole('link', { name: texts.sections.settings }).click()
    await tab.heading(texts.settings.title).waitFor()
    await expect.poll(() => stale.count()).toBe(0)
  })

  test('that is back is no reason to read for somebody who is not there', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    const show = (state: DocumentVisibilityState) =>
      tab.page.evaluate((state) => {
        Object.defineProperty(document, 'visibilityState', { get: () => state, configurable: true })
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
      }, state)
    await show('hidden')
    const lists = () => use.front.requests.filter((body) => body.includes('LiveSessions')).length
    const before = lists()
    await new Browser(use.app).signIn(email)
    // the page hears of it, and knows then that its list is old
    await tab.page.waitForTimeout(2_000)
    await tab.page.evaluate(() => {
      for (const type of ['offline', 'online']) window.dispatchEvent(new Event(type))
    })
    await tab.page.waitForTimeout(1_000)
    expect(lists()).toBe(before)
    await show('visible')
    await expect.poll(() => tab.others.count()).toBe(1)
  })
})
