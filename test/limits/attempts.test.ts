import { describe } from 'vitest'
import { attempts } from '../../src/database/tables.ts'
import { DatabaseAttempts } from '../../src/limits/store/database.ts'
import { RedisAttempts } from '../../src/limits/store/redis.ts'
import { itIsAnAttemptStore } from '../contracts/attempt-store.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { describeOnRedis } from '../kit/installed.ts'
import { makeOld, openTestRedis } from './kit.ts'

describeEachDatabase('attempts counted in the database', (open) =>
  itIsAnAttemptStore(async () => {
    const test = await open()
    return {
      node: () => new DatabaseAttempts(test.database),
      read: async () => {
        const rows = await test.database.queries.select().from(attempts)
        return { text: JSON.stringify(rows), counters: rows.length }
      },
      [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
    }
  }),
)

describeOnRedis('attempts counted in Redis', () => {
  for (const cluster of [false, true]) {
    describe(cluster ? 'a cluster' : 'a server by itself', () =>
      itIsAnAttemptStore(async () => {
        const test = await openTestRedis({ cluster })
        await makeOld(test.node())
        return {
          node: () => new RedisAttempts(test.node()),
          read: async () => {
            const keys = await test.keys()
            return { text: keys.join(), counters: keys.filter((key) => !key.endsWith(':since')).length }
          },
          [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
        }
      }),
    )
  }
})
