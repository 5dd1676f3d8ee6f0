import { describe, expect, test } from 'vitest'
import { Browser as Other, PASSWORD } from '../../kit/browser.ts'
import { type Tab, useBrowser } from './kit.ts'

describe('tabs of one browser', () => {
  const use = useBrowser()

  /** Every tab comes to say so. */
  async function allSay(tabs: readonly Tab[], said: string): Promise<void> {
    await expect.poll(() => Promise.all(tabs.map((tab) => tab.says()))).toEqual(tabs.map(() => said))
  }

  test('share who is signed in, and open one socket', async () => {
    const context = await use.device()
    const tabs = [await use.tab(context), await use.tab(context), await use.tab(context)]
    const [first] = tabs as [Tab]
    expect(await first.says()).toBe('signed out: null')
    const before = use.front.opened
    const email = await first.signUp()
    await allSay(tabs, email)
    await expect.poll(() => use.front.sockets).toBe(1)
    expect(use.front.opened).toBe(before + 1)
    const late = await use.tab(context)
    expect(await late.says()).toBe(email)
    expect(use.front.sockets).toBe(1)
  })

  test('are empty at once when one of them signs out', async () => {
    const context = await use.device()
    const tabs = [await use.tab(context), await use.tab(context), await use.tab(context)]
    const [first, , last] = tabs as [Tab, Tab, Tab]
    const email = await first.signUp()
    await allSay(tabs, email)
    await last.signOut()
    await allSay(tabs, 'signed out: SIGNED_OUT')
    for (const tab of tabs) {
      expect(await tab.seen()).toContainEqual(
        expect.objectContaining({ what: 'viewer', detail: { is: null, was: email } }),
      )
    }
  })

  test('are told why within a second when another device ends the session', async () => {
    const context = await use.device()
    const tabs = [await use.tab(context), await use.tab(context), await use.tab(context)]
    const [first] = tabs as [Tab]
    const email = await first.signUp()
    await allSay(tabs, email)
    await expect.poll(() => use.front.sockets).toBe(1)
    const id = await first.sessionId()
    const other = new Other(use.app)
    await other.signIn(email)
    const { token } = await other.reverify('REVOKE_SESSION', id)
    const began = Date.now()
    await other.send({
      query: `mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { __typename } }`,
      variables: { input: { sessionId: id, verificationToken: token } },
    })
    await allSay(tabs, 'signed out: REVOKED_BY_USER')
    for (const tab of tabs) {
      const told = (await tab.seen()).filter(({ what }) => what === 'signedOut')
      expect(told).toEqual([
        expect.objectContaining({
          detail: {
            reason: 'REVOKED_BY_USER',
            message: 'You were signed out from another of your devices.',
          },
        }),
      ])
      expect(told[0]?.at).toBeLessThan(began + 1_000)
    }
  })

  test('go over to another person together, and never mix two', async () => {
    const context = await use.device()
    const [ada, other] = [await use.tab(context), await use.tab(context)]
    const bob = await ada.signUp()
    await ada.signOut()
    const first = await ada.signUp()
    await allSay([ada, other], first)
    await ada.signIn(bob)
    await allSay([ada, other], bob)
    expect(await other.seen()).toContainEqual(
      expect.objectContaining({ what: 'viewer', detail: { is: bob, was: first } }),
    )
    expect(await other.currentSessionId()).toBe(await ada.sessionId())
  })

  test('a click of the person before is refused, not done as the next one', async () => {
    const context = await use.device()
    const [ada, other] = [await use.tab(context), await use.tab(context)]
    const bob = await ada.signUp()
    await ada.signOut()
    const first = await ada.signUp()
    await allSay([ada, other], first)
    // the sign-in takes its time, and the other tab's click falls into it
    use.front.fate = (body) => (body.includes('signIn(') ? { delay: 500 } : {})
    const click = ada.page.waitForRequest((request) => request.postData()?.includes('signIn(') ?? false)
    const signedIn = ada.signIn(bob)
    await click
    const clicked = await other.page.evaluate(() =>
      session
        .fetch('/graphql', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ query: '{ viewer { email } }' }),
        })
        .then(
          (response) => response.text(),
          (error: { code?: string }) => error.code,
        ),
    )
    await signedIn
    expect(clicked).toBe('SESSION_CHANGED')
  })

  test.each(['signOut', 'revokeAllSessions', 'deleteAccount'] as const)(
    'what the person before wanted to end is not ended for the next one (%s)',
    async (what) => {
      const context = await use.device()
      const [ada, other] = [await use.tab(context), await use.tab(context)]
      const bob = await ada.signUp()
      await ada.signOut()
      const first = await ada.signUp()
      await allSay([ada, other], first)
      use.front.fate = (body) => (body.includes('signIn(') ? { delay: 500 } : {})
      const click = ada.page.waitForRequest((request) => request.postData()?.includes('signIn(') ?? false)
      const signedIn = ada.signIn(bob)
      await click
      const clicked = await other.page.evaluate(
        (what) =>
          session[what]().then(
            () => 'done',
            (error: { code?: string }) => error.code,
          ),
        what,
      )
      await signedIn
      expect(clicked).toBe('SESSION_CHANGED')
      await allSay([ada, other], bob)
      expect(await ada.currentSessionId()).toBe(await ada.sessionId())
    },
  )

  test('a password that the person before was asked for is not given in the name of the next one', async () => {
    const context = await use.device()
    const ada = await use.tab(context)
    const bob = await ada.signUp()
    await ada.signOut()
    const first = await ada.signUp()
    const other = await use.tab(context)
    const asking = await other.page.evaluateHandle(async () => {
      session.close()
      const asked = Promise.withResolvers<void>()
      const typed = Promise.withResolvers<{ password: string }>()
      start({
        onVerificationRequired: () => {
          asked.resolve()
          return typed.promise
        },
      })
      await session.ready()
      const done = session.revokeAllSessions({ keepCurrent: true }).then(
        ({ __typename }) => __typename,
        (error: { code?: string }) => error.code,
      )
      await asked.promise
      return { done, type: typed.resolve }
    })
    expect(await other.says()).toBe(first)
    await ada.signIn(bob)
    await allSay([ada, other], bob)
    const done = await asking.evaluate(({ done, type }, password) => {
      type({ password })
      return done
    }, PASSWORD)
    expect(done).toBe('SESSION_CHANGED')
    expect(use.front.requests.filter((body) => body.includes('reverify('))).toEqual([])
  })
})
