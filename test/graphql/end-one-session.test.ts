import { expect, it } from 'vitest'
import { createAccount } from '../../src/accounts/administer.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { MySessionsDocument, RevokeSessionsDocument, SessionsDocument } from '../kit/generated/operations.ts'
import { expectNoChange, useApp } from '../kit/use-app.ts'

describeEachDatabase('an administrator ends one session', (open) => {
  const use = useApp(open)

  async function administrator(): Promise<Browser> {
    const [email, browser] = [anyEmail(), new Browser(use.app)]
    const account = { email, password: PASSWORD, roles: ['ADMINISTRATOR' as const] }
    const created = await createAccount(use.app.server.house.accounts, account)
    if (created instanceof Refusal) throw new Error(created.code)
    await browser.signIn(email)
    return browser
  }

  async function personWithTwoDevices() {
    const [email, laptop, phone] = [anyEmail(), new Browser(use.app), new Browser(use.app)]
    const { session } = await laptop.signUp(email)
    await phone.signIn(email)
    return { laptop, phone, laptopId: session.id }
  }

  const end = async (browser: Browser, sessionId: string) => {
    const input = { filter: { sessionId }, reason: 'a lost laptop' }
    return (await browser.run(RevokeSessionsDocument, { input })).revokeSessions
  }

  it('and no other one', async () => {
    const [admin, { laptop, phone, laptopId }] = [await administrator(), await personWithTwoDevices()]
    expect(await end(admin, laptopId)).toMatchObject({ revokedCount: 1, hasMore: false })
    expect(await laptop.currentSessionId()).toBeNull()
    expect(await phone.currentSessionId()).not.toBeNull()
  })

  it('also if it was replaced since it was listed', async () => {
    const [admin, { laptop, phone, laptopId }] = [await administrator(), await personWithTwoDevices()]
    const { session } = await laptop.reverify('UPDATE_PASSWORD')
    expect(session.id).not.toBe(laptopId)
    expect(await end(admin, laptopId)).toMatchObject({ revokedCount: 1 })
    expect(await laptop.currentSessionId()).toBeNull()
    expect(await phone.currentSessionId()).not.toBeNull()
  })

  it('and a list shows it with the one that continues it', async () => {
    const [admin, { laptop, laptopId }] = [await administrator(), await personWithTwoDevices()]
    const { session } = await laptop.reverify('UPDATE_PASSWORD')
    const { sessions } = await admin.run(SessionsDocument, { filter: { sessionId: laptopId } })
    expect(sessions.edges.map(({ node }) => node.id)).toEqual([session.id, laptopId])
  })

  it('and nobody’s, if the id is of no session', async () => {
    const [admin, { laptop, laptopId }] = [await administrator(), await personWithTwoDevices()]
    const { viewer } = await laptop.run(MySessionsDocument, {})
    await end(admin, laptopId)
    for (const id of [viewer?.id ?? '', 'nonsense', '', laptopId]) {
      await expectNoChange(use, async () => expect(await end(admin, id)).toMatchObject({ revokedCount: 0 }))
    }
  })
})
