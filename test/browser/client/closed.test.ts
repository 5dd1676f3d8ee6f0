import type { BrowserContext, WebSocketRoute } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { CloseCode } from '../../../src/protocol/close-codes.ts'
import { Browser as Other, PASSWORD } from '../../kit/browser.ts'
import { useBrowser } from './kit.ts'

describe('a socket that the server closes', () => {
  const use = useBrowser()

  /** The sockets of a device in the order in which they were opened, each passed on to the server. */
  async function socketsOf(context: BrowserContext): Promise<WebSocketRoute[]> {
    const sockets: WebSocketRoute[] = []
    await context.routeWebSocket('**/graphql', (socket) => {
      socket.connectToServer()
      sockets.push(socket)
    })
    return sockets
  }

  /** A tab of somebody who has just signed up, with its sockets. */
  async function signedIn() {
    const context = await use.device()
    await context.clock.install()
    const sockets = await socketsOf(context)
    const tab = await use.tab(context)
    const email = await tab.signUp()
    await expect.poll(() => sockets.length).toBe(1)
    return { context, tab, email, sockets }
  }

  async function signOutElsewhere(email: string): Promise<void> {
    const device = new Other(use.app)
    await device.signIn(email, PASSWORD)
    await device.send({ query: 'mutation { revokeAllSessions { __typename } }' })
  }

  test.each([
    ['because it goes away', CloseCode.goingAway],
    ['because it is full', CloseCode.tryAgainLater],
    ['as a proxy does that is started anew', 1012],
  ])('%s, is opened again, and nothing of what happened meanwhile is missed', async (_, code) => {
    const { tab, email, sockets } = await signedIn()
    await sockets[0]?.close({ code, reason: '' })
    expect(await tab.says()).toBe(email)
    await signOutElsewhere(email)
    await expect.poll(() => tab.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
  })

  test('because there are too many, is left alone for half a minute', async () => {
    const { context, tab, email, sockets } = await signedIn()
    await sockets[0]?.close({ code: CloseCode.tooManyConnections, reason: 'TOO_MANY_CONNECTIONS' })
    // the close is heard before time goes on
    await tab.page.evaluate(() => new Promise((resolve) => queueMicrotask(() => resolve(null))))
    await context.clock.runFor(25_000)
    expect(sockets).toHaveLength(1)
    expect(await tab.says()).toBe(email)
    await context.clock.runFor(10_000)
    await expect.poll(() => sockets.length).toBe(2)
    await signOutElsewhere(email)
    await expect.poll(() => tab.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
  })

  test('because another tab has a newer cookie, is opened again at once', async () => {
    const { tab, email, sockets } = await signedIn()
    await sockets[0]?.close({ code: CloseCode.sessionReplaced, reason: 'REPLACED' })
    await expect.poll(() => sockets.length).toBe(2)
    expect(await tab.says()).toBe(email)
  })

  test('by one who says that nobody is signed in, is a reason to ask and not to believe', async () => {
    const { tab, email, sockets } = await signedIn()
    await sockets[0]?.close({ code: CloseCode.sessionEnded, reason: 'NOT_SIGNED_IN' })
    await expect.poll(() => sockets.length).toBe(2)
    expect(await tab.says()).toBe(email)
  })

  test('is opened again where it was, whatever was asked meanwhile', async () => {
    const { tab, email, sockets } = await signedIn()
    const connected = () => tab.page.evaluate(() => session.connected)
    await expect.poll(connected).toBe(true)
    const happened = Promise.withResolvers<void>()
    await tab.page.route('**/graphql', async (route) => {
      await happened.promise
      await route.continue()
    })
    await sockets[0]?.close({ code: CloseCode.sessionEnded, reason: 'NOT_SIGNED_IN' })
    await expect.poll(connected).toBe(false)
    const device = new Other(use.app)
    await device.signIn(email, PASSWORD)
    happened.resolve()
    const started = await device.currentSessionId()
    await expect
      .poll(() =>
        tab.page.evaluate(() =>
          seen.map(({ detail }) => (detail as { sessionId?: string } | null)?.sessionId),
        ),
      )
      .toContain(started)
  })
})
