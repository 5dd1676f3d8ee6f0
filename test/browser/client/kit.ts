import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import type { SessionState } from '../../../src/client/index.ts'
import { startApp, type TestApp } from '../../kit/app.ts'
import { anyEmail, PASSWORD } from '../../kit/browser.ts'
import { bundle } from '../../kit/bundle.ts'
import { launchChromium } from '../../kit/chromium.ts'
import { openTestDatabase, type TestDatabase } from '../../kit/databases.ts'
import { type Front, startFront } from '../../kit/front.ts'
import type { Seen } from './page/main.ts'

/** One tab, with a client in it. */
export class Tab {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** What its client says now. */
  state(): Promise<SessionState> {
    return this.page.evaluate(() => session.state)
  }

  /** What its client has told so far. */
  seen(): Promise<Seen[]> {
    return this.page.evaluate(() => seen)
  }

  /** In short: who is signed in, or why nobody. */
  async says(): Promise<string> {
    const state = await this.state()
    if (state.status === 'signedIn') return state.viewer.email
    return state.status === 'signedOut' ? `signed out: ${state.reason}` : state.status
  }

  async signIn(email: string): Promise<void> {
    const result = await this.page.evaluate(([email, password]) => session.signIn({ email, password }), [
      email,
      PASSWORD,
    ] as const)
    expect(result).toMatchObject({ __typename: 'SignInSuccess', viewer: { email } })
  }

  async signUp(email = anyEmail()): Promise<string> {
    const result = await this.page.evaluate(([email, password]) => session.signUp({ email, password }), [
      email,
      PASSWORD,
    ] as const)
    expect(result).toMatchObject({ __typename: 'SignUpSuccess', viewer: { email } })
    return email
  }

  signOut(): Promise<void> {
    return this.page.evaluate(() => session.signOut())
  }

  /** The id of the session that the server takes this tab for, asked by the client's own `fetch`. */
  currentSessionId(): Promise<string | null> {
    return this.page.evaluate(async () => {
      const { currentSession } = await session.request<{ currentSession: { id: string } | null }>(
        '{ currentSession { id } }',
      )
      return currentSession?.id ?? null
    })
  }

  async sessionId(): Promise<string> {
    const state = await this.state()
    if (state.status !== 'signedIn') throw new Error(`nobody is signed in: ${await this.says()}`)
    return state.session.id
  }

  cdp(): Promise<CDPSession> {
    return this.page.context().newCDPSession(this.page)
  }
}

/** Options of a page's client. */
export type StartOptions = Parameters<typeof start>[0]

/** A server, what is before it, and a browser. */
export interface Use {
  readonly app: TestApp
  readonly front: Front
  readonly browser: Browser
  readonly database: TestDatabase
  /** Another person's browser, or another device of the same one: a context of its own. */
  device(): Promise<BrowserContext>
  /** Opens a tab, and waits until its client knows whether somebody is signed in. */
  tab(context: BrowserContext, options?: StartOptions): Promise<Tab>
}

/** Starts what the tests of a file share. */
export function useBrowser(options: Parameters<typeof startApp>[1] = {}): Use {
  const use: { -readonly [Key in keyof Use]?: Use[Key] } = {}
  beforeAll(async () => {
    const page = await bundle(fileURLToPath(new URL('page/main.ts', import.meta.url)))
    use.database = await openTestDatabase('embedded')
    use.app = await startApp(use.database, options)
    use.front = await startFront(use.app.url, {
      '/page': {
        type: 'text/html',
        body: '<!doctype html><title>A page</title><script src="/page.js"></script>',
      },
      '/page.js': { type: 'text/javascript', body: page },
      '/moved': { location: '/graphql' },
      '/elsewhere': { type: 'text/html', body: '<!doctype html><title>Elsewhere</title>' },
    })
    use.browser = await launchChromium()
  })
  afterAll(async () => {
    await use.browser?.close()
    await use.front?.[Symbol.asyncDispose]()
    await use.app?.[Symbol.asyncDispose]()
    await use.database?.[Symbol.asyncDispose]()
  })
  use.device = async () => {
    const context = await held(use.browser).newContext()
    onTestFinished(async () => {
      held(use.front).fate = () => ({})
      await held(use.front).cut(false)
      await context.close()
    })
    return context
  }
  use.tab = async (context, options = {}) => {
    const page = await context.newPage()
    await page.goto(`${held(use.front).url}/page`)
    await page.evaluate((options) => start(options), options)
    await page.evaluate(() => session.ready().then(() => {}))
    return new Tab(page)
  }
  // filled before the first test runs
  return use as Use
}

function held<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('this is started before the first test')
  return value
}
