import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sessions } from '../../src/database/tables.ts'
import { localId } from '../../src/graphql/global-ids.ts'
import { CLOCK_SKEW } from '../../src/protocol/access-tokens.ts'
import { RETRY_WINDOW } from '../../src/tokens/rotation.ts'
import { startApp, type TestApp } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { TokenClient } from '../kit/token-client.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const REUSED = 'REFRESH_TOKEN_REUSED'
const OK = 'RefreshSessionSuccess'

/** By how much the clock of one node is ahead of the other's. Those who run several should keep them within a second. */
const SKEWS = [2 * SECOND, 20 * SECOND, 60 * SECOND]

/**
 * Two nodes on one database whose clocks differ. Whatever they differ by, nothing is lost, nothing comes back, and a client that keeps
 * to the rules is not signed out; beyond the tolerance of five seconds access tokens of the fast node have to wait for the slow
 * one, and from half a minute on the window for retries is gone in one direction.
 */
describeOnPostgres('two nodes whose clocks differ', (open) => {
  describe.each(SKEWS)('by %i ms', (skew) => {
    let database: TestDatabase
    let fast: TestApp
    let slow: TestApp
    beforeEach(async () => {
      database = await open()
      const [ahead, behind] = [new FrozenClock(), new FrozenClock()]
      // whole seconds, as access tokens have them
      behind.advance(SECOND - (behind.now().getTime() % SECOND))
      ahead.advance(behind.now().getTime() + skew - ahead.now().getTime())
      slow = await startApp(database, { clock: behind })
      fast = await startApp(database, { clock: ahead })
    })
    afterEach(async () => {
      await fast[Symbol.asyncDispose]()
      await slow[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    })

    const wait = (milliseconds: number) => {
      for (const { clock } of [fast, slow]) clock.advance(milliseconds)
    }
    /** The same client, whose next request goes to the other node. */
    const at = (node: TestApp, client: TokenClient) => {
      const there = new TokenClient(node)
      there.tokens = client.tokens
      there.sessionId = client.sessionId
      return there
    }
    const lastActiveAt = async (globalId: string) => {
      const [row] = await database.database.queries
        .select({ at: sessions.lastActiveAt })
        .from(sessions)
        .where(eq(sessions.id, localId(globalId, 'Session') ?? ''))
      return row?.at.getTime() ?? Number.NaN
    }

    it(`an access token of the fast node is ${skew <= CLOCK_SKEW ? 'good at once' : 'refused'} on the slow one, until that has caught up to within five seconds; the session goes on meanwhile`, async () => {
      const client = await new TokenClient(fast).signUp(anyEmail())
      if (skew > CLOCK_SKEW) {
        expect(await at(slow, client).currentSessionId()).toBeNull()
        wait(skew - CLOCK_SKEW - SECOND)
        expect(await at(slow, client).currentSessionId()).toBeNull()
        expect(await at(fast, client).currentSessionId()).toBe(client.sessionId)
        wait(SECOND)
      }
      expect(await at(slow, client).currentSessionId()).toBe(client.sessionId)
      expect(await at(fast, client).currentSessionId()).toBe(client.sessionId)
    })

    it('an access token of the slow node is good on the fast one, and expires there as much sooner', async () => {
      const client = await new TokenClient(slow).signUp(anyEmail())
      expect(await at(fast, client).currentSessionId()).toBe(client.sessionId)
      wait(15 * MINUTE - skew - SECOND)
      expect(await at(fast, client).currentSessionId()).toBe(client.sessionId)
      wait(SECOND)
      expect(await at(fast, client).currentSessionId()).toBeNull()
      expect(await at(slow, client).currentSessionId()).toBe(client.sessionId)
    })

    it('a client that is refused the access token which it has just got refreshes, and goes on, wherever it comes', async () => {
      let client = await new TokenClient(fast).signUp(anyEmail())
      for (let count = 0; count < 6; count++) {
        client = at(count % 2 === 0 ? slow : fast, client)
        const found = await client.currentSessionId()
        if (found === null) expect(skew).toBeGreaterThan(CLOCK_SKEW)
        expect(await client.refresh()).toBe(OK)
        wait(10 * SECOND)
      }
      wait(skew)
      for (const node of [fast, slow])
        expect(await at(node, client).currentSessionId()).toBe(client.sessionId)
    })

    it('a retry on the slow node of a rotation on the fast one is let through for as much longer', async () => {
      const client = await new TokenClient(fast).signUp(anyEmail())
      const stale = client.copy()
      expect(await client.refresh()).toBe(OK)
      expect(await client.currentSessionId()).toBe(client.sessionId)
      wait(RETRY_WINDOW + skew - SECOND)
      const late = at(slow, stale)
      expect(await late.refresh()).toBe(OK)
      expect(late.held.refreshToken).toBe(client.held.refreshToken)
      wait(SECOND)
      expect(await at(slow, stale).refresh()).toBe(REUSED)
    })

    const left = RETRY_WINDOW - skew
    it(`a retry on the fast node of a rotation on the slow one is let through ${left > 0 ? 'for as much shorter' : 'no more, not even at once'}`, async () => {
      const client = await new TokenClient(slow).signUp(anyEmail())
      const stale = client.copy()
      expect(await client.refresh()).toBe(OK)
      expect(await client.currentSessionId()).toBe(client.sessionId)
      if (left > 0) {
        wait(left - SECOND)
        expect(await at(fast, stale).refresh()).toBe(OK)
        wait(SECOND)
      }
      expect(await at(fast, stale).refresh()).toBe(REUSED)
    })

    it(`two tabs that refresh at once, against the rules, on both nodes ${left > 0 ? 'go on with one token' : 'displace one another, and the person is signed out'}`, async () => {
      const tab = await new TokenClient(slow).signUp(anyEmail())
      const other = at(fast, tab)
      expect(await tab.refresh()).toBe(OK)
      expect(await other.refresh()).toBe(OK)
      if (left > 0) {
        expect(other.held.refreshToken).toBe(tab.held.refreshToken)
        expect(await tab.currentSessionId()).toBe(tab.sessionId)
      } else {
        expect(await tab.currentSessionId()).toBeNull()
        expect(await other.refresh()).toBe(REUSED)
      }
    })

    it('a client whose responses are lost, again and again, repeats the same token on either node, and goes on', async () => {
      const client = await new TokenClient(slow).signUp(anyEmail())
      for (const pause of [0, 10 * SECOND, 29 * SECOND, RETRY_WINDOW, 5 * MINUTE]) {
        for (const order of [
          [slow, fast],
          [fast, slow],
        ]) {
          for (const node of order) {
            expect((await at(node, client).present()).__typename).toBe(OK)
            wait(pause)
          }
          const kept = at(order[0] ?? slow, client)
          expect(await kept.refresh()).toBe(OK)
          client.tokens = kept.tokens
        }
      }
      wait(skew)
      for (const node of [fast, slow])
        expect(await at(node, client).currentSessionId()).toBe(client.sessionId)
    })

    it('a thief is found out all the same when they miss the window, and the session ends on both', async () => {
      const client = await new TokenClient(slow).signUp(anyEmail())
      const thief = client.copy()
      expect(await client.refresh()).toBe(OK)
      expect(await client.currentSessionId()).toBe(client.sessionId)
      wait(RETRY_WINDOW + skew)
      expect(await at(slow, thief).refresh()).toBe(REUSED)
      for (const node of [fast, slow]) {
        expect(await at(node, client).currentSessionId()).toBeNull()
        expect(await at(node, client).refresh()).toBe(REUSED)
      }
    })

    it('what was written of the last activity never goes back', async () => {
      const cookies = await Promise.all(
        [fast, slow].map(async (node) => {
          const browser = new Browser(node)
          return { browser, session: (await browser.signUp(anyEmail())).session.id }
        }),
      )
      const clients = await Promise.all([fast, slow].map((node) => new TokenClient(node).signUp(anyEmail())))
      const read = () =>
        Promise.all(
          [...cookies.map(({ session }) => session), ...clients.map((each) => each.sessionId)].map(
            lastActiveAt,
          ),
        )
      let before = await read()
      const started = before
      for (const node of [fast, slow, slow, fast, fast, slow]) {
        for (const { browser } of cookies) {
          const there = new Browser(node)
          there.cookie = browser.cookie
          expect(await there.currentSessionId()).not.toBeNull()
        }
        for (const client of clients) {
          const there = at(node, client)
          expect(await there.refresh()).toBe(OK)
          client.tokens = there.tokens
        }
        const after = await read()
        for (const [index, moment] of after.entries())
          expect(moment).toBeGreaterThanOrEqual(before[index] ?? 0)
        before = after
        // between the fast one and the slow one nothing: the slow one is behind what was written
        if (node === slow) wait(HOUR)
      }
      for (const [index, moment] of before.entries()) expect(moment).toBeGreaterThan(started[index] ?? 0)
    })

    it.each([
      ['idle', 7 * DAY, 'IDLE_TIMEOUT'],
      ['absolute', 30 * DAY, 'ABSOLUTE_TIMEOUT'],
    ] as const)(
      'the %s limit is reached on the fast node first, and from then on on both',
      async (limit, duration, reason) => {
        const browser = new Browser(slow)
        await browser.signUp(anyEmail())
        const client = await new TokenClient(slow).signUp(anyEmail())
        const there = new Browser(fast)
        there.cookie = browser.cookie
        if (limit === 'absolute') {
          for (let day = 0; day < 30; day += 6) {
            if (day > 0) wait(6 * DAY)
            expect(await browser.currentSessionId()).not.toBeNull()
            expect(await client.refresh()).toBe(OK)
          }
          wait(6 * DAY - skew - SECOND)
        } else {
          wait(duration - skew - SECOND)
        }
        // looks without using it: it would be moved
        const background = async (node: TestApp) =>
          (await at(node, client).present(undefined, { background: true })).__typename
        expect(await background(fast)).toBe(OK)
        wait(SECOND)
        expect(await at(fast, client).refresh()).toBe(reason)
        expect(await at(slow, client).refresh()).toBe(reason)
        expect(await there.currentSessionId()).toBeNull()
        expect(await browser.currentSessionId()).toBeNull()
      },
    )

    it('a session that was started on the fast node is good on the slow one at once', async () => {
      const browser = new Browser(fast)
      const { session } = await browser.signUp(anyEmail())
      const there = new Browser(slow)
      there.cookie = browser.cookie
      expect(await there.currentSessionId()).toBe(session.id)
      const { token } = await there.reverify('REVOKE_OTHER_SESSIONS')
      const back = new Browser(fast)
      back.cookie = there.cookie
      const answer = await back.send({
        query: `mutation { revokeAllSessions(input: { keepCurrent: true, verificationToken: "${token}" }) { __typename } }`,
      })
      expect(answer.data).toEqual({ revokeAllSessions: { __typename: 'RevokeAllSessionsSuccess' } })
    })

    it('keys that the fast node withdraws are refused on the slow one as soon as it looks', async () => {
      const client = await new TokenClient(slow).signUp(anyEmail())
      const keys = (node: TestApp) => node.server.house.accounts.signingKeys
      await keys(fast).rotate({ atOnce: true })
      const { kid } = keys(fast).signer()
      wait(15 * SECOND)
      await expect.poll(() => keys(slow).signer().kid).toBe(kid)
      expect(await at(slow, client).currentSessionId()).toBeNull()
      expect(await at(slow, client).refresh()).toBe(OK)
    })

    it('keys that the slow node withdraws are refused on the fast one as soon as it looks', async () => {
      const client = await new TokenClient(fast).signUp(anyEmail())
      const keys = (node: TestApp) => node.server.house.accounts.signingKeys
      await keys(slow).rotate({ atOnce: true })
      const { kid } = keys(slow).signer()
      wait(15 * SECOND)
      await expect.poll(() => keys(fast).signer().kid).toBe(kid)
      expect(await at(fast, client).currentSessionId()).toBeNull()
      const there = at(fast, client)
      expect(await there.refresh()).toBe(OK)
      expect(await there.currentSessionId()).toBe(there.sessionId)
    })
  })
})
