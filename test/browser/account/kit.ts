import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { texts } from '../../../src/web/account/texts.ts'
import { startApp, type TestApp } from '../../kit/app.ts'
import { anyEmail, PASSWORD } from '../../kit/browser.ts'
import { launchChromium } from '../../kit/chromium.ts'
import { openTestDatabase, type TestDatabase } from '../../kit/databases.ts'
import { type Front, startFront } from '../../kit/front.ts'

export { texts }

/** One tab with the account page in it. */
export class AccountTab {
  readonly page: Page
  readonly #url: string

  constructor(page: Page, url: string) {
    this.page = page
    this.#url = url
  }

  /** Opens the page, at one of its parts: `#history`. */
  async open(fragment = ''): Promise<this> {
    await this.page.goto(`${this.#url}/${fragment}`)
    return this
  }

  /** As a person does before they touch anything: a tab behind others draws once a second. */
  async front(): Promise<this> {
    await this.page.bringToFront()
    return this
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { name, exact: true })
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  /** The question that is open. */
  get dialog(): Locator {
    return this.page.locator('dialog[open]')
  }

  /** Where somebody is signed in elsewhere, by the names of the devices. */
  get others(): Locator {
    return this.page.getByRole('list', { name: texts.devices.others }).getByRole('heading')
  }

  async signUp(email = anyEmail()): Promise<string> {
    await this.open('#sign-up')
    await this.page.getByLabel(texts.signIn.email).fill(email)
    await this.page.getByLabel(texts.signUp.password, { exact: true }).fill(PASSWORD)
    await this.button(texts.signUp.submit).click()
    await this.heading(texts.devices.title).waitFor()
    return email
  }

  async fillSignIn(email: string, password = PASSWORD): Promise<void> {
    await this.page.getByLabel(texts.signIn.email).fill(email)
    await this.page.getByLabel(texts.signIn.password, { exact: true }).fill(password)
  }

  async signIn(email: string): Promise<void> {
    await this.open()
    await this.fillSignIn(email)
    await this.button(texts.signIn.submit).click()
    await this.heading(texts.devices.title).waitFor()
  }

  /** Gives the password to the question that is open, and presses its button. */
  async confirm(submit: string, password = PASSWORD): Promise<void> {
    await this.dialog.getByLabel(texts.verify.password).fill(password)
    await this.dialog.getByRole('button', { name: submit, exact: true }).click()
  }

  /** The text of the element that has the focus, or its label. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const element = document.activeElement
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null
      return label ?? element?.getAttribute('aria-label') ?? element?.textContent ?? ''
    })
  }
}

/** A server with its pages, what is before it, and a browser. */
export interface Use {
  readonly app: TestApp
  readonly front: Front
  readonly database: TestDatabase
  /** A device of a person: a browser with cookies of its own. What it complains about fails the test. */
  device(options?: BrowserContextOptions): Promise<Device>
}

/** A browser with cookies of its own. */
export interface Device {
  /** @param url of another server than the one that the tests share */
  tab(url?: string): Promise<AccountTab>
}

/** Starts what the tests of a file share. */
export function useAccountPage(options: Parameters<typeof startApp>[1] = {}): Use {
  const use: { -readonly [Key in keyof Use]?: Use[Key] } = {}
  let browser: Browser | undefined
  beforeAll(async () => {
    use.database = await openTestDatabase('embedded')
    use.app = await startApp(use.database, options)
    use.front = await startFront(use.app.url, {})
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await use.front?.[Symbol.asyncDispose]()
    await use.app?.[Symbol.asyncDispose]()
    await use.database?.[Symbol.asyncDispose]()
  })
  use.device = async (options = {}) => {
    const { front } = use
    if (!browser || !front) throw new Error('these are started before the first test')
    const context = await browser.newContext({
      locale: 'en-GB',
      // what slides in is waited for before it is touched
      reducedMotion: 'reduce',
      ...options,
    })
    context.setDefaultTimeout(10_000) // ms
    const complaints: string[] = []
    // reported by the browser itself, whatever the page does with its console
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error(`policy: ${violatedDirective} ${blockedURI}`)
      })
    })
    context.on('console', (message) => {
      const text = message.text()
      // a network that was cut is told of by the browser, and is no fault of the page
      if (['error', 'warning'].includes(message.type()) && !/net::ERR_|WebSocket connection to/.test(text))
        complaints.push(text)
    })
    context.on('weberror', (error) => complaints.push(String(error.error())))
    onTestFinished(async () => {
      await front.cut(false)
      await context.close()
      expect(complaints).toEqual([])
    })
    return { tab: async (url = front.url) => new AccountTab(await context.newPage(), url) }
  }
  // filled before the first test runs
  return use as Use
}
