import { expect, it } from 'vitest'
import { startApp, TEST_SECRET } from '../kit/app.ts'
import { anyEmail } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { Socket } from '../kit/socket.ts'
import { TokenClient } from '../kit/token-client.ts'

const OTHER_SECRET = 'another secret for tests alone, of more than 32 bytes'
const MINUTE = 60_000

describeEachDatabase('a client with tokens', (open) => {
  it('stays signed in through a rotation of keys, and notices nothing of it', async () => {
    await using database = await open()
    await using app = await startApp(database, { clock: new FrozenClock() })
    const client = await new TokenClient(app).signUp(anyEmail())
    await app.server.house.accounts.signingKeys.rotate({ atOnce: false })
    app.clock.advance(10 * MINUTE)
    expect(await client.currentSessionId()).toBe(client.sessionId)
    const keyOf = () => client.held.accessToken.split('.')[0]
    const before = keyOf()
    expect(await client.refresh()).toBe('RefreshSessionSuccess')
    expect(keyOf()).not.toBe(before)
    expect(await client.currentSessionId()).toBe(client.sessionId)
  })

  it('has only to refresh when the keys were withdrawn', async () => {
    await using database = await open()
    await using app = await startApp(database)
    const client = await new TokenClient(app).signUp(anyEmail())
    await app.server.house.accounts.signingKeys.rotate({ atOnce: true })
    const { headers, data } = await client.send('{ viewer { id } }')
    expect(data).toEqual({ viewer: null })
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"')
    const { accessToken } = client.held
    using refused = await Socket.open(app.url, { accessToken })
    expect(await refused.closed()).toEqual({ code: 4401, reason: 'NOT_SIGNED_IN' })
    expect(await client.refresh()).toBe('RefreshSessionSuccess')
    expect(await client.currentSessionId()).toBe(client.sessionId)
  })

  it('stays signed in through a change of the master secret, once it has refreshed', async () => {
    await using database = await open()
    const node = (secrets: { current: string; previous: string | null }) => startApp(database, { secrets })
    const [client, late] = await (async () => {
      await using old = await node({ current: TEST_SECRET, previous: null })
      const signUp = () => new TokenClient(old).signUp(anyEmail())
      return [await signUp(), await signUp()]
    })()
    /** The same client, on another node. */
    const on = (app: { url: string }, { tokens, sessionId }: TokenClient) =>
      Object.assign(new TokenClient(app), { tokens, sessionId })
    {
      await using both = await node({ current: OTHER_SECRET, previous: TEST_SECRET })
      const here = on(both, client)
      expect(await here.currentSessionId()).toBe(client.sessionId)
      expect(await here.refresh()).toBe('RefreshSessionSuccess')
      client.tokens = here.tokens
    }
    await using changed = await node({ current: OTHER_SECRET, previous: null })
    const here = on(changed, client)
    expect(await here.currentSessionId()).toBe(client.sessionId)
    expect(await here.refresh()).toBe('RefreshSessionSuccess')
    // what was written under the old secret alone is over with it; the access token lives out its time
    expect(await on(changed, late).currentSessionId()).toBe(late.sessionId)
    expect(await on(changed, late).refresh()).toBe('InvalidTokenError')
  })
})
