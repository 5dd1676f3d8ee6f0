import { afterAll, beforeAll, describe } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { openRedis, type Redis } from '../../src/redis/redis.ts'
import { memoryBus } from '../../src/revocations/bus/memory.ts'
import { natsBus } from '../../src/revocations/bus/nats.ts'
import { postgresBus } from '../../src/revocations/bus/postgres.ts'
import { redisBus } from '../../src/revocations/bus/redis.ts'
import { itIsABus } from '../contracts/bus.ts'
import { describeEachDatabase, describeOnPostgres } from '../kit/databases.ts'
import { describeOnNats, describeOnRedis } from '../kit/installed.ts'
import { type NatsServer, startNats } from '../kit/nats-server.ts'
import { type RedisServer, startRedis } from '../kit/redis-server.ts'

const logger = createLogger('silent')

describe('the bus in memory', () => {
  describeEachDatabase('over a database', (open) => itIsABus({ open, makeBus: () => memoryBus() }))
})

describe('the bus of PostgreSQL', () => {
  describeOnPostgres('over its own database', (open) =>
    itIsABus({
      open,
      makeBus: ({ postgres }) => {
        if (!postgres) throw new Error('this bus needs a server')
        return postgresBus({ postgres, clock: systemClock, logger: logger })
      },
    }),
  )
})

for (const cluster of [false, true]) {
  describeOnRedis(cluster ? 'the bus of a Redis cluster, with sharded channels' : 'the bus of Redis', () => {
    let server: RedisServer
    let redis: Redis
    beforeAll(async () => {
      server = await startRedis({ cluster })
      redis = await openRedis({ url: server.url, commandTimeout: 5_000 }, { clock: systemClock, logger })
    })
    afterAll(async () => {
      await redis[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    })
    describeOnPostgres('beside a database', (open) =>
      itIsABus({ open, makeBus: () => redisBus({ redis, logger }) }),
    )
  })
}

describeOnNats('the bus of NATS', () => {
  let server: NatsServer
  beforeAll(async () => {
    server = await startNats({ password: 'p%ss/word' })
  })
  afterAll(() => server[Symbol.asyncDispose]())
  describeOnPostgres('beside a database', (open) =>
    itIsABus({ open, makeBus: () => natsBus({ url: server.url, clock: systemClock, logger }) }),
  )
})
