import { expect, it } from 'vitest'
import { RETRY_WINDOW } from '../../src/tokens/rotation.ts'
import { anyEmail } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { Socket } from '../kit/socket.ts'
import { TokenClient } from '../kit/token-client.ts'
import { useApp } from '../kit/use-app.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const REUSED = 'REFRESH_TOKEN_REUSED'

/**
 * A thief has copied the owner's tokens, once. For each way in which they may go about it: whether and when that is found out.
 * Found out means that the session ends for both. `PROTOCOL.md` says the same to those who write clients.
 */
describeEachDatabase('a thief who has copied both tokens', (open) => {
  const use = useApp(open)
  const robbed = async (options: { thief?: string; email?: string } = {}) => {
    const owner = await new TokenClient(use.app).signUp(options.email ?? anyEmail())
    const thief = owner.copy(options.thief ? { userAgent: options.thief } : {})
    return { owner, thief }
  }
  const wait = (milliseconds: number) => use.app.clock.advance(milliseconds)

  it('and uses them first is found out when the owner refreshes, if the thief used what they got', async () => {
    const { owner, thief } = await robbed()
    expect(await thief.refresh()).toBe('RefreshSessionSuccess')
    expect(await thief.currentSessionId()).toBe(owner.sessionId)
    wait(15 * MINUTE)
    expect(await owner.refresh()).toBe(REUSED)
    expect(await thief.refresh()).toBe(REUSED)
    expect(await thief.currentSessionId()).toBeNull()
  })

  it('and uses them last is found out at once', async () => {
    const { owner, thief } = await robbed()
    expect(await owner.refresh()).toBe('RefreshSessionSuccess')
    expect(await owner.currentSessionId()).toBe(owner.sessionId)
    wait(15 * MINUTE)
    expect(await thief.refresh()).toBe(REUSED)
    expect(await owner.currentSessionId()).toBeNull()
    expect(await owner.refresh()).toBe(REUSED)
  })

  it('and comes a day later is found out at once, whatever the owner did meanwhile', async () => {
    for (const refreshes of [2, 3, 20]) {
      const { owner, thief } = await robbed()
      for (let count = 0; count < refreshes; count++) {
        expect(await owner.refresh()).toBe('RefreshSessionSuccess')
        wait(DAY / refreshes)
      }
      expect(await thief.refresh()).toBe(REUSED)
      expect(await owner.currentSessionId()).toBeNull()
    }
  })

  it('and rotates ahead in silence has what they got displaced, and is found out as soon as they use it', async () => {
    for (const how of ['refresh', 'access'] as const) {
      const { owner, thief } = await robbed()
      expect(await thief.refresh()).toBe('RefreshSessionSuccess')
      wait(10 * MINUTE)
      // to the server this looks like a lost response, and so the owner isn't signed out for it
      expect(await owner.refresh()).toBe('RefreshSessionSuccess')
      expect(await owner.currentSessionId()).toBe(owner.sessionId)
      if (how === 'refresh') expect(await thief.refresh()).toBe(REUSED)
      else expect(await thief.currentSessionId()).toBeNull()
      expect(await owner.refresh()).toBe(REUSED)
    }
  })

  it('and rotates ahead again and again in silence cannot stay in step', async () => {
    const { owner, thief } = await robbed()
    const stolen = thief.held.refreshToken
    expect((await thief.present(stolen)).__typename).toBe('RefreshSessionSuccess')
    wait(RETRY_WINDOW)
    expect(await owner.refresh()).toBe('RefreshSessionSuccess')
    wait(RETRY_WINDOW)
    // the owner's own answer was not used yet: to the server the owner asks again, and the owner's answer is displaced
    expect((await thief.present(stolen)).__typename).toBe('RefreshSessionSuccess')
    // whoever of the two comes next is found out: here it is the owner who notices
    expect(await owner.currentSessionId()).toBeNull()
    expect(await owner.refresh()).toBe(REUSED)
    expect(await thief.refresh()).toBe(REUSED)
  })

  it('and rotates ahead in silence, living on the older access token, is found out when that runs out', async () => {
    const { owner, thief } = await robbed()
    const older = thief.copy()
    expect(await thief.refresh()).toBe('RefreshSessionSuccess')
    wait(RETRY_WINDOW)
    // genuine, of the generation that both of them had: nothing to tell
    expect(await older.currentSessionId()).toBe(owner.sessionId)
    expect(await owner.refresh()).toBe('RefreshSessionSuccess')
    expect(await older.currentSessionId()).toBe(owner.sessionId)
    wait(15 * MINUTE)
    expect(await older.currentSessionId()).toBeNull()
    expect(await owner.currentSessionId()).toBeNull()
    expect(await owner.refresh()).toBe('RefreshSessionSuccess')
    expect(await owner.currentSessionId()).toBe(owner.sessionId)
    expect(await thief.refresh()).toBe(REUSED)
  })

  it('and opens a connection keeps it as long as the session lasts, and can change nothing over it', async () => {
    const { owner, thief } = await robbed()
    using socket = await Socket.open(use.app.url, { accessToken: thief.held.accessToken })
    await socket.expect('connection_ack')
    for (let day = 0; day < 3; day++) {
      wait(DAY)
      expect(await owner.refresh()).toBe('RefreshSessionSuccess')
      expect(await owner.currentSessionId()).toBe(owner.sessionId)
    }
    socket.subscribe('1', '{ currentSession { id } }')
    expect(await socket.data()).toEqual({ currentSession: { id: owner.sessionId } })
    await socket.expect('complete')
    socket.subscribe('2', 'mutation { signOut { __typename } }')
    await socket.expect('error')
    expect(await owner.currentSessionId()).toBe(owner.sessionId)
    await owner.send('mutation { signOut { __typename } }')
    expect(await socket.closed()).toEqual({ code: 4401, reason: 'SIGNED_OUT' })
  })

  it('and comes within the window of the same refresh, looking the same, is not told apart', async () => {
    const { owner, thief } = await robbed()
    for (let round = 0; round < 5; round++) {
      expect(await owner.refresh()).toBe('RefreshSessionSuccess')
      wait(RETRY_WINDOW - 5_000)
      expect(await thief.refresh()).toBe('RefreshSessionSuccess')
      expect(thief.held.refreshToken).toBe(owner.held.refreshToken)
      expect(await thief.currentSessionId()).toBe(owner.sessionId)
      wait(10 * MINUTE)
    }
    // until they miss one window: both have gone on by then
    expect(await owner.refresh()).toBe('RefreshSessionSuccess')
    expect(await owner.currentSessionId()).toBe(owner.sessionId)
    wait(RETRY_WINDOW)
    expect(await thief.refresh()).toBe(REUSED)
  })

  it('and comes within the window with another user agent is found out at once', async () => {
    const { owner, thief } = await robbed({ thief: 'curl/8' })
    expect(await owner.refresh()).toBe('RefreshSessionSuccess')
    expect(await thief.refresh()).toBe(REUSED)
    expect(await owner.currentSessionId()).toBeNull()
  })

  it('is recorded, and everyone who is connected is told before they are cut', async () => {
    const email = anyEmail()
    const { owner, thief } = await robbed({ email })
    const other = await new TokenClient(use.app).signUp(anyEmail())
    using socket = await Socket.open(use.app.url, { accessToken: owner.held.accessToken })
    await socket.expect('connection_ack')
    socket.subscribe('1', 'subscription { sessionRevoked { sessionId reason message actor { kind } } }')
    await socket.settled()
    expect(await owner.refresh()).toBe('RefreshSessionSuccess')
    expect(await owner.refresh()).toBe('RefreshSessionSuccess')
    expect(await thief.refresh()).toBe(REUSED)
    expect(await socket.data()).toEqual({
      sessionRevoked: {
        sessionId: owner.sessionId,
        reason: REUSED,
        message: expect.stringMatching(/\.$/),
        actor: { kind: 'SYSTEM' },
      },
    })
    await socket.expect('complete')
    expect(await socket.closed()).toEqual({ code: 4401, reason: REUSED })
    const record = use.app.logs.find((line) => line.includes('was reused; the session was ended'))
    expect(JSON.parse(record ?? '{}')).toMatchObject({ level: 40, network: '127.0.0.0/24' })
    const again = await new TokenClient(use.app).signIn(email)
    const { data } = await again.send(
      '{ viewer { sessions(state: ENDED) { edges { node { endReason anomalies { kind network } } } } } }',
    )
    expect(data).toEqual({
      viewer: {
        sessions: {
          edges: [{ node: { endReason: REUSED, anomalies: [{ kind: REUSED, network: '127.0.0.0/24' }] } }],
        },
      },
    })
    // and nobody else's
    expect(await other.refresh()).toBe('RefreshSessionSuccess')
  })
})
