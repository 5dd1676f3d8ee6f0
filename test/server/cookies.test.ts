import { print } from 'graphql'
import { expect, it } from 'vitest'
import { SESSION_COOKIE } from '../../src/protocol/credentials.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import {
  ReverifyDocument,
  SignInDocument,
  SignOutDocument,
  SignUpDocument,
} from '../kit/generated/operations.ts'
import { useApp } from '../kit/use-app.ts'

const FLAGS = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const SESSION = new RegExp(`^${SESSION_COOKIE}=cfs_[\\w-]{22}\\.[\\w-]{43}; `)
const MONTH = 30 * 86_400

describeEachDatabase('the session cookie', (open) => {
  const use = useApp(open)

  const cookiesOf = async (browser: Browser, body: object) =>
    (await browser.send(body)).headers.getSetCookie()
  const signUp = (email: string) => ({
    query: print(SignUpDocument),
    variables: { input: { email, password: PASSWORD } },
  })
  const signIn = (email: string, rememberMe: boolean) => ({
    query: print(SignInDocument),
    variables: { input: { email, password: PASSWORD, rememberMe } },
  })
  const reverify = {
    query: print(ReverifyDocument),
    variables: { input: { action: 'UPDATE_PASSWORD', factor: { password: PASSWORD } } },
  }

  it('has exactly the flags that keep it from scripts, other sites and plain HTTP, for as long as the session can last', async () => {
    const email = anyEmail()
    const browser = new Browser(use.app)
    for (const body of [signUp(email), signIn(email, true), reverify]) {
      const cookies = await cookiesOf(browser, body)
      expect(cookies).toHaveLength(1)
      const [, flags, age] = /^[^;]+; (.*); Max-Age=(\d+)$/.exec(cookies[0] ?? '') ?? []
      expect(cookies[0]).toMatch(SESSION)
      expect(flags).toBe(FLAGS)
      expect(Number(age)).toBeLessThanOrEqual(MONTH)
      expect(Number(age)).toBeGreaterThan(MONTH - 60)
    }
  })

  it('goes with the browser if the person does not want to be remembered, and so does its successor', async () => {
    const email = anyEmail()
    const browser = new Browser(use.app)
    await browser.signUp(email)
    for (const body of [signIn(email, false), reverify]) {
      const [cookie = ''] = await cookiesOf(browser, body)
      expect(cookie).toMatch(SESSION)
      expect(cookie.slice(cookie.indexOf(';') + 2)).toBe(FLAGS)
    }
  })

  it('is cleared with the same flags', async () => {
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    expect(await cookiesOf(browser, { query: print(SignOutDocument) })).toEqual([
      `${SESSION_COOKIE}=; ${FLAGS}; Max-Age=0`,
    ])
  })

  it('is not touched by answers to what came too late: they would wipe a newer one', async () => {
    const browser = new Browser(use.app)
    const { session } = await browser.signUp(anyEmail())
    const [old, live] = [browser.copy(), browser]
    await live.reverify('UPDATE_PASSWORD')
    const proof = 'verificationToken: ""'
    for (const query of [
      '{ viewer { id } }',
      'mutation { revokeAllSessions { __typename } }',
      `mutation { revokeAllSessions(input: { keepCurrent: true }) { __typename } }`,
      `mutation { revokeSession(input: { sessionId: "${session.id}", ${proof} }) { __typename } }`,
      `mutation { updatePassword(input: { newPassword: "xkcd 936!!", signOutEverywhere: true, ${proof} }) { __typename } }`,
      `mutation { deleteAccount(input: { ${proof} }) { __typename } }`,
      `mutation { reverify(input: { action: UPDATE_PASSWORD, factor: { password: "${PASSWORD}" } }) { __typename } }`,
      `mutation { signIn(input: { email: "nobody@example.com", password: "${PASSWORD}" }) { __typename } }`,
    ]) {
      for (const browser of [old, live]) {
        if (browser === live && query.includes('revokeAllSessions {')) continue
        if (browser === live && query.includes('reverify')) continue
        expect(await cookiesOf(browser.copy(), { query }), query).toEqual([])
      }
    }
    expect(await live.currentSessionId()).not.toBeNull()
  })
})
