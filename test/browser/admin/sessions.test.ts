import { beforeAll, describe, expect, test } from 'vitest'
import { seedDatabase } from '../../../src/seed/seed.ts'
import { MINUTE, texts, useAdminPage } from './kit.ts'

const { sessions } = texts

describe('the list of sessions', () => {
  const use = useAdminPage()
  beforeAll(async () => {
    const { house } = use.app.server
    await seedDatabase(use.database.database, {
      users: 200,
      sessions: 12_000,
      days: 60,
      seed: 7,
      passwordHash: 'none that fits anything',
      now: use.app.clock.now(),
      policy: house.accounts.sessions.policy,
      placeRetention: 60 * 86_400_000, // ms
      onProgress: () => {},
    })
  })

  test('is narrowed by filters that stand in its address, and back goes back', async () => {
    const { tab } = await use.signedIn('/sessions')
    await expect.poll(() => tab.rows(sessions.table).count()).toBe(50)
    await tab.page.getByRole('radiogroup').getByText(sessions.states.ENDED, { exact: true }).click()
    await expect.poll(() => tab.address).toBe('/sessions?state=ended')
    await tab.button(sessions.showFilters).click()
    await tab.page.getByLabel(sessions.country).fill('de')
    await expect.poll(() => tab.address).toBe('/sessions?state=ended&country=DE')
    await tab.page.getByLabel(sessions.deviceKind).selectOption('PHONE')
    await expect.poll(() => tab.address).toBe('/sessions?state=ended&device=PHONE&country=DE')
    const place = tab.rows(sessions.table).first().getByText('Germany')
    await place.waitFor()
    // whoever is given the link sees the same
    const shared = tab.address
    await tab.open(shared)
    await tab.button(sessions.remove('Country: Germany')).waitFor()
    await tab.page.goBack()
    await expect.poll(() => tab.address).toBe('/sessions?state=ended&country=DE')
    await tab.button(sessions.remove('Country: Germany')).click()
    await expect.poll(() => tab.address).toBe('/sessions?state=ended')
  })

  test('keeps the search for an e-mail address out of its address, and in its history', async () => {
    const { tab } = await use.signedIn('/sessions')
    const { email } = await use.person()
    const field = tab.page.getByRole('searchbox', { name: sessions.search })
    await field.fill(email)
    await expect.poll(() => tab.rows(sessions.table).count()).toBe(1)
    await tab.page.getByText(sessions.count(1)).waitFor()
    expect(tab.address).toBe('/sessions')
    await tab.rows(sessions.table).getByRole('link').first().click()
    await tab.page.getByRole('heading', { name: texts.session.times }).waitFor()
    await tab.page.goBack()
    await expect.poll(() => field.inputValue()).toBe(email)
    await expect.poll(() => tab.rows(sessions.table).count()).toBe(1)
    await tab.page.reload()
    await expect.poll(() => field.inputValue()).toBe(email)
  })

  test('goes through its pages by cursor, and says which one it shows', async () => {
    const { tab } = await use.signedIn('/sessions?state=ended')
    await expect.poll(() => tab.rows(sessions.table).count()).toBe(50)
    await tab.page.getByText(/^[\d,]+\+? sessions$/).waitFor()
    const first = await tab.rows(sessions.table).first().innerText()
    await tab.button(sessions.next).click()
    await tab.page.getByText(sessions.page(2)).waitFor()
    await expect.poll(() => tab.rows(sessions.table).first().innerText()).not.toBe(first)
    await tab.button(sessions.next).click()
    await tab.page.getByText(sessions.page(3)).waitFor()
    await tab.button(sessions.previous).click()
    await tab.page.getByText(sessions.page(2)).waitFor()
    await tab.button(sessions.first).click()
    await tab.page.getByText(sessions.page(1)).waitFor()
    await expect.poll(() => tab.rows(sessions.table).first().innerText()).toBe(first)
  })

  test('is sorted by the head of its table', async () => {
    const { tab } = await use.signedIn('/sessions?state=ended')
    await expect.poll(() => tab.rows(sessions.table).count()).toBe(50)
    const head = tab.page.getByRole('columnheader', { name: sessions.lastActive })
    await head.getByRole('button').click()
    await expect.poll(() => tab.address).toBe('/sessions?state=ended&sort=active')
    await expect.poll(() => head.getAttribute('aria-sort')).toBe('descending')
    await head.getByRole('button').click()
    await expect.poll(() => tab.address).toBe('/sessions?state=ended&sort=active-up')
    await expect.poll(() => head.getAttribute('aria-sort')).toBe('ascending')
    await expect
      .poll(async () => {
        const times = await tab
          .rows(sessions.table)
          .locator('td:nth-child(5) time')
          .evaluateAll((all) => all.map((time) => time.getAttribute('datetime') ?? ''))
        return (
          times.length === 50 && times.every((time, index) => index === 0 || time >= (times[index - 1] ?? ''))
        )
      })
      .toBe(true)
  })

  test('keeps a filter while a date is typed halfway, and drops it when the field is emptied', async () => {
    const { tab } = await use.signedIn('/sessions?created-from=2026-01-02T03:04:00.000Z')
    await tab.button(sessions.showFilters).click()
    const field = tab.page.getByRole('group', { name: sessions.created }).getByLabel(sessions.from)
    await expect.poll(() => field.inputValue()).toMatch(/^2026-01-02T/)
    const before = tab.address
    await field.focus()
    // the first part of the date goes
    await tab.page.keyboard.press('Backspace')
    await expect.poll(() => field.evaluate((input: HTMLInputElement) => input.validity.badInput)).toBe(true)
    await tab.page.keyboard.press('Tab')
    for (let part = 0; part < 8; part++) await tab.page.keyboard.press('Tab')
    await tab.page.getByText(sessions.halfTyped).waitFor()
    expect(tab.address).toBe(before)
    await field.fill('2026-05-06T07:08')
    await expect.poll(() => tab.address).toContain('created-from=2026-05-0')
    await field.fill('')
    await expect.poll(() => tab.address).toBe('/sessions')
  })

  test('recovers from addresses that cannot be meant, and says so', async () => {
    const { tab } = await use.signedIn('/sessions?state=ended&after=nonsense')
    await tab.page.getByText(sessions.badPage).waitFor()
    await expect.poll(() => tab.address).toBe('/sessions?state=ended')
    await expect.poll(() => tab.rows(sessions.table).count()).toBe(50)
    await tab.open('/sessions?network=nonsense&country=DE')
    await tab.page.getByText(sessions.badNetwork).waitFor()
    await expect.poll(() => tab.address).toBe('/sessions?country=DE')
    await tab.open('/sessions?state=gone&country=1234&device=TOASTER')
    await expect.poll(() => tab.rows(sessions.table).count()).toBe(50)
    await tab.open('/users?after=nonsense')
    await tab.page.getByText(sessions.badPage).waitFor()
    await expect.poll(() => tab.address).toBe('/users')
    await tab.page.getByRole('table', { name: texts.users.table }).waitFor()
    await tab.open('/sessions/nonsense')
    await tab.heading(texts.session.missing).waitFor()
    await tab.open('/users/nonsense')
    await tab.heading(texts.user.missing).waitFor()
    await tab.open('/nowhere')
    await tab.heading(texts.missing.title).waitFor()
  })

  test('says what to do where nothing fits', async () => {
    const { tab } = await use.signedIn('/sessions?browser=Nobody%27s')
    await tab.page.getByText(sessions.none, { exact: true }).waitFor()
    await tab.page.getByRole('main').getByRole('button', { name: sessions.clear }).last().click()
    await expect.poll(() => tab.rows(sessions.table).count()).toBe(50)
  })

  test('is the preview of what is ended: batch by batch, after the password, with a reason, and can be stopped', {
    timeout: 120_000,
  }, async () => {
    const { tab } = await use.signedIn('/sessions')
    const open = tab.button(texts.matching.open)
    await expect.poll(() => open.getAttribute('aria-disabled')).toBe('true')
    // why it is off is written beside it, and read out with it
    await tab.page.getByText(texts.matching.needsFilter).waitFor()
    const hint = (await open.getAttribute('aria-describedby')) ?? ''
    expect(await tab.page.locator(`[id="${hint}"]`).innerText()).toContain(texts.matching.needsFilter)
    const before = new Date(Date.now() - 60 * MINUTE).toISOString()
    await tab.open(`/sessions?created-before=${before}`)
    await expect.poll(() => tab.rows(sessions.table).count()).toBe(50)
    use.app.clock.advance(31 * MINUTE)
    await open.click()
    await tab.confirm()
    const preview = tab.dialog.getByText(/that go on fit the filter/)
    await preview.waitFor()
    const expected = Number(/^[\d,]+/.exec(await preview.innerText())?.[0].replace(',', ''))
    // more than one batch, or there is nothing to be stopped
    expect(expected).toBeGreaterThan(1_000)
    await tab.dialog.getByText(`${sessions.created} ${sessions.before}`).waitFor()
    await tab.dialog.getByRole('button', { name: texts.matching.submit(expected) }).click()
    await tab.dialog.getByText(texts.reason.missing).waitFor()
    await tab.dialog.getByLabel(texts.reason.label).fill('a stolen list')
    // somebody looks on
    const { tab: onlooker } = await use.signedIn('/live')
    await onlooker.page.getByText(texts.live.statuses.live, { exact: true }).last().waitFor()
    // the first batch is on its way until somebody has asked to stop
    const asked = Promise.withResolvers<void>()
    await tab.page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('RevokeSessions')) await asked.promise
      await route.continue()
    })
    await tab.dialog.getByRole('button', { name: texts.matching.submit(expected) }).click()
    await tab.dialog.getByRole('button', { name: texts.matching.stop, exact: true }).click()
    await tab.dialog.getByText(texts.matching.stopping).waitFor()
    asked.resolve()
    await tab.dialog.getByText(/^Stopped: [\d,]+ sessions ended/).waitFor({ timeout: 30_000 })
    await tab.dialog.getByRole('button', { name: texts.matching.again }).click()
    await tab.dialog.getByText(/^Done: [\d,]+ sessions ended\.$/).waitFor({ timeout: 30_000 })
    await tab.dialog.getByRole('button', { name: texts.matching.close, exact: true }).last().click()
    // however much happens, what is shown of it is bounded
    await onlooker.page.getByText(texts.live.bounded(500)).waitFor()
    expect(
      await onlooker.page.getByRole('list', { name: texts.live.feed }).getByRole('listitem').count(),
    ).toBe(500)
    await tab.open(`/sessions?state=active&created-before=${before}`)
    await tab.page.getByText(sessions.none, { exact: true }).waitFor()
  })
})
