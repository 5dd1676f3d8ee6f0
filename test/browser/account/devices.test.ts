import { describe, expect, test } from 'vitest'
import { anyEmail, Browser, PASSWORD } from '../../kit/browser.ts'
import { type AccountTab, texts, useAccountPage } from './kit.ts'

const FIREFOX = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0'
const LABEL = 'Firefox on macOS'

/** What is pushed is there within this (milliseconds), give or take what looking takes. */
const AT_ONCE = 1_000

describe('the devices', () => {
  const use = useAccountPage()

  /** Another device of the person, without a page. */
  async function elsewhere(email: string): Promise<Browser> {
    const other = new Browser(use.app)
    const input = { email, password: PASSWORD }
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }'
    await other.send({ query, variables: { input } }, { 'User-Agent': FIREFOX })
    return other
  }

  test('show a sign-in elsewhere at once, and its end', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    const other = await elsewhere(email)
    await expect.poll(() => tab.others.allTextContents(), { timeout: AT_ONCE }).toEqual([LABEL])
    await tab.page.getByText(texts.devices.newDevice, { exact: true }).waitFor()
    await tab.page.getByText(texts.devices.activeJustNow).waitFor()
    expect(await tab.page.getByRole('status').allTextContents()).toContain(texts.devices.appeared(LABEL))
    await other.send({ query: 'mutation { signOut { __typename } }' })
    await expect.poll(() => tab.others.count(), { timeout: AT_ONCE }).toBe(0)
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
  })

  test('show what was noticed in one of them at once', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const other = await elsewhere(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    const id =
      Buffer.from((await other.currentSessionId()) ?? '', 'base64url')
        .toString()
        .split(':')[1] ?? ''
    const { accounts } = use.app.server.house
    await use.database.database.transaction(async (transaction) => {
      await accounts.sessions.flag(transaction, id, {
        kind: 'RETRIED_FROM_ANOTHER_COUNTRY',
        occurredAt: use.app.clock.now(),
        network: null,
      })
    })
    await tab.page.getByText(texts.devices.anomalies, { exact: true }).waitFor({ timeout: AT_ONCE })
    await tab.page.getByText(texts.anomalies['RETRIED_FROM_ANOTHER_COUNTRY'] ?? 'none').waitFor()
    await tab.page.getByRole('alert').getByText(texts.anomalyBanner(1)).waitFor()
  })

  test('are no new sign-ins because something is told of them while the list is not there yet', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const other = await elsewhere(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    const id =
      Buffer.from((await other.currentSessionId()) ?? '', 'base64url')
        .toString()
        .split(':')[1] ?? ''
    let isAway = true
    await tab.page.route('**/graphql', (route) =>
      isAway && route.request().postData()?.includes('LiveSessions') ? route.abort() : route.continue(),
    )
    await tab.page.reload()
    await tab.page.getByText(texts.liveness.live).waitFor()
    const { accounts } = use.app.server.house
    await use.database.database.transaction(async (transaction) => {
      isAway = false
      await accounts.sessions.flag(transaction, id, {
        kind: 'RETRIED_FROM_ANOTHER_COUNTRY',
        occurredAt: use.app.clock.now(),
        network: null,
      })
    })
    await tab.page.getByText(texts.devices.anomalies, { exact: true }).waitFor()
    expect(await tab.page.getByRole('status').allTextContents()).not.toContain(texts.devices.appeared(LABEL))
  })

  test('are asked about until the answer is there: what was sent cannot be cancelled', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const other = await elsewhere(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    const held = Promise.withResolvers<void>()
    await tab.page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('reverify')) await held.promise
      await route.continue()
    })
    await tab.page.getByRole('button', { name: /^Sign out Firefox/ }).click()
    await tab.confirm(texts.verify.actions.REVOKE_SESSION.submit)
    await tab.dialog.getByText(texts.verify.underWay).waitFor({ state: 'attached' })
    expect(await tab.dialog.getByRole('button', { name: texts.verify.cancel }).isDisabled()).toBe(true)
    expect(await tab.dialog.getByRole('button', { name: texts.frame.close }).isDisabled()).toBe(true)
    for (let times = 0; times < 3; times++) await tab.page.keyboard.press('Escape')
    await expect.poll(() => tab.dialog.count()).toBe(1)
    expect(await other.currentSessionId()).not.toBeNull()
    held.resolve()
    await expect.poll(() => tab.dialog.count()).toBe(0)
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    expect(await other.currentSessionId()).toBeNull()
  })

  test('are not signed out by a question that was cancelled', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const other = await elsewhere(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    const sent = use.front.requests.length
    await tab.button(texts.devices.endOthers).click()
    await tab.dialog.getByLabel(texts.verify.password).fill(PASSWORD)
    await tab.dialog.getByRole('button', { name: texts.verify.cancel }).click()
    await expect.poll(() => tab.dialog.count()).toBe(0)
    expect(use.front.requests.slice(sent).filter((body) => body.includes('mutation'))).toEqual([])
    expect(await other.currentSessionId()).not.toBeNull()
  })

  test('are ended one by one with the password, and the page goes on under its new session', async () => {
    const device = await use.device()
    const tab = await device.tab()
    const email = await tab.signUp()
    const beside = await (await device.tab()).open()
    await beside.heading(texts.devices.title).waitFor()
    const other = await elsewhere(email)
    await elsewhere(email)
    await expect.poll(() => tab.others.count()).toBe(2)
    await tab.page
      .getByRole('button', { name: /^Sign out Firefox/ })
      .last()
      .click()
    await tab.confirm(texts.verify.actions.REVOKE_SESSION.submit, 'not the password')
    await tab.dialog.getByText(texts.failures.wrongPassword).waitFor()
    await tab.confirm(texts.verify.actions.REVOKE_SESSION.submit)
    await expect.poll(() => tab.dialog.count()).toBe(0)
    expect(await tab.others.count()).toBe(1)
    expect(await other.currentSessionId()).toBeNull()
    // the button that was pressed is gone with its session
    expect(await tab.focused()).toBe(texts.devices.othersCount(1))
    await tab.page.getByRole('status').getByText(texts.done.ended(LABEL)).waitFor({ state: 'attached' })
    // the session was replaced by that, here and in the tab beside
    for (const each of [tab, beside]) {
      await expect.poll(() => each.others.count()).toBe(1)
      await each.front()
      await each.page.getByRole('link', { name: texts.sections.history }).click()
      await each.page.getByText(texts.endReasons.REVOKED_BY_USER).waitFor()
      await each.page.getByText(texts.endReasons.REPLACED).waitFor()
    }
  })

  test('are signed out all but this one', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const others = [await elsewhere(email), await elsewhere(email), await elsewhere(email)]
    await expect.poll(() => tab.others.count()).toBe(3)
    await tab.button(texts.devices.endOthers).click()
    await tab.confirm(texts.verify.actions.REVOKE_OTHER_SESSIONS.submit)
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    for (const other of others) expect(await other.currentSessionId()).toBeNull()
    await tab.page.getByRole('status').getByText(texts.done.endedOthers(3)).waitFor({ state: 'attached' })
  })

  test('are signed out everywhere without a password, and every tab says so within a second', async () => {
    const [laptop, phone] = [await use.device(), await use.device()]
    const first = await laptop.tab()
    const email = await first.signUp()
    const second = await (await laptop.tab()).open('#settings')
    const third = await phone.tab()
    await third.signIn(email)
    await expect.poll(() => first.others.count()).toBe(1)
    await second.heading(texts.settings.title).waitFor()
    await third.button(texts.devices.endEverywhere).click()
    await third.dialog.getByRole('button', { name: texts.everywhere.submit }).click()
    await third.page.getByText(texts.ended.SIGNED_OUT_EVERYWHERE).waitFor()
    for (const tab of [first, second]) {
      await tab.page.getByText(texts.ended.SIGNED_OUT_EVERYWHERE).waitFor({ timeout: AT_ONCE })
      // it may be a computer of others, on which the session was left open
      expect(await tab.page.content()).not.toContain(email)
      expect(await tab.page.getByLabel(texts.signIn.email).inputValue()).toBe('')
    }
    expect(await third.page.getByLabel(texts.signIn.email).inputValue()).toBe('')
    await second.front()
    await second.fillSignIn(email)
    await second.page.keyboard.press('Enter')
    await second.heading(texts.settings.title).waitFor()
    await first.heading(texts.devices.title).waitFor()
  })

  test('say at once why one of them was ended from another', async () => {
    const laptop = await use.device()
    const tabs = [await laptop.tab(), await laptop.tab()] as const
    const email = await tabs[0].signUp()
    await tabs[1].open('#history')
    await tabs[1].heading(texts.history.title).waitFor()
    const phone = await (await use.device()).tab()
    await phone.signIn(email)
    await phone.front()
    await phone.page.getByRole('button', { name: /^Sign out Chrome/ }).click()
    await phone.confirm(texts.verify.actions.REVOKE_SESSION.submit)
    await expect.poll(() => phone.dialog.count()).toBe(0)
    for (const tab of tabs) {
      await expectSignedOut(tab, texts.ended.REVOKED_BY_USER)
      // only the password is to be typed
      expect(await tab.page.getByLabel(texts.signIn.email).inputValue()).toBe(email)
      expect(await tab.focused()).toBe(texts.signIn.password)
    }
  })

  test('leave nothing of one person for the next', async () => {
    const device = await use.device()
    const tab = await device.tab()
    const first = await tab.signUp()
    await elsewhere(first)
    await expect.poll(() => tab.others.count()).toBe(1)
    await tab.page.getByRole('link', { name: texts.sections.settings }).click()
    await tab.page.getByLabel(texts.settings.newPassword, { exact: true }).fill('a secret half typed')
    const beside = await (await device.tab()).open()
    await beside.heading(texts.devices.title).waitFor()
    await beside.button(texts.frame.signOut).click()
    await expectSignedOut(tab, texts.ended.SIGNED_OUT)
    await expectSignedOut(beside, texts.ended.SIGNED_OUT)
    const second = await beside.signUp()
    await tab.front()
    await tab.heading(texts.settings.title).waitFor()
    expect(await tab.page.content()).toContain(second)
    expect(await tab.page.content()).not.toContain(first)
    expect(await tab.page.getByLabel(texts.settings.newPassword, { exact: true }).inputValue()).toBe('')
    await tab.page.getByRole('link', { name: texts.sections.devices }).click()
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
  })

  test('are not remembered past the sign-out', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    await elsewhere(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    await tab.button(texts.frame.signOut).click()
    await tab.page.getByText(texts.ended.SIGNED_OUT).waitFor()
    // what is not asked for anew can only be what was kept
    await tab.page.route('**/graphql', (route) =>
      route.request().postData()?.includes('LiveSessions') ? undefined : route.continue(),
    )
    await tab.fillSignIn(email)
    await tab.button(texts.signIn.again).click()
    await tab.heading(texts.devices.title).waitFor()
    await tab.page.getByRole('status').getByText(texts.frame.loading).waitFor({ state: 'attached' })
    expect(await tab.page.content()).not.toContain(LABEL)
  })

  test('are those of whoever the browser belongs to, when a form elsewhere signs somebody else in', async () => {
    const device = await use.device()
    const tab = await device.tab()
    const first = await tab.signUp()
    const second = anyEmail()
    await new Browser(use.app).signUp(second)
    await tab.page.getByRole('link', { name: texts.sections.settings }).click()
    const typed = tab.page.getByLabel(texts.settings.newPassword, { exact: true })
    await typed.fill('a secret half typed')
    const beside = await (await device.tab()).open('#settings')
    await beside.heading(texts.settings.title).waitFor()
    // in the names of the page, and not by its client
    await beside.page.evaluate(
      async ([email, password]) => {
        const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }'
        const body = JSON.stringify({ query, variables: { input: { email, password } } })
        await fetch('/graphql', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
      },
      [second, PASSWORD] as const,
    )
    for (const each of [tab, beside]) {
      await each.front()
      await each.page.getByRole('definition').getByText(second).waitFor()
      expect(await each.page.content()).not.toContain(first)
    }
    expect(await typed.inputValue()).toBe('')
  })

  test('can be ended by keyboard alone, and the focus comes back', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    await elsewhere(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    const end = tab.page.getByRole('button', { name: /^Sign out Firefox/ })
    await end.focus()
    const before = await tab.focused()
    await tab.page.keyboard.press('Enter')
    await expect.poll(() => tab.focused()).toBe(texts.verify.password)
    // the focus stays inside
    for (let presses = 0; presses < 8; presses++) {
      await tab.page.keyboard.press('Tab')
      expect(await tab.page.evaluate(() => document.activeElement?.closest('dialog, body')?.tagName)).toMatch(
        /DIALOG|BODY/,
      )
      expect(await tab.page.evaluate(() => document.activeElement?.closest('header, main li'))).toBeNull()
    }
    await tab.page.keyboard.press('Escape')
    await expect.poll(() => tab.dialog.count()).toBe(0)
    expect(await tab.focused()).toBe(before)
    await tab.page.keyboard.press('Enter')
    await expect.poll(() => tab.focused()).toBe(texts.verify.password)
    await tab.page.keyboard.type(PASSWORD)
    await tab.page.keyboard.press('Enter')
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
  })

  test('are not asked for while nobody looks, so that the session can become idle', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    const show = (state: DocumentVisibilityState) =>
      tab.page.evaluate((state) => {
        Object.defineProperty(document, 'visibilityState', { get: () => state, configurable: true })
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
      }, state)
    await show('hidden')
    const sent = use.front.requests.length
    const beside = new Browser(use.app)
    await beside.signIn(email)
    // longer than it takes where somebody looks
    await tab.page.waitForTimeout(AT_ONCE)
    expect(use.front.requests.slice(sent)).toEqual([])
    expect(await tab.others.count()).toBe(0)
    await show('visible')
    await expect.poll(() => tab.others.count()).toBe(1)
  })

  test('are read in the background by themselves, and in the foreground for whoever asks', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    const background: boolean[] = []
    tab.page.on('request', (request) => {
      if (/query \w+Sessions/.test(request.postData() ?? ''))
        background.push(request.headers()['curfew-background'] === '?1')
    })
    await elsewhere(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    await tab.page.evaluate(() => window.dispatchEvent(new Event('online')))
    await expect.poll(() => background.length).toBeGreaterThan(1)
    expect(background).not.toContain(false)
    background.length = 0
    await tab.page.getByRole('link', { name: texts.sections.history }).click()
    await tab.page.getByText(texts.history.empty).waitFor()
    expect(background).toEqual([false])
  })

  test('show by the hundred, some at a time', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const template = await elsewhere(email)
    expect(await template.currentSessionId()).not.toBeNull()
    for (let begun = 0; begun < 11; begun++)
      await Promise.all(Array.from({ length: 5 }, () => elsewhere(email)))
    await tab.open()
    await tab.heading(texts.devices.othersAtLeast(50)).waitFor()
    await tab.button(texts.devices.more).click()
    await tab.heading(texts.devices.othersCount(56)).waitFor()
    expect(await tab.others.count()).toBe(56)
  })

  test('show what was noticed in one of them', async () => {
    const tab = await (await use.device()).tab()
    const email = await tab.signUp()
    const { queries } = use.database.database
    await elsewhere(email)
    await expect.poll(() => tab.others.count()).toBe(1)
    const noticed = { kind: 'REFRESH_TOKEN_REUSED', network: null, occurredAt: new Date().toISOString() }
    await queries.execute(
      `UPDATE sessions SET anomalies = '${JSON.stringify([noticed])}' WHERE device_label = '${LABEL}'`,
    )
    await tab.open()
    await tab.page.getByText(texts.anomalyBanner(1)).waitFor()
    await tab.page.getByText(texts.anomalies['REFRESH_TOKEN_REUSED'] ?? '').waitFor()
  })
})

async function expectSignedOut(tab: AccountTab, message: string): Promise<void> {
  await tab.page.getByText(message).waitFor({ timeout: AT_ONCE })
}
