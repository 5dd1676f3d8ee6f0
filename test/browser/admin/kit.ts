import axe, { type AxeResults } from 'axe-core'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { createAccount } from '../../../src/accounts/administer.ts'
import { Refusal } from '../../../src/kernel/refusal.ts'
import { texts } from '../../../src/web/admin/texts.ts'
import { anyEmail, Browser, PASSWORD } from '../../kit/browser.ts'
import { type Use, useAccountPage } from '../account/kit.ts'

export { texts }

export const MINUTE = 60_000 // ms

/** One tab with the administration page in it. */
export class AdminTab {
  readonly page: Page
  readonly #url: string

  constructor(page: Page, url: string) {
    this.page = page
    this.#url = url
  }

  /** Opens one of its pages: `/sessions?state=active`. */
  async open(path = ''): Promise<this> {
    await this.page.goto(`${this.#url}/admin${path}`)
    return this
  }

  /** The heading of a page: whoever sees it is there. */
  heading(name: string): Locator {
    return this.page.getByRole('heading', { name, exact: true, level: 1 })
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  link(name: string): Locator {
    return this.page.getByRole('link', { name, exact: true })
  }

  /** Goes to one of the sections. */
  async go(section: string): Promise<void> {
    const navigation = this.page.getByRole('navigation', { name: texts.frame.navigation })
    await navigation.getByRole('link', { name: section, exact: true }).click()
  }

  /** The question that was opened last. */
  get dialog(): Locator {
    return this.page.locator('dialog[open]').last()
  }

  /** What the table or list of this name has, but for its head. */
  rows(name: string): Locator {
    return this.page.getByRole('table', { name }).locator('tbody').getByRole('row')
  }

  /** What is in the address behind /admin. */
  get address(): string {
    return this.page.url().slice(`${this.#url}/admin`.length)
  }

  async signIn(email: string, password = PASSWORD): Promise<void> {
    await this.page.getByLabel(texts.signIn.email).fill(email)
    await this.page.getByLabel(texts.signIn.password, { exact: true }).fill(password)
    await this.button(texts.signIn.submit).click()
  }

  /** Answers the question for the password. */
  async confirm(password = PASSWORD): Promise<void> {
    const question = this.page.getByRole('dialog', { name: texts.verify.title })
    await question.getByLabel(texts.verify.password).fill(password)
    await question.getByRole('button', { name: texts.verify.submit, exact: true }).click()
    await question.waitFor({ state: 'detached' })
  }

  /** The text of the element that has the focus, or its label. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const element = document.activeElement
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null
      return label ?? element?.getAttribute('aria-label') ?? element?.textContent ?? ''
    })
  }

  /** What keeps somebody from using the page, as axe finds it: but for trifles. */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(axe.source)
    const { violations } = await this.page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    )
    return violations.flatMap(({ id, impact, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${impact} ${id}: ${html.slice(0, 200)} ${failureSummary}`),
    )
  }

  /** By how much the page is wider than the window (pixels). */
  overflow(): Promise<number> {
    return this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
  }
}

/** A server with its pages, a browser, and administrators in it. */
export interface AdminUse extends Use {
  /** Somebody who may administer, and has an account only. */
  administrator(): Promise<string>
  /** A tab of a browser of its own, at one of the pages, where a new administrator has just signed in. */
  signedIn(path?: string, options?: BrowserContextOptions): Promise<{ tab: AdminTab; email: string }>
  /** A tab of a browser of its own, where nobody is signed in. */
  fresh(options?: BrowserContextOptions): Promise<AdminTab>
  /** Somebody who is signed in somewhere, by the API. */
  person(): Promise<{ email: string; browser: Browser; sessionId: string; userId: string }>
}

/** Starts what the tests of a file share. */
export function useAdminPage(options: Parameters<typeof useAccountPage>[0] = {}): AdminUse {
  const use = useAccountPage(options) as { -readonly [Key in keyof AdminUse]: AdminUse[Key] }
  use.administrator = async () => {
    const email = anyEmail()
    const created = await createAccount(use.app.server.house.accounts, {
      email,
      password: PASSWORD,
      roles: ['ADMINISTRATOR'],
    })
    if (created instanceof Refusal) throw new Error(created.code)
    return email
  }
  use.fresh = async (look = {}) => {
    const device = await use.device({ viewport: { width: 1360, height: 900 }, ...look })
    return new AdminTab((await device.tab()).page, use.front.url)
  }
  use.signedIn = async (path = '', look = {}) => {
    const [tab, email] = [await use.fresh(look), await use.administrator()]
    await tab.open(path)
    await tab.signIn(email)
    await tab.page.getByRole('navigation', { name: texts.frame.navigation }).waitFor({ state: 'attached' })
    return { tab, email }
  }
  use.person = async () => {
    const [email, browser] = [anyEmail(), new Browser(use.app)]
    const { session, viewer } = await browser.signUp(email)
    return { email, browser, sessionId: session.id, userId: viewer.id }
  }
  return use
}

/** Waits until nothing keeps anybody from using the page. */
export async function expectNoBarriers(tab: AdminTab): Promise<void> {
  // what fades in is faint for a moment
  await expect.poll(() => tab.barriers()).toEqual([])
}
