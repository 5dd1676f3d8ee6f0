import type { Page, Route } from 'playwright-core'
import { texts } from '../../../src/web/admin/texts.ts'
import type { Photographer } from '../screenshots.ts'

/** Where the administration is, and who may see it. */
interface Visit {
  readonly url: string
  readonly password: string
}

/** Every page, state and question of the administration. Nothing is ended for it: the next look shows the same. */
export async function photographAdministration(by: Photographer, { url, password }: Visit): Promise<void> {
  const { page } = by
  await page.goto(`${url}/admin`)
  await by.shoot('admin-no-rights')
  await page.context().clearCookies()
  await page.goto(`${url}/admin`)
  await page.getByLabel(texts.signIn.email).waitFor()
  await by.shoot('admin-sign-in')
  await page.getByLabel(texts.signIn.email).fill('admin@localhost')
  await page.getByLabel(texts.signIn.password, { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: texts.sections.overview }).first().waitFor()
  await photographOverview(by, url)
  await photographSections(by, url)
  await photographOne(by, url)
  await photographPassword(by, url)
  await photographEndings(by, url)
  await photographFailures(by, url)
}

async function photographOverview(by: Photographer, url: string): Promise<void> {
  const { page } = by
  for (const period of ['day', 'hour', 'week', 'month']) {
    await page.goto(`${url}/admin?period=${period}`)
    await page.getByRole('heading', { name: texts.overview.endingChart }).waitFor()
    await by.shoot(`admin-overview-${period}`)
  }
  await page.getByRole('button', { name: texts.overview.table }).first().click()
  await by.shoot('admin-overview-figures')
}

async function photographSections(by: Photographer, url: string): Promise<void> {
  const { page } = by
  for (const section of ['live', 'sessions', 'users', 'everyone'] as const) {
    await page.goto(`${url}/admin/${section}`)
    await page.getByRole('heading', { name: texts.sections[section] }).first().waitFor()
    await by.shoot(`admin-${section}`, { whole: false })
  }
  await by.shootDialog('admin-everyone-confirm', page.getByRole('button', { name: texts.everyone.open }))
  await page.goto(`${url}/admin/sessions`)
  await page.getByRole('button', { name: texts.sessions.showFilters }).click()
  await by.shoot('admin-filters', { whole: false })
  const menu = page.getByRole('button', { name: texts.frame.openMenu })
  if (await menu.isVisible()) {
    await menu.click()
    await by.shoot('admin-menu', { whole: false })
  }
  await page.goto(`${url}/admin/sessions?country=AQ`)
  await by.shoot('admin-sessions-none', { whole: false })
  await page.goto(`${url}/admin/users?after=nonsense`)
  await page.getByText(texts.sessions.badPage).waitFor()
  await by.shoot('admin-users-bad-page', { whole: false })
}

/** One session and one user, with what can be done about them. */
async function photographOne(by: Photographer, url: string): Promise<void> {
  const { page } = by
  const button = (name: string) => page.getByRole('main').getByRole('button', { name, exact: true })
  for (const section of ['sessions', 'users'] as const) {
    await page.goto(`${url}/admin/${section}`)
    await page.getByRole('main').locator(`a[href^="/admin/${section}/"]`).first().click()
    await by.shoot(`admin-${section}-one`)
  }
  await by.shootDialog('admin-disable', button(texts.user.disable))
  await page.goto(`${url}/admin/sessions?state=active&flagged=yes`)
  await page.getByRole('main').locator('a[href^="/admin/sessions/"]').first().click()
  await button(texts.session.end).waitFor()
  await by.shoot('admin-sessions-flagged')
  await by.shootDialog('admin-end-one', button(texts.session.end))
  await page.getByRole('main').locator('a[href^="/admin/users/"]').first().click()
  await by.shootDialog('admin-end-all-of-one', button(texts.user.endAll))
}

/** The question for the password, which the server asks once it has been a while. */
async function photographPassword(by: Photographer, url: string): Promise<void> {
  const { page } = by
  const error = { message: 'Present a factor first.', extensions: { code: 'VERIFICATION_REQUIRED' } }
  const stop = await answering(page, 'query Users', (route) => route.fulfill({ json: { errors: [error] } }))
  await page.goto(`${url}/admin/users`)
  await page.getByRole('dialog', { name: texts.verify.title }).waitFor()
  await by.shoot('admin-password', { whole: false })
  await page.getByLabel(texts.verify.password).fill('not the password')
  await page.keyboard.press('Enter')
  await page.getByText(texts.verify.wrong).waitFor()
  await by.shoot('admin-password-wrong', { whole: false })
  await page.keyboard.press('Escape')
  await page.getByText(texts.failures.cancelledTitle).first().waitFor()
  await by.shoot('admin-password-not-given', { whole: false })
  await stop()
}

/** The end of all that fit, from the question to what came of it. */
async function photographEndings(by: Photographer, url: string): Promise<void> {
  const { page } = by
  const dialog = page.locator('dialog[open]').last()
  const open = async (filter: string) => {
    await page.goto(`${url}/admin/sessions?${filter}`)
    await page.getByRole('button', { name: texts.matching.open }).click()
    await dialog.getByLabel(texts.reason.label).waitFor()
  }
  const submit = async () => {
    await dialog.getByLabel(texts.reason.label).fill('a stolen list')
    await page.keyboard.press('Enter')
  }
  await open('country=AQ')
  await dialog.getByText(texts.matching.previewNone).waitFor()
  await by.shoot('admin-end-matching-none', { whole: false })
  await open('country=DE&device=PHONE&created-before=2030-01-01T00:00:00.000Z')
  await dialog.getByText(/that go on fit/).waitFor()
  await by.shoot('admin-end-matching', { whole: false })
  await page.keyboard.press('Enter')
  await dialog.getByText(texts.reason.missing).waitFor()
  await by.shoot('admin-end-matching-no-reason', { whole: false })
  // two batches of a great list, then the connection goes, and then the last batch; nothing ends for it
  const batchOf = (hasMore: boolean) => ({
    data: { revokeSessions: { __typename: 'RevokeSessionsSuccess', revokedCount: 40, hasMore } },
  })
  const held = Promise.withResolvers<void>()
  let batches = 0
  const stop = await answering(page, 'mutation RevokeSessions', async (route) => {
    if (++batches !== 3) return route.fulfill({ json: batchOf(batches < 3) })
    await held.promise
    return route.abort()
  })
  await submit()
  await dialog.getByText(texts.matching.progress(80)).waitFor()
  await by.shoot('admin-end-matching-runs', { whole: false })
  await dialog.getByRole('button', { name: texts.matching.stop }).click()
  await by.shoot('admin-end-matching-stops', { whole: false })
  held.resolve()
  await dialog.getByText(texts.matching.broken(80)).waitFor()
  await by.shoot('admin-end-matching-broken', { whole: false })
  await dialog.getByRole('button', { name: texts.matching.again }).click()
  await dialog.getByText(texts.matching.done(120)).waitFor()
  await by.shoot('admin-end-matching-done', { whole: false })
  await stop()
}

async function photographFailures(by: Photographer, url: string): Promise<void> {
  const { page } = by
  await page.goto(`${url}/admin/sessions`)
  await page.getByRole('main').locator('a[href^="/admin/sessions/"]').first().waitFor()
  await by.goOffline(true)
  await by.shoot('admin-offline', { whole: false })
  await by.goOffline(false)
}

/** Answers an operation in the server's place. @returns how to end it */
async function answering(
  page: Page,
  operation: string,
  answer: (route: Route) => Promise<void>,
): Promise<() => Promise<void>> {
  const handle = (route: Route) =>
    route.request().postData()?.includes(operation) ? answer(route) : route.fallback()
  await page.route('**/graphql', handle)
  return () => page.unroute('**/graphql', handle)
}
