import { describe, expect, test } from 'vitest'
import { anyEmail, Browser, PASSWORD } from '../../kit/browser.ts'
import { type AccountTab, texts, useAccountPage } from './kit.ts'

const NEW_PASSWORD = 'six blue herons at dawn'

describe('the settings', () => {
  const use = useAccountPage()

  async function changePassword(tab: AccountTab, password: string): Promise<void> {
    await tab.page.getByLabel(texts.settings.newPassword, { exact: true }).fill(password)
    await tab.button(texts.settings.update).click()
    await tab.confirm(texts.verify.actions.UPDATE_PASSWORD.submit)
  }

  test('change the password and leave the devices signed in', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const other = new Browser(use.app)
    await other.signIn(email)
    await tab.page.getByRole('link', { name: texts.sections.settings }).click()
    await changePassword(tab, NEW_PASSWORD)
    await tab.page.getByRole('status').getByText(texts.settings.updated).waitFor({ state: 'attached' })
    expect(await other.currentSessionId()).not.toBeNull()
    await expect(new Browser(use.app).signIn(email, PASSWORD)).rejects.toThrow('INVALID_CREDENTIALS')
    await new Browser(use.app).signIn(email, NEW_PASSWORD)
  })

  test('judge the new password before the present one is asked for, and keep what was typed', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    await tab.page.getByRole('link', { name: texts.sections.settings }).click()
    const typed = tab.page.getByLabel(texts.settings.newPassword, { exact: true })
    await tab.page.getByLabel(texts.settings.endAll).check()
    const sent = use.front.requests.length
    for (const [password, reason] of [
      ['password1', 'among the most common ones'],
      ['Password2026!', 'in disguise'],
      [email, 'your e-mail address'],
    ] as const) {
      await typed.fill(password)
      await tab.button(texts.settings.update).click()
      await tab.page.getByText(reason).waitFor()
      await expect.poll(() => tab.focused()).toBe(texts.settings.newPassword)
      expect(await typed.inputValue()).toBe(password)
    }
    expect(await tab.page.getByLabel(texts.settings.endAll).isChecked()).toBe(true)
    expect(await tab.dialog.count()).toBe(0)
    expect(use.front.requests.slice(sent).filter((body) => body.includes('reverify'))).toEqual([])
  })

  test('take no password for a new one that is the present one', async () => {
    const tab = await (await use.device()).tab()
    await tab.signUp()
    await tab.page.getByRole('link', { name: texts.sections.settings }).click()
    await changePassword(tab, PASSWORD)
    await tab.dialog.getByText(texts.settings.samePassword).waitFor()
    await tab.page.keyboard.press('Escape')
    await expect.poll(() => tab.dialog.count()).toBe(0)
    await expect.poll(() => tab.focused()).toBe(texts.settings.update)
  })

  test('change the password and sign out everywhere', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const other = new Browser(use.app)
    await other.signIn(email)
    await tab.page.getByRole('link', { name: texts.sections.settings }).click()
    await tab.page.getByLabel(texts.settings.endAll).check()
    await changePassword(tab, NEW_PASSWORD)
    await tab.page.getByText(texts.ended.PASSWORD_UPDATED).waitFor()
    expect(await other.currentSessionId()).toBeNull()
    await tab.page.getByLabel(texts.signIn.password, { exact: true }).fill(NEW_PASSWORD)
    await tab.button(texts.signIn.again).click()
    await tab.heading(texts.settings.title).waitFor()
  })

  test('delete the account behind the password', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    await tab.page.getByRole('link', { name: texts.sections.settings }).click()
    await tab.button(texts.settings.delete).click()
    await tab.confirm(texts.verify.actions.DELETE_ACCOUNT.submit)
    await tab.page.getByText(texts.ended.ACCOUNT_DELETED).waitFor()
    expect(await tab.page.content()).not.toContain(email)
    await expect(new Browser(use.app).signIn(email)).rejects.toThrow('INVALID_CREDENTIALS')
  })

  test('lead administrators to their page, and nobody else', async () => {
    const tab = await (await use.device()).tab()
    await tab.signUp()
    const link = tab.page.getByRole('link', { name: texts.frame.administration })
    expect(await link.count()).toBe(0)
    await tab.button(texts.frame.signOut).click()
    const email = anyEmail()
    await new Browser(use.app).signUp(email)
    await use.database.database.queries.execute(
      `UPDATE users SET roles = '{ADMINISTRATOR}' WHERE email = '${email}'`,
    )
    await tab.fillSignIn(email)
    await tab.button(texts.signIn.again).click()
    await link.waitFor()
    expect(await link.getAttribute('href')).toBe('/admin')
  })
})
