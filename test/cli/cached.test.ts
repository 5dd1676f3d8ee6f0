import { afterAll, beforeAll, expect, it } from 'vitest'
import { startApp, TEST_SECRET } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeOnPostgres } from '../kit/databases.ts'
import { describeOnRedis } from '../kit/installed.ts'
import { type RedisServer, startRedis } from '../kit/redis-server.ts'
import { curfew } from './curfew.ts'

describeOnRedis('a command that knows nothing of the bus and the cache of the nodes', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis[Symbol.asyncDispose]())

  describeOnPostgres('on their database', (open) => {
    // red without the wait for a lease: the node was woken by nobody, and believed what it held
    it('says that a session has ended when no node accepts it any more', async () => {
      await using database = await open()
      const lease = { SESSION_CACHE_LEASE: '5s' }
      await using app = await startApp(database, {
        environment: { ...lease, SESSION_CACHE: 'memory', REDIS_URL: redis.url, EVENT_BUS: 'redis' },
      })
      const email = anyEmail()
      const browser = new Browser(app)
      await browser.signUp(email)
      const isAccepted = async () => (await browser.currentSessionId()) !== null
      // read, and then held
      expect([await isAccepted(), await isAccepted()]).toEqual([true, true])
      const ended = await curfew(['user', 'disable', email], {
        ...lease,
        DATABASE_URL: database.postgres?.url ?? '',
        CURFEW_SECRET: TEST_SECRET,
      })
      expect(await isAccepted()).toBe(false)
      expect(ended).toMatchObject({ code: 0, stdout: `Disabled ${email}. 1 live session ended.\n` })
    })
  })
})
