import { expect, it } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { openRedis } from '../../src/redis/redis.ts'
import { describeOnRedis } from '../kit/installed.ts'
import { type RedisServer, startRedis } from '../kit/redis-server.ts'

const PATIENCE = 20_000 // ms; servers of a cluster take their time to agree
const CHANNEL = 'curfew:news'

/** What a server answered: a number, or the text on the line after its length. */
const textOf = (answer: string): string => /^(?::(\d+)|\$\d+\r\n(\S+))/.exec(answer)?.slice(1).join('') ?? ''

const idOf = async (server: RedisServer): Promise<string> => textOf(await server.ask('CLUSTER MYID'))

/** Makes a cluster of two: the first server holds everything, and the second nothing yet. */
async function startTwo() {
  await using stack = new AsyncDisposableStack()
  const first = stack.use(await startRedis({ cluster: true }))
  const second = stack.use(await startRedis({ cluster: 'empty' }))
  await second.ask(`CLUSTER MEET 127.0.0.1 ${first.port}`)
  for (const [server, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const known = async () => `${await server.ask('CLUSTER NODES')} ${await server.ask('CLUSTER INFO')}`
    const id = await idOf(other)
    await expect
      .poll(known, { timeout: PATIENCE })
      .toMatch(new RegExp(`${id} 127.0.0.1:${other.port}\\S* master [^\\n]* connected[^]*cluster_state:ok`))
  }
  const servers = stack.move()
  return { first, second, [Symbol.asyncDispose]: () => servers.disposeAsync() }
}

/** Gives a place of the cluster from one server to another. */
async function move(key: string, from: RedisServer, to: RedisServer): Promise<void> {
  const slot = textOf(await from.ask(`CLUSTER KEYSLOT ${key}`))
  const [source, target] = [await idOf(from), await idOf(to)]
  await to.ask(`CLUSTER SETSLOT ${slot} IMPORTING ${source}`)
  await from.ask(`CLUSTER SETSLOT ${slot} MIGRATING ${target}`)
  for (const server of [to, from])
    expect(await server.ask(`CLUSTER SETSLOT ${slot} NODE ${target}`)).toMatch(/^\+OK/)
}

describeOnRedis('a cluster of two servers', () => {
  it('may move a channel from one to the other: whoever listens goes on, and is told of the gap', async () => {
    await using cluster = await startTwo()
    const { first, second } = cluster
    const logger = createLogger('silent')
    await using redis = await openRedis(
      { url: first.url, commandTimeout: 5_000 },
      { clock: systemClock, logger },
    )
    const heard = { texts: new Set<string>(), gaps: 0 }
    await redis.subscribe(CHANNEL, {
      onMessage: (text) => heard.texts.add(text),
      onGap: () => {
        heard.gaps += 1
      },
    })
    await redis.publish(CHANNEL, 'before')
    await expect.poll(() => [...heard.texts]).toEqual(['before'])
    expect(heard.gaps).toBe(0)
    await move(CHANNEL, first, second)
    // goes red when only the loss of a connection counts as a gap
    await expect.poll(() => heard.gaps, { timeout: PATIENCE }).toBeGreaterThan(0)
    await expect
      .poll(
        async () => {
          await redis.publish(CHANNEL, 'after').catch(() => {})
          return heard.texts.has('after')
        },
        { timeout: PATIENCE },
      )
      .toBe(true)
    expect(await redis.command(CHANNEL, ['SET', CHANNEL, 'there'])).toBe('OK')
    expect(await second.ask(`GET ${CHANNEL}`)).toContain('there')
  })
})
