import axe from 'axe-core'
import { describe, expect, test } from 'vitest'
import { anyEmail, Browser } from '../../kit/browser.ts'
import { type AccountTab, texts, useAccountPage } from './kit.ts'

describe('the account page, for everybody', () => {
  const use = useAccountPage()

  /** What axe finds that keeps somebody out, in either look. */
  async function findings(tab: AccountTab): Promise<string[]> {
    const found: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      await tab.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      // in the page's own world: its policy lets no script in
      await tab.page.evaluate(axe.source)
      const { violations } = await tab.page.evaluate(() =>
        (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
        }),
      )
      for (const { id, nodes } of violations)
        found.push(...nodes.map(({ html }) => `${colorScheme}: ${id} ${html.slice(0, 160)}`))
    }
    return found
  }

  test('has no barrier on the way in', async () => {
    const tab = await (await use.device()).tab()
    await tab.open()
    await tab.heading(texts.signIn.title).waitFor()
    expect(await findings(tab)).toEqual([])
    await tab.button(texts.signIn.submit).click()
    await tab.page.getByText(texts.signIn.missingEmail).waitFor()
    expect(await findings(tab)).toEqual([])
    await tab.fillSignIn(anyEmail())
    await tab.button(texts.signIn.submit).click()
    await tab.page.getByRole('alert').getByText('not right').waitFor()
    expect(await findings(tab)).toEqual([])
    await tab.open('#sign-up')
    await tab.heading(texts.signUp.title).waitFor()
    expect(await findings(tab)).toEqual([])
  })

  test('has none in its parts, its questions and its messages', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    expect(await findings(tab)).toEqual([])
    await new Browser(use.app).signIn(email)
    await tab.page.getByText(texts.devices.newDevice, { exact: true }).waitFor()
    await tab.page.getByText(texts.devices.details, { exact: true }).first().click()
    expect(await findings(tab)).toEqual([])
    await tab.button(texts.devices.endOthers).click()
    await tab.confirm(texts.verify.actions.REVOKE_OTHER_SESSIONS.submit, 'not the password')
    await tab.dialog.getByText(texts.failures.wrongPassword).waitFor()
    expect(await findings(tab)).toEqual([])
    await tab.confirm(texts.verify.actions.REVOKE_OTHER_SESSIONS.submit)
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    await tab.button(texts.devices.endEverywhere).click()
    expect(await findings(tab)).toEqual([])
    await tab.dialog.getByRole('button', { name: texts.verify.cancel }).click()
    for (const section of ['history', 'settings'] as const) {
      await tab.page.getByRole('link', { name: texts.sections[section] }).click()
      await tab.heading(texts[section].title).waitFor()
      if (section === 'history') await tab.page.getByText(texts.endReasons.REPLACED).waitFor()
      expect(await findings(tab)).toEqual([])
    }
    await tab.page.context().setOffline(true)
    await tab.page.getByText(texts.network.offline).waitFor()
    expect(await findings(tab)).toEqual([])
    await tab.page.context().setOffline(false)
    await tab.button(texts.frame.signOut).click()
    await tab.page.getByText(texts.ended.SIGNED_OUT).waitFor()
    expect(await findings(tab)).toEqual([])
  })

  test('fits a phone of 320 pixels, and what is zoomed to that', async () => {
    const device = await use.device({ viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true })
    const tab = await device.tab()
    const width = () => tab.page.evaluate(() => document.documentElement.scrollWidth)
    await tab.open()
    await tab.heading(texts.signIn.title).waitFor()
    expect(await width()).toBe(320)
    const email = await tab.signUp(`a-rather-long-name-that-somebody-has-${anyEmail()}`)
    await new Browser(use.app).signIn(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    await tab.page.getByText(texts.devices.details, { exact: true }).first().click()
    expect(await width()).toBe(320)
    await tab.button(texts.devices.endOthers).click()
    await tab.dialog.waitFor()
    expect(await width()).toBe(320)
    await tab.page.keyboard.press('Escape')
    for (const section of ['history', 'settings'] as const) {
      await tab.page.getByRole('link', { name: texts.sections[section] }).click()
      await tab.heading(texts[section].title).waitFor()
      expect(await width()).toBe(320)
    }
  })

  test('moves nothing for those who asked for that', async () => {
    const tab = await (await use.device({ reducedMotion: 'reduce' })).tab()
    const email = await tab.signUp()
    await new Browser(use.app).signIn(email)
    await tab.button(texts.devices.endOthers).click()
    await tab.dialog.waitFor()
    const moving = await tab.page.evaluate(() =>
      document.getAnimations().map(({ effect }) => (effect as KeyframeEffect).target?.className),
    )
    expect(moving).toEqual([])
  })
})
