import { describe, expect, test } from 'vitest'
import { anyEmail, Browser } from '../../kit/browser.ts'
import { texts, useAccountPage } from './kit.ts'

describe('the way in', () => {
  const use = useAccountPage()

  test('makes an account, signs out, and signs in again', async () => {
    const device = await use.device()
    const tab = await device.tab()
    const email = await tab.signUp()
    await tab.page.getByText(texts.devices.nobodyElse).waitFor()
    await tab.button(texts.frame.signOut).click()
    await tab.page.getByText(texts.ended.SIGNED_OUT).waitFor()
    // who leaves by themselves leaves nothing behind
    expect(await tab.page.getByLabel(texts.signIn.email).inputValue()).toBe('')
    await tab.fillSignIn(email)
    await tab.button(texts.signIn.again).click()
    await tab.heading(texts.devices.title).waitFor()
    await tab.page.reload()
    await tab.heading(texts.devices.title).waitFor()
  })

  test('says at the field what is missing or wrong, and goes there', async () => {
    const tab = await (await use.device()).tab()
    await tab.open()
    await tab.button(texts.signIn.submit).click()
    await tab.page.getByText(texts.signIn.missingEmail).waitFor()
    expect(await tab.focused()).toBe(texts.signIn.email)
    await tab.page.getByLabel(texts.signIn.email).fill('nobody')
    await tab.button(texts.signIn.submit).click()
    await tab.page.getByText(texts.signIn.malformedEmail).waitFor()
    await tab.page.getByLabel(texts.signIn.email).fill('nobody@example.com')
    await tab.button(texts.signIn.submit).click()
    await tab.page.getByText(texts.signIn.missingPassword).waitFor()
    expect(await tab.focused()).toBe(texts.signIn.password)
    await tab.page.keyboard.type('not the password')
    await tab.page.keyboard.press('Enter')
    await tab.page.getByRole('alert').getByText('The e-mail address or the password is not right.').waitFor()
    expect(await tab.focused()).toBe(texts.signIn.password)
  })

  test('says why a new password may not be used, and that an address is taken', async () => {
    const taken = anyEmail()
    await new Browser(use.app).signUp(taken)
    const tab = await (await use.device()).tab()
    await tab.open('#sign-up')
    await tab.page.getByLabel(texts.signIn.email).fill(anyEmail())
    const password = tab.page.getByLabel(texts.signUp.password, { exact: true })
    await password.fill('short')
    await tab.button(texts.signUp.submit).click()
    await tab.page.getByText(texts.signUp.tooShort(3)).waitFor()
    await password.fill('password1')
    await tab.button(texts.signUp.submit).click()
    await tab.page.getByText('among the most common ones').waitFor()
    expect(await tab.focused()).toBe(texts.signUp.password)
    await password.fill('six blue herons at dawn')
    await tab.page.getByLabel(texts.signIn.email).fill(taken)
    await tab.button(texts.signUp.submit).click()
    await tab.page.getByText('There is an account with this e-mail address already').waitFor()
    expect(await tab.focused()).toBe(texts.signIn.email)
  })

  test('keeps the cookie only for as long as the person wants', async () => {
    const email = anyEmail()
    await new Browser(use.app).signUp(email)
    const device = await use.device()
    const tab = await device.tab()
    await tab.open()
    await tab.fillSignIn(email)
    await tab.page.getByLabel(texts.signIn.remember).uncheck()
    await tab.button(texts.signIn.submit).click()
    await tab.heading(texts.devices.title).waitFor()
    const [forgotten] = await tab.page.context().cookies()
    expect(forgotten?.expires).toBe(-1)
    await tab.button(texts.frame.signOut).click()
    await tab.fillSignIn(email)
    await tab.button(texts.signIn.again).click()
    await tab.heading(texts.devices.title).waitFor()
    const [kept] = await tab.page.context().cookies()
    expect(kept?.expires).toBeGreaterThan(Date.now() / 1_000 + 86_400)
  })

  test('counts down after too many attempts, and lets in when it is over', async () => {
    const email = anyEmail()
    await new Browser(use.app).signUp(email)
    const tab = await (await use.device()).tab()
    await tab.open()
    const slowed = tab.page.getByText(/Too many attempts\. Try again in/)
    for (let guesses = 0; guesses < 9 && !(await slowed.isVisible()); guesses++) {
      await tab.fillSignIn(email, `guess ${guesses}`)
      const answered = tab.page.waitForResponse((response) => response.url().endsWith('/graphql'))
      await tab.button(texts.signIn.submit).click()
      await answered
      await tab.page
        .getByRole('alert')
        .getByText(/not right|Too many/)
        .waitFor()
    }
    await slowed.waitFor()
    await tab.page.getByText(texts.failures.tooManyAttemptsOver).waitFor()
    await tab.fillSignIn(email)
    await tab.button(texts.signIn.submit).click()
    await tab.heading(texts.devices.title).waitFor()
  })

  test('can be gone by keyboard alone', async () => {
    const email = anyEmail()
    await new Browser(use.app).signUp(email)
    const tab = await (await use.device()).tab()
    await tab.open()
    await expect.poll(() => tab.focused()).toBe(texts.signIn.email)
    await tab.page.keyboard.type(email)
    await tab.page.keyboard.press('Tab')
    await tab.page.keyboard.type('correct horse battery')
    await tab.page.keyboard.press('Tab')
    expect(await tab.focused()).toBe(texts.signIn.show)
    await tab.page.keyboard.press('Space')
    expect(await tab.page.getByLabel(texts.signIn.password, { exact: true }).getAttribute('type')).toBe(
      'text',
    )
    await tab.page.keyboard.press('Tab')
    await tab.page.keyboard.press('Space')
    expect(await tab.page.getByLabel(texts.signIn.remember).isChecked()).toBe(false)
    await tab.page.keyboard.press('Tab')
    await tab.page.keyboard.press('Enter')
    await tab.heading(texts.devices.title).waitFor()
    await tab.page.keyboard.press('Tab')
    expect(await tab.focused()).not.toBe('')
  })

  test('keeps in the address which part is open, and goes back', async () => {
    const tab = await (await use.device()).tab()
    await tab.signUp()
    await tab.page.getByRole('link', { name: texts.sections.history }).click()
    await tab.heading(texts.history.title).waitFor()
    expect(new URL(tab.page.url()).hash).toBe('#history')
    expect(await tab.page.title()).toBe(texts.pageTitle(texts.history.title))
    await tab.page.getByRole('link', { name: texts.sections.settings }).click()
    await tab.heading(texts.settings.title).waitFor()
    await tab.page.goBack()
    await tab.heading(texts.history.title).waitFor()
    await tab.page.reload()
    await tab.heading(texts.history.title).waitFor()
  })
})

describe('where signing up is closed', () => {
  const use = useAccountPage({ environment: { CURFEW_SIGN_UP: 'closed' } })

  test('says so, and what to do', async () => {
    const tab = await (await use.device()).tab()
    await tab.open('#sign-up')
    await tab.heading(texts.signUp.closedTitle).waitFor()
    expect(await tab.page.getByRole('textbox').count()).toBe(0)
    await tab.page.getByRole('link', { name: texts.signUp.closedBack }).click()
    await tab.heading(texts.signIn.title).waitFor()
    await tab.page.getByText(texts.signUp.closedHint).waitFor()
    expect(await tab.page.getByRole('link', { name: texts.signIn.toSignUp }).count()).toBe(0)
  })

  test('offers no form before it is known whether there is one, and moves nothing when it is', async () => {
    const tab = await (await use.device()).tab()
    const held = Promise.withResolvers<void>()
    await tab.page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('signUpIsOpen')) await held.promise
      await route.continue()
    })
    await tab.open()
    await tab.heading(texts.signIn.title).waitFor()
    const before = await tab.button(texts.signIn.submit).boundingBox()
    expect(await tab.page.getByRole('link', { name: texts.signIn.toSignUp }).count()).toBe(0)
    await tab.open('#sign-up')
    await tab.page.getByRole('status').getByText(texts.frame.loading).waitFor({ state: 'attached' })
    expect(await tab.page.getByRole('textbox').count()).toBe(0)
    // without loading it anew
    await tab.open('#')
    await tab.heading(texts.signIn.title).waitFor()
    held.resolve()
    await tab.page.getByText(texts.signUp.closedHint).waitFor()
    expect(await tab.button(texts.signIn.submit).boundingBox()).toEqual(before)
  })

  test('is told by the form too, where it could not be asked', async () => {
    const tab = await (await use.device()).tab()
    await tab.page.route('**/graphql', (route) =>
      route.request().postData()?.includes('signUpIsOpen') ? route.abort() : route.continue(),
    )
    await tab.open('#sign-up')
    await tab.page.getByLabel(texts.signIn.email).fill(anyEmail())
    await tab.page.getByLabel(texts.signUp.password, { exact: true }).fill('six blue herons at dawn')
    await tab.button(texts.signUp.submit).click()
    await tab.heading(texts.signUp.closedTitle).waitFor()
  })
})
