import { describe, expect, test } from 'vitest'
import { Browser as Other, PASSWORD } from '../../kit/browser.ts'
import { type Tab, useBrowser } from './kit.ts'

describe('two people, one browser after the other', () => {
  const use = useBrowser()

  async function allSay(tabs: readonly Tab[], said: string): Promise<void> {
    await expect.poll(() => Promise.all(tabs.map((tab) => tab.says()))).toEqual(tabs.map(() => said))
  }

  /** Two tabs of the one who signed up last, and the one who was there before. */
  async function twoTabs() {
    const context = await use.device()
    const [tab, other] = [await use.tab(context), await use.tab(context)]
    const before = await tab.signUp()
    await tab.signOut()
    const now = await tab.signUp()
    await allSay([tab, other], now)
    return { context, tab, other, before, now }
  }

  test('a late word of the connection of the one is nothing to the other', async () => {
    const { tab, other, now } = await twoTabs()
    const heard = async () =>
      (await other.seen()).flatMap(({ what, detail }) =>
        what === 'missed' || JSON.stringify(detail).includes('said of') ? [what] : [],
      )
    const id = await tab.page.evaluate(() =>
      session.state.status === 'signedIn' ? session.state.viewer.id : '',
    )
    // what a tab says that has yet to hear who is signed in now
    const say = (userId: string) =>
      tab.page.evaluate((userId) => {
        const channel = new BroadcastChannel(`curfew:COOKIE:${session.url}`)
        const event = { __typename: 'SessionStarted', id: `said of ${userId}`, cursor: 'c', sessionId: 's' }
        channel.postMessage({ type: 'event', userId, event })
        channel.postMessage({ type: 'missed', userId })
        channel.close()
      }, userId)
    await say('somebody else')
    await say(id)
    await expect.poll(heard).toEqual(['event', 'missed'])
    expect(JSON.stringify(await other.seen())).not.toContain('said of somebody else')
    expect(await other.says()).toBe(now)
  })

  test.each(['updatePassword', 'reverify', 'revokeSession'] as const)(
    'what the one clicked is not done for the other (%s)',
    async (name) => {
      const { tab, other, before } = await twoTabs()
      use.front.fate = (body) => (body.includes('signIn(') ? { delay: 500 } : {})
      const asked = tab.page.waitForRequest((request) => request.postData()?.includes('signIn(') ?? false)
      const signedIn = tab.signIn(before)
      await asked
      const clicked = await other.page.evaluate((name) => {
        const clicks = {
          updatePassword: () => session.updatePassword({ newPassword: 'x', signOutEverywhere: true }),
          reverify: () => session.reverify({ action: 'DELETE_ACCOUNT', factor: { password: 'x' } }),
          revokeSession: () => session.revokeSession('x'),
        }
        const done: Promise<unknown> = clicks[name]()
        return done.then(
          () => 'done',
          (error: { code?: string }) => error.code,
        )
      }, name)
      await signedIn
      expect(clicked).toBe('SESSION_CHANGED')
      await allSay([tab, other], before)
      expect(use.front.requests.filter((body) => body.includes(`${name}(`))).toEqual([])
    },
  )

  test('a page that wakes shows nobody who has left, before any server says so', async () => {
    const { context, tab, now } = await twoTabs()
    const woken = await use.tab(context)
    expect(await woken.says()).toBe(now)
    await woken.page.evaluate(() => deafen())
    await tab.signOut()
    expect(await woken.says()).toBe(now)
    await use.front.cut(true)
    const says = await woken.page.evaluate(() => {
      dispatchEvent(new Event('pageshow'))
      return session.state
    })
    expect(says).toMatchObject({ status: 'signedOut', reason: 'SIGNED_OUT' })
  })

  test('a page that wakes to somebody else shows nobody until it is known who', async () => {
    const { context, tab, before, now } = await twoTabs()
    const woken = await use.tab(context)
    expect(await woken.says()).toBe(now)
    await woken.page.evaluate(() => deafen())
    await tab.signIn(before)
    await use.front.cut(true)
    const status = await woken.page.evaluate(() => {
      dispatchEvent(new Event('pageshow'))
      return session.state.status
    })
    expect(status).toBe('loading')
    await use.front.cut(false)
    await allSay([woken], before)
  })

  test('a sign-in with tokens ends the session before, whose access token has expired', async () => {
    const context = await use.device()
    const tab = await use.tab(context, { transport: 'TOKEN' })
    const email = await tab.signUp()
    const first = await tab.sessionId()
    // the server takes it no longer, whatever the clock of this machine says
    use.app.clock.advance(60 * 60_000)
    await tab.signIn(email)
    const device = new Other(use.app)
    await device.signIn(email, PASSWORD)
    await expect
      .poll(async () => {
        const { data } = await device.send<{ viewer: { sessions: { edges: { node: { id: string } }[] } } }>({
          query: '{ viewer { sessions(state: ACTIVE) { edges { node { id } } } } }',
        })
        return data.viewer.sessions.edges.map(({ node }) => node.id)
      })
      .not.toContain(first)
  })
})

describe('why a session ended', () => {
  const use = useBrowser()

  test('is told to the pages that were open and to the next visit, and is then forgotten', async () => {
    const context = await use.device()
    const open = await use.tab(context)
    await open.signUp()
    await open.signOut()
    const said = 'signed out: SIGNED_OUT'
    expect(await open.says()).toBe(said)
    const [next, with_] = await Promise.all([use.tab(context), use.tab(context)])
    for (const tab of [next, with_]) expect(await tab.says()).toBe(said)
    // that it was told is written down a moment later
    const marks = () => next.page.evaluate(() => Object.values(localStorage).join())
    await expect.poll(marks).toMatch(/"reasonUntil":\d/)
    // the one who comes back later
    const later = await use.tab(context, { later: 6 * 60_000 })
    expect(await later.says()).toBe('signed out: null')
    for (const tab of [open, next, with_]) expect(await tab.says()).toBe(said)
  })
})

describe('local storage that is full', () => {
  const use = useBrowser()

  test('signs nobody out when the page is looked at again: what stands in it is not true any more', async () => {
    const tab = await use.tab(await use.device())
    const email = await tab.signUp()
    await tab.signOut()
    await tab.page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
    })
    await tab.signIn(email)
    expect(await tab.says()).toBe(email)
    await tab.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await tab.page.evaluate(() => session.request('{ viewer { id } }'))
    expect(await tab.says()).toBe(email)
  })
})
