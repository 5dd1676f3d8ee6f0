import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { defineScript, openRedis, type Redis, RedisRefused, RedisUnavailable } from '../../src/redis/redis.ts'
import { describeOnRedis } from '../kit/installed.ts'
import { type RedisServer, startRedis } from '../kit/redis-server.ts'
import { startProxy } from '../kit/tcp-proxy.ts'

const PATIENCE = 20_000 // ms; what is silent is noticed after some seconds
const AWAY = 'Redis (REDIS_URL) cannot be reached; trying again'
const BACK = 'Redis is there again'

/** Opens Redis, and keeps what it tells the log. */
async function open(
  url: string,
  { clock = systemClock, commandTimeout = 5_000 }: { clock?: Clock; commandTimeout?: number } = {},
) {
  const lines: string[] = []
  const logger = createLogger('debug', { write: (line) => lines.push(line) })
  const redis = await openRedis({ url, commandTimeout }, { clock, logger })
  return {
    redis,
    lines,
    messages: () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  }
}

/** Whether it answers now. */
const answers = (redis: Redis): Promise<boolean> =>
  redis.ping().then(
    () => true,
    () => false,
  )

/** A subscriber that keeps what it hears. */
function listener() {
  const heard = { texts: [] as string[], gaps: 0 }
  return {
    heard,
    onMessage: (text: string) => heard.texts.push(text),
    onGap: () => {
      heard.gaps += 1
    },
  }
}

for (const cluster of [false, true]) {
  describeOnRedis(cluster ? 'a Redis cluster' : 'a Redis', () => {
    let server: RedisServer
    beforeAll(async () => {
      server = await startRedis({ cluster })
    })
    afterAll(() => server[Symbol.asyncDispose]())

    it('answers commands, and runs scripts also when it has forgotten them', async () => {
      await using opened = await open(server.url)
      const { redis } = opened
      await redis.command('{here}:sum', ['DEL', '{here}:sum'])
      const add = defineScript(`return {redis.call('INCRBY', KEYS[1], ARGV[1]), 'text'}`)
      expect(await redis.script(add, ['{here}:sum'], ['2'])).toEqual([2, 'text'])
      await redis.command('{here}:sum', ['SCRIPT', 'FLUSH'])
      expect(await redis.script(add, ['{here}:sum'], ['3'])).toEqual([5, 'text'])
      expect(await redis.command('{here}:sum', ['GET', '{here}:sum'])).toBe('5')
      expect(await redis.command('nothing', ['GET', 'nothing'])).toBeNull()
    })

    it('says what is wrong with a command, which is no outage', async () => {
      await using opened = await open(server.url)
      const wrong = opened.redis.command('a', ['LPUSH', 'a']).catch((error: unknown) => error)
      expect(await wrong).not.toBeInstanceOf(RedisUnavailable)
      expect(await wrong).toMatchObject({ message: expect.stringContaining('wrong number of arguments') })
      expect(opened.lines).toEqual([])
    })

    it('keeps nobody waiting while it is away, and is found again, as often as that happens', async () => {
      await using opened = await open(server.url)
      const { redis, messages } = opened
      let reconnects = 0
      using _ = redis.onReconnect(() => {
        reconnects += 1
      })
      for (let outage = 1; outage <= 2; outage++) {
        await server.kill()
        await expect(redis.ping()).rejects.toBeInstanceOf(RedisUnavailable)
        await expect.poll(() => messages().filter((each) => each === AWAY).length).toBe(outage)
        await server.start()
        await expect.poll(() => answers(redis), { timeout: PATIENCE }).toBe(true)
        expect(reconnects).toBe(outage)
        // once an outage each, however often it was tried: goes red when each attempt is told
        expect(messages()).toEqual(Array.from({ length: outage }, () => [AWAY, BACK]).flat())
      }
    })

    it('waits for an answer for as long as a command may take', async () => {
      await using opened = await open(server.url, { commandTimeout: 100 })
      server.pause()
      await expect(opened.redis.ping()).rejects.toBeInstanceOf(RedisUnavailable)
      server.resume()
      await expect.poll(() => answers(opened.redis)).toBe(true)
    })

    it('brings messages to whoever listens, and tells of each gap once, also who came while it was away', async () => {
      await using opened = await open(server.url)
      const { redis, messages } = opened
      const [early, late] = [listener(), listener()]
      await redis.subscribe('{one}:news', early)
      await redis.publish('{one}:news', 'first')
      await expect.poll(() => early.heard.texts).toEqual(['first'])
      await server.kill()
      await expect.poll(() => messages()).toEqual([AWAY])
      const handle = await redis.subscribe('{another}:news', late)
      await server.start()
      await expect.poll(() => answers(redis), { timeout: PATIENCE }).toBe(true)
      expect([early.heard.gaps, late.heard.gaps]).toEqual([1, 1])
      // goes red when only those listen again who did before
      await redis.publish('{another}:news', 'second')
      await redis.publish('{one}:news', 'third')
      await expect
        .poll(() => [...early.heard.texts, ...late.heard.texts])
        .toEqual(['first', 'third', 'second'])
      await handle[Symbol.asyncDispose]()
      await redis.publish('{another}:news', 'fourth')
      await redis.publish('{one}:news', 'fifth')
      await expect.poll(() => early.heard.texts).toEqual(['first', 'third', 'fifth'])
      expect(late.heard.texts).toEqual(['second'])
    })
  })
}

describeOnRedis('a way to Redis', () => {
  it('that swallows everything is noticed, however much is sent into it', async () => {
    await using server = await startRedis()
    await using proxy = await startProxy(server.url)
    await using opened = await open(proxy.url, { commandTimeout: 200 })
    const { redis } = opened
    let busy = true
    const traffic = (async () => {
      for (; busy; await new Promise((resolve) => setTimeout(resolve, 20)))
        void redis.command('a', ['GET', 'a']).catch(() => {})
    })()
    await proxy.set('silent')
    // connections from now on are as good as any
    await proxy.set('open')
    await expect(redis.ping()).rejects.toBeInstanceOf(RedisUnavailable)
    // goes red when only a connection counts as silent on which nothing is sent
    await expect.poll(() => answers(redis), { timeout: PATIENCE }).toBe(true)
    busy = false
    await traffic
  })

  it('that is slow is a way all the same', async () => {
    await using server = await startRedis()
    await using proxy = await startProxy(server.url)
    await using opened = await open(proxy.url)
    const news = listener()
    await opened.redis.subscribe('news', news)
    await proxy.set({ slow: 100 })
    await opened.redis.publish('news', 'late')
    await expect.poll(() => news.heard.texts).toEqual(['late'])
    expect(opened.lines).toEqual([])
  })

  it('that is refused keeps nobody waiting, not even for a timer', async () => {
    await using server = await startRedis()
    await using proxy = await startProxy(server.url)
    const clock: Clock = { ...systemClock, after: () => ({ [Symbol.dispose]: () => {} }) }
    await using opened = await open(proxy.url, { clock })
    await proxy.set('refused')
    await expect.poll(() => opened.messages()).toEqual([AWAY])
    await expect(opened.redis.command('a', ['GET', 'a'])).rejects.toBeInstanceOf(RedisUnavailable)
    await expect(opened.redis.publish('news', 'none')).rejects.toBeInstanceOf(RedisUnavailable)
  })
})

describe('the address of a Redis', () => {
  describeOnRedis('that wants credentials', () => {
    it('is refused with wrong ones or none, and nobody is told what they were', async () => {
      await using server = await startRedis({ password: 'right/p%ss:word' })
      for (const login of [':not-the-p%25ssword@', 'somebody:not-the-p%25ssword@', '']) {
        const lines: string[] = []
        const logger = createLogger('debug', { write: (line) => lines.push(line) })
        const options = { url: `redis://${login}127.0.0.1:${server.port}`, commandTimeout: 5_000 }
        const error = await openRedis(options, { clock: systemClock, logger }).catch(
          (reason: unknown) => reason,
        )
        expect(error).toBeInstanceOf(RedisRefused)
        expect(`${String(error)} ${lines.join()}`).not.toMatch(/not-the-p|right/)
      }
      await using opened = await open(server.url)
      await opened.redis.ping()
    })
  })

  it('where nothing is, is tried again and again, and can be left', async () => {
    await using opened = await open('redis://user:p%25ssword@127.0.0.1:1')
    expect(opened.messages()).toEqual([AWAY])
    expect(opened.lines.join()).not.toMatch(/p%25ss|p%ss/)
    await expect(opened.redis.ping()).rejects.toBeInstanceOf(RedisUnavailable)
  })
})
