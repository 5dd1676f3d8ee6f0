import { expect, it } from 'vitest'
import { systemClock } from '../../../src/kernel/clock.ts'
import { createLogger } from '../../../src/kernel/logger.ts'
import { openRedis } from '../../../src/redis/redis.ts'
import { startApp } from '../../kit/app.ts'
import { anyEmail, Browser } from '../../kit/browser.ts'
import { describeOnPostgres } from '../../kit/databases.ts'
import { SignOutDocument } from '../../kit/generated/operations.ts'
import { describeOnRedis } from '../../kit/installed.ts'
import { startRedis } from '../../kit/redis-server.ts'
import { startProxy } from '../../kit/tcp-proxy.ts'

describeOnRedis('a session that another node has ended, and not yet told the cache', () => {
  describeOnPostgres('shared by two nodes', (open) => {
    /** Red without `confirmEnd`: the answer came first, and a third node would still have believed the entry. */
    it('is buried by whoever answers that it is over', async () => {
      await using server = await startRedis()
      await using proxy = await startProxy(server.url)
      await using database = await open()
      const cached = { SESSION_CACHE: 'redis', EVENT_BUS: 'postgres' }
      await using ending = await startApp(database, { environment: { ...cached, REDIS_URL: proxy.url } })
      await using answering = await startApp(database, { environment: { ...cached, REDIS_URL: server.url } })
      await using redis = await openRedis(
        { url: server.url, commandTimeout: 5_000 },
        { clock: systemClock, logger: createLogger('silent') },
      )
      const browser = new Browser(ending)
      await browser.signUp(anyEmail())
      const here = new Browser(answering)
      here.cookie = browser.cookie
      const values = async () => {
        const keys = (await redis.command(null, ['KEYS', 'curfew:*:session:*'])) as string[]
        return Promise.all(keys.map((key) => redis.command(key, ['GET', key])))
      }
      // asked until the cache, which begins some time after the start, holds it
      await expect
        .poll(async () => {
          await here.send({ query: '{ viewer { id } }' })
          return (await values()).length
        })
        .toBe(1)
      await proxy.set('silent')
      const signedOut = browser.run(SignOutDocument, {})
      await expect
        .poll(async () => (await here.send<{ viewer: unknown }>({ query: '{ viewer { id } }' })).data.viewer)
        .toBeNull()
      expect(await here.run(SignOutDocument, {})).toMatchObject({ signOut: { __typename: 'SignOutSuccess' } })
      expect(await values()).toEqual(['!'])
      await signedOut
    })
  })
})
