import { expect, it } from 'vitest'
import { type Closing, closingOf } from '../../src/connections/closing.ts'
import { Connections } from '../../src/connections/connections.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { noCache } from '../../src/sessions/cache/session-cache.ts'
import { Sessions } from '../../src/sessions/sessions.ts'
import { createUser } from '../../src/users/users.ts'
import { anyEmail } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { tokenOf, VISITOR } from '../races/kit.ts'
import { Collector, DAY, startStage } from '../revocations/kit.ts'

describeEachDatabase('a connection', (open) => {
  it('whose session ends, and is told of, between being read and being admitted is not admitted', async () => {
    await using test = await open()
    await using stage = await startStage(test.database)
    const { log, feed, clock } = stage
    const policy = {
      idleTimeout: 7 * DAY,
      absoluteTimeout: 30 * DAY,
      touchInterval: DAY,
      mostPerUser: 500,
      beyondLimit: 'end-oldest' as const,
      notRememberedTimeout: DAY,
      calendarLimit: null,
      sensitiveWindow: DAY,
    }
    const sessions = new Sessions({
      database: test.database,
      log,
      clock,
      logger: createLogger('silent'),
      cache: noCache(),
      policy,
    })
    const { session, credential } = await test.database.transaction(async (transaction) => {
      const user = await createUser(transaction, {
        email: anyEmail(),
        passwordHash: '',
        roles: [],
        now: clock.now(),
      })
      if (!('id' in user)) throw new Error(user.code)
      const { device, place } = VISITOR
      return sessions.start(transaction, {
        userId: user.id,
        factors: ['PASSWORD'],
        transport: 'COOKIE',
        remembered: true,
        device,
        place,
      })
    })
    const live = new Collector()
    using _ = feed.followSession(session.id, live)
    const overtaken = new Proxy(sessions, {
      get: (target, name) => {
        if (name !== 'find') return Reflect.get(target, name)
        return async (...[presented]: Parameters<Sessions['find']>) => {
          const found = await target.find(presented)
          // what was read is on its way when the session ends, and the feed is quicker
          if (live.events.every(({ type }) => type !== 'REVOKED')) {
            await test.database.transaction((transaction) =>
              target.end(transaction, session.id, {
                reason: 'SIGNED_OUT',
                actor: { kind: 'USER', sessionId: session.id },
              }),
            )
            await expect.poll(() => live.events.some(({ type }) => type === 'REVOKED')).toBe(true)
          }
          return found
        }
      },
    })
    const limits = { perSession: 1, perUser: 1, perNode: 1, subscriptionsPerConnection: 1 }
    const logger = createLogger('silent')
    await using connections = new Connections({ sessions: overtaken, feed, log, clock, logger, limits })
    const expected: Closing = closingOf({ endReason: 'SIGNED_OUT', endedAt: clock.now() }, clock.now())
    // goes red when it looks first and follows then, or does not look again
    expect(
      await connections.open(tokenOf({ credential }), { close: async () => {}, terminate: () => {} }),
    ).toEqual(expected)
    expect([connections.size, connections.followers]).toEqual([0, 1])
  })
})
