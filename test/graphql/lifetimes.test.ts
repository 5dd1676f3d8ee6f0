import { expect, it } from 'vitest'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { MySessionsDocument, SignInDocument } from '../kit/generated/operations.ts'
import { useApp } from '../kit/use-app.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Signs in to a new account, in a browser that forgets the session when it is closed. */
async function signInForgetfully(app: { url: string }) {
  const email = anyEmail()
  await new Browser(app).signUp(email)
  const browser = new Browser(app)
  const input = { email, password: PASSWORD, rememberMe: false }
  const { signIn } = await browser.run(SignInDocument, { input })
  if (signIn.__typename !== 'SignInSuccess') throw new Error(signIn.__typename)
  return { email, browser, session: signIn.session }
}

/** How long a session may last at most, from its start (milliseconds). */
function longest({ createdAt, expiresAt }: { createdAt: string; expiresAt: string }): number {
  return Date.parse(expiresAt) - Date.parse(createdAt)
}

describeEachDatabase('a session that is not to be remembered', (open) => {
  const use = useApp(open)

  it('ends after a day, and so does the one that continues it', async () => {
    const { email, browser, session } = await signInForgetfully(use.app)
    expect(longest(session)).toBe(DAY)
    expect(session.idleExpiresAt).toBe(session.expiresAt)
    use.app.clock.advance(23 * HOUR)
    const { session: successor } = await browser.reverify('ADMINISTER')
    expect(longest(successor)).toBe(DAY)
    expect(Date.parse(successor.expiresAt) - Date.parse(session.expiresAt)).toBeGreaterThanOrEqual(23 * HOUR)
    use.app.clock.advance(23 * HOUR)
    expect(await browser.currentSessionId()).toBe(successor.id)
    use.app.clock.advance(HOUR)
    expect(await browser.currentSessionId()).toBeNull()
    await browser.signIn(email)
    const { viewer } = await browser.run(MySessionsDocument, { state: 'ENDED' })
    expect(viewer?.sessions.edges[0]?.node).toMatchObject({ id: successor.id, endReason: 'ABSOLUTE_TIMEOUT' })
  })
})

describeEachDatabase('an absolute timeout that is shorter', (open) => {
  const use = useApp(open, { environment: { SESSION_ABSOLUTE_TIMEOUT: '2h' } })

  it('holds for sessions that are not to be remembered, too', async () => {
    expect(longest((await signInForgetfully(use.app)).session)).toBe(2 * HOUR)
  })
})

describeEachDatabase('a calendar limit', (open) => {
  const use = useApp(open, { environment: { SESSION_CALENDAR_LIMIT: 'daily at 04:30 in UTC' } })

  it('ends all sessions at that time of the day, whenever they were started', async () => {
    // far from the limit, whenever the test runs
    use.app.clock.advance(DAY - (use.app.clock.now().getTime() % DAY) + DAY / 2)
    const email = anyEmail()
    const phone = new Browser(use.app)
    const { session } = await phone.signUp(email)
    expect(session.expiresAt).toMatch(/T04:30:00\.000Z$/)
    expect(longest(session)).toBeGreaterThan(0)
    expect(longest(session)).toBeLessThanOrEqual(DAY)
    const left = Date.parse(session.expiresAt) - use.app.clock.now().getTime()
    use.app.clock.advance(left - 60_000)
    const laptop = new Browser(use.app)
    expect((await laptop.signIn(email)).session.expiresAt).toBe(session.expiresAt)
    use.app.clock.advance(60_000)
    expect(await phone.currentSessionId()).toBeNull()
    expect(await laptop.currentSessionId()).toBeNull()
    const { session: next } = await phone.signIn(email)
    expect(Date.parse(next.expiresAt) - Date.parse(session.expiresAt)).toBe(DAY)
  })
})

describeEachDatabase('the profile aal3', (open) => {
  const use = useApp(open, { environment: { SESSION_PROFILE: 'aal3' } })

  it('ends sessions after a quarter of an hour without use, and after twelve hours with it', async () => {
    const browser = new Browser(use.app)
    const { session } = await browser.signUp(anyEmail())
    expect(longest(session)).toBe(12 * HOUR)
    for (let passed = 0; passed < 12 * HOUR - HOUR / 6; passed += HOUR / 6) {
      use.app.clock.advance(HOUR / 6)
      expect(await browser.currentSessionId()).toBe(session.id)
    }
    use.app.clock.advance(HOUR / 6)
    expect(await browser.currentSessionId()).toBeNull()
    const idle = new Browser(use.app)
    await idle.signUp(anyEmail())
    use.app.clock.advance(HOUR / 4)
    expect(await idle.currentSessionId()).toBeNull()
  })
})
