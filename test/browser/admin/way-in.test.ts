import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { users } from '../../../src/database/tables.ts'
import { anyEmail, Browser } from '../../kit/browser.ts'
import { RevokeAllSessionsDocument } from '../../kit/generated/operations.ts'
import { MINUTE, texts, useAdminPage } from './kit.ts'

describe('the way in to the administration', () => {
  const use = useAdminPage()

  test('goes on to the page that was asked for', async () => {
    const { tab } = await use.signedIn('/users')
    await tab.heading(texts.users.title).waitFor()
    expect(tab.address).toBe('/users')
    await tab.page.reload()
    await tab.heading(texts.users.title).waitFor()
  })

  test('says what is missing, and that a password is wrong', async () => {
    const [tab, email] = [await use.fresh(), await use.administrator()]
    await tab.open()
    await tab.button(texts.signIn.submit).click()
    await tab.page.getByText(texts.signIn.missingEmail).waitFor()
    expect(await tab.focused()).toBe(texts.signIn.email)
    await tab.signIn(email, 'not the password')
    await tab.page.getByRole('alert').getByText('is not right').waitFor()
  })

  test('tells whoever is no administrator so, and lets them go', async () => {
    const [tab, email] = [await use.fresh(), anyEmail()]
    await new Browser(use.app).signUp(email)
    await tab.open('/sessions')
    await tab.signIn(email)
    await tab.heading(texts.noRights.title).waitFor()
    expect(await tab.link(texts.noRights.account).getAttribute('href')).toBe('/')
    await tab.button(texts.noRights.signOut).click()
    await tab.heading(texts.signIn.title).waitFor()
  })

  test('tells whoever is an administrator no more so, as soon as they ask for something', async () => {
    const { tab, email } = await use.signedIn('/users')
    await tab.page.getByRole('table').waitFor()
    await use.database.database.queries.update(users).set({ roles: [] }).where(eq(users.email, email))
    await tab.go(texts.sections.sessions)
    await tab.page.getByText(texts.failures.forbiddenTitle).waitFor()
    expect(await tab.page.getByRole('table').count()).toBe(0)
  })

  test('is where one is at once when the session is ended elsewhere, and why', async () => {
    const { tab, email } = await use.signedIn('/sessions')
    await tab.heading(texts.sessions.title).waitFor()
    const other = new Browser(use.app)
    await other.signIn(email)
    await other.run(RevokeAllSessionsDocument, {})
    await tab.heading(texts.signIn.againTitle).waitFor({ timeout: 2_000 })
    await tab.page.getByText('You were signed out everywhere').waitFor()
    expect(await tab.page.getByLabel(texts.signIn.email).inputValue()).toBe(email)
    expect(await tab.page.getByRole('table').count()).toBe(0)
  })

  test('keeps nothing of the one before for the next one', async () => {
    const { tab, email } = await use.signedIn('/users')
    await tab.page.getByRole('searchbox').fill(email)
    await expect.poll(() => tab.rows(texts.users.table).count()).toBe(1)
    await tab.button(texts.frame.accountMenu(email)).click()
    await tab.page.getByRole('menuitem', { name: texts.frame.signOut }).click()
    await tab.heading(texts.signIn.title).waitFor()
    expect(await tab.page.getByLabel(texts.signIn.email).inputValue()).toBe('')
    const next = await use.administrator()
    await tab.signIn(next)
    await tab.heading(texts.users.title).waitFor()
    expect(await tab.page.getByRole('searchbox').inputValue()).toBe('')
    await expect.poll(() => tab.rows(texts.users.table).count()).toBeGreaterThan(1)
  })

  test('asks for the password in place when it has been a while, and what was asked for goes on', async () => {
    const { tab } = await use.signedIn()
    await tab.heading(texts.overview.title).waitFor()
    use.app.clock.advance(31 * MINUTE)
    await tab.go(texts.sections.users)
    await tab.page.getByRole('dialog', { name: texts.verify.title }).waitFor()
    await tab.page.getByRole('dialog').getByLabel(texts.verify.password).fill('not the password')
    await tab.button(texts.verify.submit).click()
    await tab.page.getByText(texts.verify.wrong).waitFor()
    await tab.confirm()
    await expect.poll(() => tab.rows(texts.users.table).count()).toBeGreaterThan(1)
  })

  test('says what is missing to whoever closes that question, and asks again', async () => {
    const { tab } = await use.signedIn()
    await tab.heading(texts.overview.title).waitFor()
    use.app.clock.advance(31 * MINUTE)
    await tab.go(texts.sections.users)
    await tab.page.getByRole('dialog', { name: texts.verify.title }).waitFor()
    await tab.page.keyboard.press('Escape')
    await tab.page.getByText(texts.failures.cancelledTitle).first().waitFor()
    await tab.page.getByRole('main').getByRole('button', { name: texts.failures.confirm }).first().click()
    await tab.confirm()
    await tab.page.getByRole('table', { name: texts.users.table }).waitFor()
  })
})
