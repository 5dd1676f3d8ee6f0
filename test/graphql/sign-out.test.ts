import { expect, it } from 'vitest'
import { localId } from '../../src/graphql/global-ids.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { NodeByIdDocument, SignOutDocument } from '../kit/generated/operations.ts'
import { expectNoChange, useApp } from '../kit/use-app.ts'

describeEachDatabase('signing out', (open) => {
  const use = useApp(open)

  it('ends the session on the server and clears the cookie', async () => {
    const browser = new Browser(use.app)
    const { session } = await browser.signUp(anyEmail())
    const stolen = browser.copy()
    const { signOut } = await browser.run(SignOutDocument, {})
    expect(signOut.session).toMatchObject({
      id: session.id,
      state: 'ENDED',
      endReason: 'SIGNED_OUT',
      isCurrent: false,
    })
    expect(browser.cookie).toBeNull()
    expect(await stolen.currentSessionId()).toBeNull()
  })

  it('succeeds without a session, and with one that has ended', async () => {
    const { signOut } = await new Browser(use.app).run(SignOutDocument, {})
    expect(signOut).toEqual({ __typename: 'SignOutSuccess', session: null })
    const browser = new Browser(use.app)
    await browser.signUp(anyEmail())
    const again = browser.copy()
    await browser.run(SignOutDocument, {})
    await expectNoChange(use, async () =>
      expect((await again.run(SignOutDocument, {})).signOut.session).toBeNull(),
    )
    expect(again.cookie).toBeNull()
  })

  it('leaves the other sessions of the user alone', async () => {
    const [phone, laptop] = [new Browser(use.app), new Browser(use.app)]
    const email = anyEmail()
    await phone.signUp(email)
    await laptop.signIn(email)
    await phone.run(SignOutDocument, {})
    expect(await laptop.currentSessionId()).not.toBeNull()
  })

  it('ends the successor of a session that another tab has replaced a moment ago by reverifying', async () => {
    const tab = new Browser(use.app)
    await tab.signUp(anyEmail())
    const other = tab.copy()
    const { session } = await tab.reverify('UPDATE_PASSWORD')
    // of which the holder of the old cookie is shown nothing
    expect((await other.run(SignOutDocument, {})).signOut.session).toBeNull()
    expect(await tab.currentSessionId()).toBeNull()
    const ended = await use.app.server.house.accounts.sessions.view(localId(session.id, 'Session') ?? '')
    expect(ended).toMatchObject({ endReason: 'SIGNED_OUT' })
  })

  it('ends the successor of a session that another tab has replaced a moment ago by signing in again', async () => {
    const email = anyEmail()
    const tab = new Browser(use.app)
    await tab.signUp(email)
    const other = tab.copy()
    const { session } = await tab.signIn(email)
    expect((await other.run(SignOutDocument, {})).signOut.session).toBeNull()
    expect(await tab.currentSessionId()).toBeNull()
    const ended = await use.app.server.house.accounts.sessions.view(localId(session.id, 'Session') ?? '')
    expect(ended).toMatchObject({ endReason: 'SIGNED_OUT' })
  })

  it('ends nothing by a cookie that was replaced a while ago: it is not in any browser any more', async () => {
    const tab = new Browser(use.app)
    await tab.signUp(anyEmail())
    const thief = tab.copy()
    await tab.reverify('UPDATE_PASSWORD')
    use.app.clock.advance(30_000)
    await expectNoChange(use, async () =>
      expect((await thief.run(SignOutDocument, {})).signOut.session).toBeNull(),
    )
    expect(await tab.currentSessionId()).not.toBeNull()
  })

  it('keeps the session in the history, and ended for good', async () => {
    const [phone, laptop] = [new Browser(use.app), new Browser(use.app)]
    const email = anyEmail()
    const { session } = await phone.signUp(email)
    await laptop.signIn(email)
    await phone.run(SignOutDocument, {})
    const { node } = await laptop.run(NodeByIdDocument, { id: session.id })
    expect(node).toMatchObject({ id: session.id, state: 'ENDED', endReason: 'SIGNED_OUT' })
  })
})
