import { expect, it } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { createLogger, type Logger } from '../../src/kernel/logger.ts'
import { openRedis } from '../../src/redis/redis.ts'
import type { Bus } from '../../src/revocations/bus/bus.ts'
import { natsBus } from '../../src/revocations/bus/nats.ts'
import { redisBus } from '../../src/revocations/bus/redis.ts'
import { describeOnPostgres, openTestDatabase } from '../kit/databases.ts'
import { describeOnNats, describeOnRedis } from '../kit/installed.ts'
import { type NatsServer, startNats } from '../kit/nats-server.ts'
import { type RedisServer, startRedis } from '../kit/redis-server.ts'
import { freePort } from '../kit/supervised.ts'
import { startProxy } from '../kit/tcp-proxy.ts'
import { Collector, startStage, write } from './kit.ts'

const SECRET = 'p%ss/w:rd'

/** A kind of bus whose server can be broken. */
interface Breakable {
  startServer(): Promise<RedisServer | NatsServer>
  /** A bus, and what it was made over. */
  makeBus(url: string, logger: Logger): Promise<Bus>
  /** A cluster tells its own address, so nobody stands in between. */
  readonly viaProxy: boolean
}

async function overRedis(url: string, logger: Logger): Promise<Bus> {
  const redis = await openRedis({ url, commandTimeout: 1_000 }, { clock: systemClock, logger })
  const bus = redisBus({ redis, logger })
  return {
    ...bus,
    [Symbol.asyncDispose]: async () => {
      await bus[Symbol.asyncDispose]()
      await redis[Symbol.asyncDispose]()
    },
  }
}

const overNats = async (url: string, logger: Logger): Promise<Bus> =>
  natsBus({ url, clock: systemClock, logger })

/** A logger, and everything that it was told. */
function listeningLogger() {
  const lines: string[] = []
  return { lines, logger: createLogger('debug', { write: (line) => lines.push(line) }) }
}

function itSurvivesOutages({ startServer, makeBus, viaProxy }: Breakable): void {
  describeOnPostgres('beside a database', () => {
    /** Two nodes on one bus and one database: one writes, and the feed of the other has nothing but the bus to wake it. */
    async function twoNodes(url: string, logger: Logger) {
      await using stack = new AsyncDisposableStack()
      const { database } = stack.use(await openTestDatabase('postgres'))
      const writer = stack.use(await startStage(database, { bus: await makeBus(url, logger) }))
      const reader = stack.use(await startStage(database, { bus: await makeBus(url, logger) }))
      const live = new Collector()
      stack.use(reader.feed.followAll(live))
      const parts = stack.move()
      return {
        live,
        write: (count: number) => write(database, writer.log, count),
        [Symbol.asyncDispose]: () => parts.disposeAsync(),
      }
    }

    it('loses nothing when its server is killed and comes back: what was written meanwhile is read then', async () => {
      await using server = await startServer()
      const { lines, logger } = listeningLogger()
      await using nodes = await twoNodes(server.url, logger)
      const written = [...(await nodes.write(3))]
      await nodes.live.hasExactly(written)
      await server.kill()
      // an announcement that cannot be made fails no transaction
      written.push(...(await nodes.write(3)))
      await server.start()
      await nodes.live.hasExactly(written)
      written.push(...(await nodes.write(3)))
      await nodes.live.hasExactly(written)
      expect(lines.filter((line) => /cannot be reached/.test(line)).length).toBeLessThan(12)
      expect(lines.join()).not.toContain(SECRET)
    })

    it('notices a server that is paused by its silence, and catches up when it goes on', async () => {
      await using server = await startServer()
      const { lines, logger } = listeningLogger()
      await using nodes = await twoNodes(server.url, logger)
      const written = [...(await nodes.write(1))]
      await nodes.live.hasExactly(written)
      server.pause()
      await expect.poll(() => lines.join(), { timeout: 20_000 }).toMatch(/cannot be reached/)
      written.push(...(await nodes.write(2)))
      server.resume()
      await nodes.live.hasExactly(written)
    })

    it('may be away at the start: it is found when it is there', async () => {
      await using server = await startServer()
      await server.kill()
      const { lines, logger } = listeningLogger()
      await using nodes = await twoNodes(server.url, logger)
      expect(lines.join()).toMatch(/cannot be reached/)
      const written = await nodes.write(2)
      await server.start()
      await nodes.live.hasExactly(written)
    })

    if (viaProxy)
      it('notices a way that swallows everything, and takes a new one', async () => {
        await using server = await startServer()
        await using proxy = await startProxy(server.url)
        const { lines, logger } = listeningLogger()
        await using nodes = await twoNodes(proxy.url, logger)
        const written = [...(await nodes.write(1))]
        await nodes.live.hasExactly(written)
        await proxy.set('silent')
        await expect.poll(() => lines.join(), { timeout: 20_000 }).toMatch(/cannot be reached/)
        written.push(...(await nodes.write(2)))
        await proxy.set('open')
        await nodes.live.hasExactly(written)
        expect(proxy.attempts).toBeGreaterThan(2)
      })

    it('refuses to start with credentials that are not accepted, and tells nobody what they were', async () => {
      await using server = await startServer()
      const { lines, logger } = listeningLogger()
      const url = new URL(server.url)
      url.password = 'not-the-password'
      const opening = makeBus(url.href, logger).then(async (bus) => {
        await using _ = bus
        await bus.listen(() => {})
      })
      const error = await opening.then(
        () => null,
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject({ name: expect.stringMatching(/Refused$/) })
      expect(`${String(error)} ${lines.join()}`).not.toContain('not-the-password')
    })

    it('can be disposed while its server is away', async () => {
      const { logger } = listeningLogger()
      await using server = await startServer()
      const url = new URL(server.url)
      url.port = String(await freePort())
      const bus = await makeBus(url.href, logger)
      await bus.listen(() => {})
      await bus[Symbol.asyncDispose]()
    })
  })
}

describeOnRedis('the bus of Redis', () =>
  itSurvivesOutages({
    startServer: () => startRedis({ password: SECRET }),
    makeBus: overRedis,
    viaProxy: true,
  }),
)

describeOnRedis('the bus of a Redis cluster', () =>
  itSurvivesOutages({
    startServer: () => startRedis({ password: SECRET, cluster: true }),
    makeBus: overRedis,
    viaProxy: false,
  }),
)

describeOnNats('the bus of NATS', () =>
  itSurvivesOutages({
    startServer: () => startNats({ password: SECRET }),
    makeBus: overNats,
    viaProxy: true,
  }),
)
