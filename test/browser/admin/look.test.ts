import { describe, expect, test } from 'vitest'
import { SignOutDocument } from '../../kit/generated/operations.ts'
import { type AdminTab, expectNoBarriers, MINUTE, texts, useAdminPage } from './kit.ts'

describe('the administration page is for everybody', () => {
  const use = useAdminPage()

  /** Every page and question, as somebody comes to it. */
  async function* everything(tab: AdminTab): AsyncGenerator<string> {
    const { sessionId, userId, browser } = await use.person()
    await tab.page.getByRole('heading', { name: texts.overview.endingChart }).waitFor()
    yield 'overview'
    await tab.button(texts.overview.table).first().click()
    yield 'figures'
    await tab.open('/live')
    await tab.page.getByText(texts.live.statuses.live, { exact: true }).last().waitFor()
    yield 'an empty feed'
    await browser.run(SignOutDocument, {})
    await tab.page.getByRole('list', { name: texts.live.feed }).waitFor()
    yield 'feed'
    await tab.open('/sessions?transport=COOKIE&country=IS')
    await tab.page.getByText(texts.sessions.none, { exact: true }).waitFor()
    yield 'nothing fits'
    await tab.open('/sessions?transport=COOKIE')
    await tab.page.getByRole('table').waitFor()
    await tab.button(texts.sessions.showFilters).click()
    yield 'sessions'
    await tab.button(texts.matching.open).click()
    await tab.dialog.getByText(/that go on fit/).waitFor()
    yield 'ending all that fit'
    await tab.open(`/sessions/${encodeURIComponent(sessionId)}`)
    await tab.page.getByRole('heading', { name: texts.session.times }).waitFor()
    yield 'session'
    await tab.open('/users')
    await tab.page.getByRole('table').waitFor()
    yield 'users'
    await tab.open(`/users/${encodeURIComponent(userId)}`)
    await tab.page.getByRole('heading', { name: texts.user.endedSessions }).waitFor()
    yield 'user'
    await tab.open('/everyone')
    await tab.button(texts.everyone.open).click()
    yield 'everyone'
    await tab.page.keyboard.press('Escape')
    use.app.clock.advance(31 * MINUTE)
    await tab.go(texts.sections.users)
    await tab.page.getByRole('dialog', { name: texts.verify.title }).waitFor()
    yield 'the question for the password'
    await tab.page.keyboard.press('Escape')
    await tab.page.getByText(texts.failures.cancelledTitle).first().waitFor()
    yield 'without the password'
  }

  test.for(['light', 'dark'] as const)('in the %s', { timeout: 120_000 }, async (colorScheme) => {
    const tab = await use.fresh({ colorScheme, reducedMotion: 'reduce' })
    await tab.open()
    await tab.heading(texts.signIn.title).waitFor()
    await expectNoBarriers(tab)
    await tab.signIn(await use.administrator())
    for await (const what of everything(tab)) {
      await expectNoBarriers(tab)
      expect(await tab.overflow(), what).toBeLessThanOrEqual(0)
    }
  })

  test('on a narrow screen, where nothing is cut off', { timeout: 120_000 }, async () => {
    const tab = await use.fresh({ viewport: { width: 320, height: 640 } })
    await tab.open()
    await tab.signIn(await use.administrator())
    const { sessionId, userId } = await use.person()
    const pages = {
      '': texts.overview.title,
      '/live': texts.live.title,
      '/sessions?transport=COOKIE': texts.sessions.title,
      [`/sessions/${encodeURIComponent(sessionId)}`]: null,
      '/users': texts.users.title,
      [`/users/${encodeURIComponent(userId)}`]: null,
      '/everyone': texts.everyone.title,
    }
    for (const [path, title] of Object.entries(pages)) {
      await tab.open(path)
      if (title) await tab.heading(title).waitFor()
      else await tab.page.getByRole('heading', { level: 2 }).first().waitFor()
      await tab.page.waitForLoadState('networkidle')
      expect(await tab.overflow(), path).toBeLessThanOrEqual(0)
    }
    await tab.button(texts.frame.openMenu).click()
    await tab.go(texts.sections.sessions)
    await tab.heading(texts.sessions.title).waitFor()
    await tab.button(texts.frame.openMenu).waitFor()
  })

  test('by the keyboard alone', async () => {
    const { sessionId, browser } = await use.person()
    const tab = await use.fresh()
    const { keyboard } = tab.page
    await tab.open(`/sessions/${encodeURIComponent(sessionId)}`)
    await tab.page.getByLabel(texts.signIn.email).focus()
    await keyboard.type(await use.administrator())
    await keyboard.press('Tab')
    await keyboard.type('correct horse battery')
    await keyboard.press('Enter')
    await tab.button(texts.session.end).waitFor()
    await tab.page.locator('body').press('Tab')
    await expect.poll(() => tab.focused()).toBe(texts.frame.skip)
    await keyboard.press('Enter')
    for (let steps = 0; steps < 5 && (await tab.focused()) !== texts.session.end; steps++)
      await keyboard.press('Tab')
    expect(await tab.focused()).toBe(texts.session.end)
    await keyboard.press('Enter')
    await tab.dialog.waitFor()
    await expect.poll(() => tab.focused()).toBe(texts.reason.label)
    await keyboard.press('Escape')
    await tab.dialog.waitFor({ state: 'detached' })
    // the focus is where it was
    expect(await tab.focused()).toBe(texts.session.end)
    await keyboard.press('Enter')
    await tab.dialog.waitFor()
    await keyboard.type('a lost laptop')
    await keyboard.press('Enter')
    await tab.page.getByText(texts.session.endedNow).first().waitFor()
    expect(await browser.currentSessionId()).toBeNull()
  })

  test('says when it is offline or the server is away, and goes on by itself', async () => {
    const { tab } = await use.signedIn('/users')
    await tab.page.getByRole('table').waitFor()
    await use.front.cut(true)
    await tab.go(texts.sections.sessions)
    await tab.page.getByText(texts.failures.network).first().waitFor()
    await use.front.cut(false)
    await tab.page.getByRole('table', { name: texts.sessions.table }).waitFor({ timeout: 15_000 })
    await tab.page.context().setOffline(true)
    await tab.page.getByText(texts.frame.offline).waitFor()
    await tab.page.context().setOffline(false)
    await tab.page.getByText(texts.frame.offline).waitFor({ state: 'detached' })
  })
})
