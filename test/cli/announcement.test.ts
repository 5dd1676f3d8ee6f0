import { expect, it } from 'vitest'
import { describeServerBriefly } from '../../src/cli/announcement.ts'
import { readConfig } from '../../src/server/config.ts'

const SECRET = 'a secret for tests alone, of more than 32 bytes'
const briefly = (environment: NodeJS.ProcessEnv) =>
  describeServerBriefly('http://localhost:4000', readConfig({ CURFEW_SECRET: SECRET, ...environment }))

it('says where people and programs find it', () => {
  expect(briefly({})).toMatch(
    /is ready: API http:\/\/localhost:4000\/graphql, account page http:\/\/localhost:4000\/, administration http:\/\/localhost:4000\/admin, /,
  )
})

it('says what a server stands on, and no password of it', () => {
  expect(briefly({})).toMatch(/database embedded, in \S+$/)
  expect(briefly({ DATABASE_URL: 'postgres://curfew:hidden@db/curfew' })).toMatch(
    /database PostgreSQL, curfew at db:5432, nodes woken by PostgreSQL, sessions read from the database each time$/,
  )
  const all = {
    DATABASE_URL: 'postgres://curfew:hidden@db/curfew',
    REDIS_URL: 'redis://:hidden@cache:6379',
    NATS_URL: 'nats://curfew:hidden@bus:4222',
  }
  expect(briefly({ ...all, SESSION_CACHE: 'redis' })).toMatch(
    /nodes woken by NATS at bus:4222, sessions cached in Redis at cache:6379$/,
  )
  expect(briefly({ ...all, EVENT_BUS: 'redis', SESSION_CACHE: 'memory' })).toMatch(
    /nodes woken by Redis at cache:6379, sessions cached in memory, believed for 1s$/,
  )
  expect(briefly(all)).not.toContain('hidden')
})
