import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { anyEmail, Browser as Other, PASSWORD } from '../../kit/browser.ts'
import { bundle } from '../../kit/bundle.ts'
import { useBrowser } from './kit.ts'

const DOCUMENT = new URL('../../../docs/client.md', import.meta.url)

describe('the examples of docs/client.md', () => {
  const use = useBrowser()
  let code = ''
  beforeAll(async () => {
    code = await bundle(fileURLToPath(new URL('page/examples.tsx', import.meta.url)))
  })

  /** A page with all of them, where nobody is signed in. */
  async function examplesPage(): Promise<Page> {
    const context = await use.device()
    const page = await context.newPage()
    page.on('pageerror', (error) => console.error(error))
    await page.goto(`${use.front.url}/elsewhere`)
    await page.addScriptTag({ content: code })
    await page.evaluate(() => examples.signIn.session.ready().then(() => {}))
    return page
  }

  const signUp = (page: Page, email: string) =>
    page.evaluate(([email, password]) => examples.signIn.session.signUp({ email, password }).then(() => {}), [
      email,
      PASSWORD,
    ] as const)

  test.each(['sign-in.ts', 'verification.ts', 'urql.ts', 'apollo.ts', 'graphql-request.ts', 'react.tsx'])(
    'are these files: %s',
    async (name) => {
      const example = await readFile(new URL(`examples/${name}`, import.meta.url), 'utf8')
      expect(await readFile(DOCUMENT, 'utf8')).toContain(`\`\`\`${name.split('.')[1]}\n${example}\`\`\``)
    },
  )

  test('signing in: the page says who it is, or what was wrong', async () => {
    const page = await examplesPage()
    const email = anyEmail()
    await new Other(use.app).signUp(email)
    const signIn = (password: string) =>
      page.evaluate(([email, password]) => examples.signIn.signIn(email, password), [
        email,
        password,
      ] as const)
    expect(await signIn('wrong')).toBe('The e-mail address or the password is not right.')
    expect(await signIn(PASSWORD)).toBe('Welcome.')
    expect(await page.title()).toBe(email)
    await page.evaluate(() => examples.signIn.session.signOut())
    expect(await page.title()).toBe('You signed out.')
  })

  test('a factor: the person is asked, and may rather not', async () => {
    const page = await examplesPage()
    const email = anyEmail()
    await signUp(page, email)
    const other = new Other(use.app)
    await other.signIn(email)
    const answers: (string | null)[] = [null, 'wrong', PASSWORD]
    page.on('dialog', (dialog) => {
      const answer = answers.shift()
      void (answer == null ? dialog.dismiss() : dialog.accept(answer))
    })
    const signOutOthers = () => page.evaluate(() => examples.verification.signOutOthers())
    expect(await signOutOthers()).toBe('Nothing was done: this needs your password or passkey.')
    expect(await other.currentSessionId()).not.toBeNull()
    expect(await signOutOthers()).toBe('1 signed out.')
    expect(await other.currentSessionId()).toBeNull()
    expect(answers).toEqual([])
  })

  test.each(['urql', 'apollo', 'graphqlRequest'] as const)(
    '%s: reads as the person, and shows the next one nothing of theirs',
    async (library) => {
      const page = await examplesPage()
      const read = () => page.evaluate((library) => examples[library].readEmail(), library)
      await page.evaluate((library) => examples[library].session.ready().then(() => {}), library)
      expect(await read()).toBeNull()
      for (const email of [anyEmail(), anyEmail()]) {
        await signUp(page, email)
        await expect
          .poll(() =>
            page.evaluate((library) => {
              const { state } = examples[library].session
              return state.status === 'signedIn' ? state.viewer.email : state.status
            }, library),
          )
          .toBe(email)
        expect(await read()).toBe(email)
        // out of the cache, where there is one
        expect(await read()).toBe(email)
      }
    },
  )

  test('urql: is told of events', async () => {
    const page = await examplesPage()
    const email = anyEmail()
    await signUp(page, email)
    const opened = use.front.opened
    const heard = page.evaluate(
      () => new Promise<string>((resolve) => void examples.urql.onSessionStarted(resolve)),
    )
    await expect.poll(() => use.front.opened).toBeGreaterThan(opened)
    // the socket is there; its subscription follows in a moment
    await page.waitForTimeout(500)
    const { session } = await new Other(use.app).signIn(email)
    expect(await heard).toBe(session.id)
  })

  test('React: shows who is signed in, and why nobody is any more', async () => {
    const page = await examplesPage()
    await page.evaluate(() => show())
    await expect.poll(() => page.textContent('main')).toBe('Sign in, please.')
    const email = anyEmail()
    await signUp(page, email)
    await expect.poll(() => page.textContent('main')).toBe(`${email} Sign out`)
    const other = new Other(use.app)
    await other.signIn(email)
    await other.send({ query: 'mutation { revokeAllSessions { __typename } }' })
    await expect
      .poll(() => page.textContent('main'))
      .toBe('You were signed out everywhere, from one of your devices.')
  })
})
