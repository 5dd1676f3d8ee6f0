import { expect, it } from 'vitest'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import {
  RevokeAllSessionsDocument,
  RevokeSessionDocument,
  SignOutDocument,
  ViewerDocument,
} from '../kit/generated/operations.ts'
import { Socket } from '../kit/socket.ts'
import { useApp } from '../kit/use-app.ts'

const REVOKED =
  'subscription { sessionRevoked { id reason message cursor sessionId replacedBy actor { kind sessionId } } }'

interface Revoked {
  sessionRevoked: {
    id: string
    reason: string
    message: string
    sessionId: string
    actor: { kind: string; sessionId: string }
  }
}

describeEachDatabase('the push', (open) => {
  const use = useApp(open)

  it('tells every socket why, completes its subscription, and closes it with 4401', async () => {
    const [phone, laptop] = [new Browser(use.app), new Browser(use.app)]
    const email = anyEmail()
    const first = await phone.signUp(email)
    const second = await laptop.signIn(email)
    using phoneSocket = await Socket.subscribed(use.app.url, phone.cookie, REVOKED)
    using laptopSocket = await Socket.subscribed(use.app.url, laptop.cookie, REVOKED)
    const stolen = laptop.copy()
    const { revokeAllSessions } = await laptop.run(RevokeAllSessionsDocument, {})
    expect(revokeAllSessions).toMatchObject({ __typename: 'RevokeAllSessionsSuccess', revokedCount: 2 })
    for (const [socket, session] of [
      [phoneSocket, first.session],
      [laptopSocket, second.session],
    ] as const) {
      const { sessionRevoked } = await socket.data<Revoked>()
      expect(sessionRevoked).toMatchObject({
        reason: 'SIGNED_OUT_EVERYWHERE',
        sessionId: session.id,
        actor: { kind: 'USER', sessionId: second.session.id },
      })
      await socket.expect('complete')
      expect(await socket.closed()).toEqual({ code: 4401, reason: 'SIGNED_OUT_EVERYWHERE' })
    }
    expect(laptop.cookie).toBeNull()
    expect(await phone.currentSessionId()).toBeNull()
    expect(await stolen.currentSessionId()).toBeNull()
  })

  it('closes the sockets of a replaced session with 4403, not completed, and the successor goes on', async () => {
    const [tab, phone] = [new Browser(use.app), new Browser(use.app)]
    const email = anyEmail()
    await tab.signUp(email)
    const target = await phone.signIn(email)
    const before = tab.copy()
    using socket = await Socket.subscribed(use.app.url, tab.cookie, REVOKED)
    using phoneSocket = await Socket.subscribed(use.app.url, phone.cookie, REVOKED)
    const { token } = await tab.reverify('REVOKE_SESSION', target.session.id)
    const { sessionRevoked } = await socket.data<Revoked>()
    expect(sessionRevoked).toMatchObject({ reason: 'REPLACED', replacedBy: null })
    expect(await socket.closed()).toEqual({ code: 4403, reason: 'REPLACED' })
    expect(socket.unread).toEqual([])
    expect(await before.currentSessionId()).toBeNull()
    const { revokeSession } = await tab.run(RevokeSessionDocument, {
      input: { sessionId: target.session.id, verificationToken: token },
    })
    expect(revokeSession.__typename).toBe('RevokeSessionSuccess')
    expect(await phoneSocket.data<Revoked>()).toMatchObject({ sessionRevoked: { reason: 'REVOKED_BY_USER' } })
    await phoneSocket.expect('complete')
    expect(await phoneSocket.closed()).toMatchObject({ code: 4401 })
    const { currentSession } = await tab.run(ViewerDocument, {})
    expect(currentSession?.isCurrent).toBe(true)
    await tab.run(SignOutDocument, {})
    expect(tab.cookie).toBeNull()
  })
})
