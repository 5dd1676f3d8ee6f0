import type { BrowserContext } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { SessionClientOptions } from '../../../src/client/index.ts'
import { anyEmail, Browser as Other, PASSWORD } from '../../kit/browser.ts'
import { type Tab, useBrowser } from './kit.ts'

const WRONG = 'not the password'

describe('a person in front of a page', () => {
  const use = useBrowser()

  /** A page that answers requests for a factor with these, and another device of the same person. */
  async function twoDevices(factors: string[], options: Pick<SessionClientOptions, 'transport'> = {}) {
    const tab = await use.tab(await use.device(), { factors, ...options })
    const email = await tab.signUp()
    const device = new Other(use.app)
    const { session } = await device.signIn(email)
    return { tab, email, device, otherId: session.id }
  }

  const revoke = (tab: Tab, id: string) => tab.page.evaluate((id) => session.revokeSession(id), id)

  /** What the page was asked for. */
  async function asked(tab: Tab): Promise<unknown[]> {
    return (await tab.seen()).flatMap(({ detail }) =>
      typeof detail === 'object' && detail !== null && 'asked' in detail ? [detail] : [],
    )
  }

  test('is told what is wrong with a sign-in, and stays signed out', async () => {
    const tab = await use.tab(await use.device())
    const result = await tab.page.evaluate((input) => session.signIn(input), {
      email: anyEmail(),
      password: WRONG,
    })
    expect(result).toEqual({
      __typename: 'InvalidCredentialsError',
      code: 'INVALID_CREDENTIALS',
      message: expect.any(String),
    })
    expect(await tab.says()).toBe('signed out: null')
  })

  test.each(['COOKIE', 'TOKEN'] as const)(
    'is asked for the password where an action needs it, until it is right (%s)',
    async (transport) => {
      const { tab, email, device, otherId } = await twoDevices([WRONG, PASSWORD], { transport })
      const before = await tab.sessionId()
      expect(await revoke(tab, otherId)).toMatchObject({ __typename: 'RevokeSessionSuccess' })
      expect(await asked(tab)).toEqual([
        { asked: 'REVOKE_SESSION', subject: otherId, refusal: null },
        { asked: 'REVOKE_SESSION', subject: otherId, refusal: 'INVALID_CREDENTIALS' },
      ])
      expect(await device.currentSessionId()).toBeNull()
      // the session goes on under a new id, and nobody was signed out meanwhile
      expect(await tab.says()).toBe(email)
      expect(await tab.sessionId()).not.toBe(before)
      expect(await tab.currentSessionId()).toBe(await tab.sessionId())
      expect((await tab.seen()).filter(({ what }) => what === 'signedOut' || what === 'viewer')).toHaveLength(
        1,
      )
    },
  )

  test('may rather not: nothing was done', async () => {
    const { tab, device, otherId } = await twoDevices([])
    expect(await revoke(tab, otherId)).toEqual({
      __typename: 'VerificationCancelled',
      code: 'VERIFICATION_CANCELLED',
      message: expect.any(String),
    })
    expect(await device.currentSessionId()).toBe(otherId)
  })

  test('where nobody can be asked, is told what is needed', async () => {
    const tab = await use.tab(await use.device())
    const email = await tab.signUp()
    const device = new Other(use.app)
    const { session } = await device.signIn(email)
    expect(await revoke(tab, session.id)).toMatchObject({
      __typename: 'VerificationRequiredError',
      action: 'REVOKE_SESSION',
      subject: session.id,
    })
  })

  test('signs out everywhere, all others, by a new password, and for good', async () => {
    const { tab, email, device } = await twoDevices([PASSWORD, PASSWORD, 'another battery staple'])
    expect(await tab.page.evaluate(() => session.revokeAllSessions({ keepCurrent: true }))).toMatchObject({
      __typename: 'RevokeAllSessionsSuccess',
      revokedCount: 1,
    })
    expect(await device.currentSessionId()).toBeNull()
    expect(await tab.says()).toBe(email)
    const updated = await tab.page.evaluate(() =>
      session.updatePassword({ newPassword: 'another battery staple', signOutEverywhere: false }),
    )
    expect(updated).toMatchObject({ __typename: 'UpdatePasswordSuccess' })
    expect(await tab.says()).toBe(email)
    expect(await tab.page.evaluate(() => session.deleteAccount())).toMatchObject({
      __typename: 'DeleteAccountSuccess',
    })
    expect(await tab.says()).toBe('signed out: ACCOUNT_DELETED')
  })

  test('other tabs of the browser go on when the session is replaced', async () => {
    const context = await use.device()
    const tab = await use.tab(context, { factors: [PASSWORD] })
    const email = await tab.signUp()
    const other = await use.tab(context)
    const device = new Other(use.app)
    const { session } = await device.signIn(email)
    expect(await revoke(tab, session.id)).toMatchObject({ __typename: 'RevokeSessionSuccess' })
    const id = await tab.sessionId()
    await expect.poll(() => other.sessionId()).toBe(id)
    expect(await other.currentSessionId()).toBe(id)
    expect((await other.seen()).filter(({ what }) => what === 'signedOut')).toEqual([])
    await expect.poll(() => use.front.sockets).toBe(1)
    // and the socket is the successor's
    await device.signIn(email)
    await device.send({ query: 'mutation { revokeAllSessions { __typename } }' })
    for (const each of [tab, other]) {
      await expect.poll(() => each.says()).toBe('signed out: SIGNED_OUT_EVERYWHERE')
    }
  })

  test.each(['COOKIE', 'TOKEN'] as const)(
    'is told why when the session ended while no page was open (%s)',
    async (transport) => {
      const context: BrowserContext = await use.device()
      const tab = await use.tab(context, { transport })
      const email = await tab.signUp()
      await tab.page.close()
      const device = new Other(use.app)
      await device.signIn(email)
      await device.send({ query: 'mutation { revokeAllSessions { __typename } }' })
      const later = await use.tab(context, { transport })
      expect(await later.state()).toEqual({
        status: 'signedOut',
        reason: 'SIGNED_OUT_EVERYWHERE',
        message: 'You were signed out everywhere, from one of your devices.',
      })
    },
  )

  test('is not signed out where the server cannot be reached, and is told that it could not', async () => {
    const tab = await use.tab(await use.device())
    const email = await tab.signUp()
    await use.front.cut(true)
    const code = await tab.page.evaluate(() =>
      session.signOut().then(
        () => null,
        (error: { code: string }) => error.code,
      ),
    )
    expect(code).toBe('NO_ANSWER')
    expect(await tab.says()).toBe(email)
    await use.front.cut(false)
    await tab.signOut()
    expect(await tab.says()).toBe('signed out: SIGNED_OUT')
  })

  test('a lost answer to a sign-in leaves no tab believing what is not so', async () => {
    const context = await use.device()
    const [tab, other] = [await use.tab(context), await use.tab(context)]
    const email = await tab.signUp()
    await tab.signOut()
    use.front.fate = (body) => (body.includes('signIn(') ? { lost: true } : {})
    await tab.page.evaluate((input) => session.signIn(input).catch(() => null), { email, password: PASSWORD })
    // the cookie was lost with the answer
    for (const each of [tab, other]) await expect.poll(() => each.says()).toBe('signed out: SIGNED_OUT')
    expect(await tab.currentSessionId()).toBeNull()
  })

  test('somebody who signs in beside the client is noticed: the cookie is everybody’s', async () => {
    const tab = await use.tab(await use.device())
    const email = await tab.signUp()
    await expect.poll(() => use.front.sockets).toBe(1)
    const next = anyEmail()
    await tab.page.evaluate(
      ([email, password]) =>
        fetch('/graphql', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({
            query: 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }',
            variables: { input: { email, password } },
          }),
        }).then((response) => response.text()),
      [next, PASSWORD] as const,
    )
    await expect.poll(() => tab.says()).toBe(next)
    const told = (await tab.seen()).flatMap(({ what, detail }) => (what === 'viewer' ? [detail] : []))
    expect(told.slice(-2)).toEqual([
      { is: null, was: email },
      { is: next, was: null },
    ])
  })
})
