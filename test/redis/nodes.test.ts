import { describe, expect, it } from 'vitest'
import { InvalidConfig, readConfig } from '../../src/server/config.ts'
import { StartupError } from '../../src/server/data-folder.ts'
import { startApp } from '../kit/app.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeOnPostgres } from '../kit/databases.ts'
import { SignOutDocument } from '../kit/generated/operations.ts'
import { describeOnNats, describeOnRedis } from '../kit/installed.ts'
import { startNats } from '../kit/nats-server.ts'
import { startRedis } from '../kit/redis-server.ts'
import { Socket } from '../kit/socket.ts'

const REVOKED = 'subscription { sessionRevoked { reason } }'
const PASSWORD = 'p%ss/w:rd'

for (const { engine, setting, describeOnEngine, startEngine } of [
  { engine: 'Redis', setting: 'REDIS_URL', describeOnEngine: describeOnRedis, startEngine: startRedis },
  { engine: 'NATS', setting: 'NATS_URL', describeOnEngine: describeOnNats, startEngine: startNats },
]) {
  /** Nothing but the bus brings an event before the test gives up. */
  const environmentOf = (url: string) => ({
    [setting]: url,
    EVENT_BUS: engine.toLowerCase(),
    EVENT_POLL_INTERVAL: '60s',
  })

  describeOnEngine(`nodes with a bus over ${engine}`, () => {
    describeOnPostgres('and one database', (open) => {
      it('tell each other what happened', async () => {
        await using server = await startEngine({ password: PASSWORD })
        await using test = await open()
        await using near = await startApp(test, { environment: environmentOf(server.url) })
        await using far = await startApp(test, { environment: environmentOf(server.url) })
        const phone = new Browser(near)
        await phone.signUp(anyEmail())
        using socket = await Socket.subscribed(far.url, phone.cookie, REVOKED)
        await phone.run(SignOutDocument, {})
        // goes red when the other node hears nothing
        expect(await socket.data()).toMatchObject({ sessionRevoked: { reason: 'SIGNED_OUT' } })
        expect([...near.logs, ...far.logs].join()).not.toMatch(/p%ss|p%25ss/)
      })

      it('are ready and work without it, from the start and later', async () => {
        await using server = await startEngine()
        await server.kill()
        await using test = await open()
        await using app = await startApp(test, { environment: environmentOf(server.url) })
        const outages = () =>
          app.logs.filter((line) => line.includes(`${engine} (${setting}) cannot be reached`)).length
        const isReady = async () => (await fetch(`${app.url}/readyz`)).status
        expect([outages(), await isReady()]).toEqual([1, 200])
        await server.start()
        await expect.poll(() => app.logs.join()).toContain(`${engine} is there again`)
        await server.kill()
        await expect.poll(outages).toBe(2)
        const phone = new Browser(app)
        await phone.signUp(anyEmail())
        using socket = await Socket.subscribed(app.url, phone.cookie, REVOKED)
        await phone.run(SignOutDocument, {})
        expect(await phone.currentSessionId()).toBeNull()
        // the log is read all the same
        app.clock.advance(60_000)
        expect(await socket.data()).toMatchObject({ sessionRevoked: { reason: 'SIGNED_OUT' } })
        expect([outages(), await isReady()]).toEqual([2, 200])
      })

      it('do not start with credentials that it does not accept, and name the setting and not the password', async () => {
        await using server = await startEngine({ password: PASSWORD })
        await using test = await open()
        const url = new URL(server.url)
        url.password = 'not-the-password'
        const error = await startApp(test, { environment: environmentOf(url.href) }).catch(
          (reason: unknown) => reason,
        )
        expect(error).toBeInstanceOf(StartupError)
        expect(String(error)).toMatch(
          new RegExp(`${setting}: ${engine} does not let us in.*; put the right user and password`),
        )
        expect(String(error)).not.toMatch(/not-the-password|p%ss|p%25ss/)
      })
    })
  })

  describe(`the address of ${engine}`, () => {
    it('has to be one, and is not told to anybody if it is not', () => {
      for (const url of [
        'http://user:hidden@host',
        'host:hidden',
        'redis//hidden',
        'nats://user:hidden%@host',
      ]) {
        let error: unknown
        try {
          readConfig({ [setting]: url })
        } catch (reason) {
          error = reason
        }
        expect(error, url).toBeInstanceOf(InvalidConfig)
        expect(String(error)).toMatch(new RegExp(`${setting}: this is not a ${engine} URL; write it as`))
        expect(String(error)).not.toContain('hidden')
      }
    })
  })
}
