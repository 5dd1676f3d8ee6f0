import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { texts as account } from '../../src/web/account/texts.ts'
import { launchChromium } from '../kit/chromium.ts'
import { NodeProcess } from '../kit/node-process.ts'
import { photographAdministration } from './admin/pictures.ts'

// `npm run screenshots`: every page and state, light and dark, on a phone and on a wide screen, into `screenshots/`: to be looked at.

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SEEDED = { users: 300, sessions: 20_000, password: 'correct horse battery' }
const LOOKS = [
  { name: 'light-wide', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark-wide', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'light-phone', colorScheme: 'light', viewport: { width: 375, height: 812 } },
  { name: 'dark-phone', colorScheme: 'dark', viewport: { width: 375, height: 812 } },
] as const
type Look = (typeof LOOKS)[number]

/** Somebody's browser in one look; each state is photographed from it. */
export class Photographer {
  readonly #folder: string
  readonly #context: BrowserContext
  readonly #look: Look
  readonly page: Page

  constructor(context: BrowserContext, page: Page, { look, folder }: { look: Look; folder: string }) {
    this.#context = context
    this.page = page
    this.#look = look
    this.#folder = folder
  }

  static async open(browser: Browser, look: Look, folder: string): Promise<Photographer> {
    const { colorScheme, viewport } = look
    const context = await browser.newContext({
      colorScheme,
      viewport,
      locale: 'en-GB',
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(20_000) // ms
    return new Photographer(context, await context.newPage(), { look, folder })
  }

  async shoot(state: string, { whole = true } = {}): Promise<void> {
    // what was asked for is there, and nothing moves any more
    await this.page.waitForTimeout(700)
    await this.page.screenshot({
      path: join(this.#folder, `${state}-${this.#look.name}.png`),
      fullPage: whole,
    })
  }

  /** A question that opens when this is pressed; it is left unanswered. */
  async shootDialog(state: string, button: Locator): Promise<void> {
    await button.first().click()
    await this.page.locator('dialog[open]').first().waitFor()
    await this.shoot(state, { whole: false })
    await this.page.keyboard.press('Escape')
    await this.page.locator('dialog[open]').waitFor({ state: 'detached' })
  }

  async goOffline(offline: boolean): Promise<void> {
    await this.#context.setOffline(offline)
  }

  async close(): Promise<void> {
    await this.#context.close()
  }
}

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel(account.signIn.email).fill(email)
  await page.getByLabel(account.signIn.password, { exact: true }).fill(password)
  await page.keyboard.press('Enter')
}

async function photographAccount(by: Photographer, url: string, email: string): Promise<void> {
  const { page } = by
  await page.goto(url)
  await page.getByLabel(account.signIn.email).waitFor()
  await by.shoot('account-sign-in')
  await signIn(page, 'nobody@example.com', 'not the password')
  await page.getByRole('alert').filter({ hasText: /\w/ }).first().waitFor()
  await by.shoot('account-sign-in-refused')
  await page.goto(`${url}/#sign-up`)
  await by.shoot('account-sign-up')
  await page.goto(url)
  await signIn(page, email, SEEDED.password)
  await page.getByRole('heading', { name: account.devices.title }).waitFor()
  await by.shoot('account-devices')
  await page
    .getByRole('button', { name: new RegExp(`^${account.devices.details}`) })
    .nth(1)
    .click()
  await by.shoot('account-details', { whole: false })
  const button = (name: string | RegExp) => page.getByRole('main').getByRole('button', { name })
  await by.shootDialog('account-end-one', button(new RegExp(`^${account.devices.end} .*,`)))
  await by.shootDialog('account-end-others', button(account.devices.endOthers))
  await by.shootDialog('account-end-everywhere', button(account.devices.endEverywhere))
  await page.goto(`${url}/#history`)
  await by.shoot('account-history')
  await page.goto(`${url}/#settings`)
  await by.shoot('account-settings')
  await page.getByLabel(account.settings.newPassword, { exact: true }).fill('Password2026!')
  await button(account.settings.update).click()
  await page.getByText('in disguise').waitFor()
  await by.shoot('account-settings-refused')
  await page.getByLabel(account.settings.newPassword, { exact: true }).fill('six blue herons at dawn')
  await by.shootDialog('account-password', button(account.settings.update))
  await by.shootDialog('account-delete', button(account.settings.delete))
  await page.goto(url)
  await page.getByRole('heading', { name: account.devices.title }).waitFor()
  await by.goOffline(true)
  await by.shoot('account-offline', { whole: false })
  await by.goOffline(false)
  await page.context().clearCookies()
  const password = SEEDED.password
  const ended = `${randomUUID()}@example.com`
  await ask(url, 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }', {
    email: ended,
    password,
  })
  await page.goto(url)
  await signIn(page, ended, password)
  await page.getByRole('heading', { name: account.devices.title }).waitFor()
  await by.shoot('account-devices-alone')
  const cookie = await signInByHand(url, ended, password)
  await ask(url, 'mutation { revokeAllSessions { __typename } }', undefined, cookie)
  await page.getByText(account.ended.SIGNED_OUT_EVERYWHERE).first().waitFor()
  await by.shoot('account-ended-elsewhere')
  await signIn(page, email, password)
  await page.getByRole('heading', { name: account.devices.title }).waitFor()
}

async function seed(environment: Readonly<Record<string, string>>): Promise<void> {
  const sizes = ['--users', String(SEEDED.users), '--sessions', String(SEEDED.sessions)]
  const child = spawn(process.execPath, ['src/seed/main.ts', ...sizes], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the seed ended with ${code}`)
}

/** Asks the server something without a browser. */
function ask(url: string, query: string, input?: object, cookie = ''): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(cookie === '' ? {} : { Cookie: cookie }) },
    body: JSON.stringify({ query, variables: { input } }),
  })
}

/** @returns the cookie of another device */
async function signInByHand(url: string, email: string, password: string): Promise<string> {
  const signedIn = await ask(
    url,
    'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }',
    {
      email,
      password,
    },
  )
  return signedIn.headers
    .getSetCookie()
    .map((each) => each.split(';', 1)[0])
    .join('; ')
}

/** Somebody of the seed who is signed in. */
async function someEmail(url: string, password: string): Promise<string> {
  const cookie = await signInByHand(url, 'admin@localhost', password)
  const answer = await ask(
    url,
    '{ sessions(first: 50, filter: { state: ACTIVE }) { edges { node { user { email roles } } } } }',
    undefined,
    cookie,
  )
  const { data } = (await answer.json()) as {
    data: { sessions: { edges: { node: { user: { email: string; roles: string[] } } }[] } }
  }
  const person = data.sessions.edges.find(({ node }) => node.user.roles.length === 0)
  if (!person) throw new Error('nobody of the seed is signed in')
  return person.node.user.email
}

async function run(): Promise<void> {
  const folder = join(ROOT, 'screenshots')
  const data = await mkdtemp(join(tmpdir(), 'curfew-screenshots-'))
  const environment = { CURFEW_DATA_DIR: join(data, 'data') }
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const browser = await launchChromium()
  try {
    await seed(environment)
    await using node = new NodeProcess('the server', environment)
    await node.start()
    const password = /password (\S+)\./.exec(node.output.join('\n'))?.[1] ?? ''
    const email = await someEmail(node.url, password)
    for (const look of LOOKS) {
      const by = await Photographer.open(browser, look, folder)
      await photographAccount(by, node.url, email)
      await photographAdministration(by, { url: node.url, password })
      await by.close()
      console.log(`${look.name}: done`)
    }
  } finally {
    await browser.close()
    await rm(data, { recursive: true, force: true })
  }
  console.log(`Look at them in ${folder}`)
}

await run()
