import { describe, expect, test } from 'vitest'
import { Browser } from '../../kit/browser.ts'
import { DeleteAccountDocument } from '../../kit/generated/operations.ts'
import { MINUTE, texts, useAdminPage } from './kit.ts'

describe('what administrators do about people', () => {
  const use = useAdminPage()

  test('ends one session, with a reason, after the password; and shows how it ended', async () => {
    const { sessionId, browser, email } = await use.person()
    const { tab } = await use.signedIn(`/sessions/${encodeURIComponent(sessionId)}`)
    await tab.page.getByRole('heading', { name: texts.session.times }).waitFor()
    use.app.clock.advance(31 * MINUTE)
    await tab.button(texts.session.end).click()
    await tab.dialog.getByRole('button', { name: texts.session.end }).click()
    await tab.dialog.getByText(texts.reason.missing).waitFor()
    await tab.page.keyboard.type('a lost laptop')
    await tab.page.keyboard.press('Enter')
    await tab.confirm()
    await tab.page.getByText(texts.session.endedNow).first().waitFor()
    await tab.page.getByText(texts.sessions.reasonNames.REVOKED_BY_ADMINISTRATOR).first().waitFor()
    expect(await browser.currentSessionId()).toBeNull()
    await expect.poll(() => tab.button(texts.session.end).count()).toBe(0)
    // the button is gone, and the focus is not lost with it
    await expect.poll(() => tab.focused()).toBe(await tab.page.getByRole('heading', { level: 1 }).innerText())
    // the user is a click away
    await tab.page.getByRole('main').getByRole('link', { name: email }).click()
    await tab.heading(email).waitFor()
    await tab.page.getByText(texts.user.noActive).waitFor()
    expect(await tab.rows(texts.user.endedSessions).count()).toBe(1)
  })

  test('does nothing if the password is not given', async () => {
    const { sessionId, browser } = await use.person()
    const { tab } = await use.signedIn(`/sessions/${encodeURIComponent(sessionId)}`)
    await tab.button(texts.session.end).waitFor()
    use.app.clock.advance(31 * MINUTE)
    await tab.button(texts.session.end).click()
    await tab.dialog.getByLabel(texts.reason.label).fill('a mistake')
    await tab.dialog.getByRole('button', { name: texts.session.end }).click()
    await tab.page.getByRole('dialog', { name: texts.verify.title }).waitFor()
    await tab.page.keyboard.press('Escape')
    await tab.dialog.getByText(texts.failures.nothingDone).waitFor()
    expect(await browser.currentSessionId()).not.toBeNull()
  })

  test('disables an account, which is signed out everywhere, and enables it again', async () => {
    const { userId, browser, email } = await use.person()
    const { tab } = await use.signedIn(`/users/${encodeURIComponent(userId)}`)
    await tab.heading(email).waitFor()
    await tab.button(texts.user.disable).click()
    await tab.dialog.getByRole('button', { name: texts.user.disable }).click()
    await tab.page.getByText(texts.user.disabledNow(1)).first().waitFor()
    expect(await browser.currentSessionId()).toBeNull()
    await expect(new Browser(use.app).signIn(email)).rejects.toThrow('INVALID_CREDENTIALS')
    await tab.page.getByText(texts.users.disabled, { exact: true }).first().waitFor()
    await tab.button(texts.user.enable).click()
    await tab.dialog.getByRole('button', { name: texts.user.enable }).click()
    await tab.page.getByText(texts.user.enabledNow).first().waitFor()
    await browser.signIn(email)
    // the page hears of it by itself
    await expect.poll(() => tab.rows(texts.user.activeSessions).count()).toBe(1)
    await tab.button(texts.user.endAll).click()
    await tab.dialog.getByRole('button', { name: texts.user.endAll }).click()
    await tab.page.getByText(texts.user.endedNow(1)).first().waitFor()
    await tab.page.getByText(texts.user.noActive).waitFor()
  })

  test('offers nobody to disable themselves', async () => {
    const { tab, email } = await use.signedIn('/users')
    await tab.page.getByRole('searchbox').fill(email)
    await expect.poll(() => tab.rows(texts.users.table).count()).toBe(1)
    await tab.rows(texts.users.table).getByRole('link').click()
    await tab.heading(email).waitFor()
    await tab.button(texts.user.endAll).waitFor()
    expect(await tab.button(texts.user.disable).count()).toBe(0)
  })

  test('shows whose account was deleted as such', async () => {
    const { browser, sessionId } = await use.person()
    const { token } = await browser.reverify('DELETE_ACCOUNT')
    await browser.run(DeleteAccountDocument, { input: { verificationToken: token } })
    const { tab } = await use.signedIn(`/sessions/${encodeURIComponent(sessionId)}`)
    await tab.page.getByRole('main').getByRole('link', { name: texts.sessions.deleted }).click()
    await tab.heading(texts.sessions.deleted).waitFor()
    await tab.page.getByText(texts.user.deletedDetail).waitFor()
    expect(await tab.button(texts.user.disable).count()).toBe(0)
  })

  test('ends everyone’s sessions behind words that have to be typed', async () => {
    const [one, other] = [await use.person(), await use.person()]
    const { tab } = await use.signedIn('/everyone')
    await tab.button(texts.everyone.open).click()
    const submit = tab.dialog.getByRole('button', { name: texts.everyone.submit })
    await tab.dialog.getByLabel(texts.reason.label).fill('a stolen backup')
    const words = tab.dialog.getByLabel(texts.everyone.type(texts.everyone.phrase))
    await words.fill('end every')
    await submit.click()
    await tab.dialog.getByText(texts.everyone.mismatch(texts.everyone.phrase)).waitFor()
    expect(await one.browser.currentSessionId()).not.toBeNull()
    await words.fill(texts.everyone.phrase)
    await submit.click()
    await tab.page.getByText(/^Everyone’s sessions ended at/).waitFor()
    expect(await one.browser.currentSessionId()).toBeNull()
    expect(await other.browser.currentSessionId()).toBeNull()
    // one's own was kept
    await tab.go(texts.sections.users)
    await tab.page.getByRole('table', { name: texts.users.table }).waitFor()
  })
})
