import { setTimeout as sleep } from 'node:timers/promises'
import type { Proxy as Path, Way } from '../kit/tcp-proxy.ts'
import type { Random } from './random.ts'
import type { Site, Stack } from './stack.ts'

/** How a fault is told to go about it. */
export interface Conditions {
  readonly stack: Stack
  readonly random: Random
  /** How long it holds (milliseconds); longer than a lease. */
  readonly hold: number
  /** How long a transaction is held open (milliseconds). */
  readonly transaction: number
}

/** One thing that breaks, and is mended again when it returns. */
export interface Fault {
  readonly name: string
  /** Whether there is such a thing in this configuration. */
  readonly applies: (stack: Stack) => boolean
  /** Whether it leaves a node without announcements, and nothing else. */
  readonly cutsBus?: boolean
  readonly run: (conditions: Conditions) => Promise<void>
}

const always = (): boolean => true

export const FAULTS: readonly Fault[] = [
  {
    // again and again in the middle of revocations: some are committed and not yet published, or published and not yet answered
    name: 'a node is killed with -9 in the middle of revocations',
    applies: always,
    run: async ({ stack, random, hold }) => {
      const { node } = random.pick(stack.sites)
      const until = performance.now() + hold
      do {
        await sleep(random.between(100, 700))
        await node.kill()
        await sleep(random.between(0, 300))
        await node.start()
      } while (performance.now() < until)
    },
  },
  {
    name: 'a node is held still, as by a swapping machine',
    applies: always,
    run: async ({ stack, random, hold }) => {
      const { node } = random.pick(stack.sites)
      const until = performance.now() + hold
      try {
        do {
          node.pause()
          await sleep(random.between(50, hold / 2))
          node.resume()
          await sleep(random.between(20, 200))
        } while (performance.now() < until)
      } finally {
        node.resume()
      }
    },
  },
  {
    // the connection stays, and nothing comes: the process of PostgreSQL behind it is held still
    name: 'the bus of one node is silent for longer than the lease',
    applies: ({ options }) => options.bus === 'postgres',
    run: async ({ stack, random, hold }) => {
      await stack.postgres.silenceListener(random.pick(stack.sites).ways.postgres)
      await sleep(hold)
      stack.postgres.resume()
    },
  },
  {
    name: 'the bus of one node is cut for longer than the lease',
    cutsBus: true,
    applies: ({ options }) => options.bus === 'postgres',
    run: async ({ stack, random, hold }) => {
      await stack.postgres.cutListener(random.pick(stack.sites).ways.postgres, hold)
    },
  },
  {
    name: 'PostgreSQL is restarted',
    applies: always,
    run: ({ stack }) => stack.postgres.restart(),
  },
  {
    name: 'PostgreSQL crashes, and recovers',
    applies: always,
    run: ({ stack }) => stack.postgres.crash(),
  },
  {
    name: 'PostgreSQL is held still',
    applies: always,
    run: async ({ stack, hold }) => {
      stack.postgres.pause()
      await sleep(hold)
      stack.postgres.resume()
    },
  },
  {
    name: 'the connections to PostgreSQL are terminated, three times',
    applies: always,
    run: async ({ stack, random, hold }) => {
      for (let time = 0; time < 3; time++) {
        await stack.postgres.terminateConnections()
        await sleep(random.between(0, hold / 3))
      }
    },
  },
  {
    name: 'PostgreSQL is out of connections',
    applies: always,
    run: async ({ stack, random, hold }) => {
      await stack.postgres.limitConnections(random.pick([0, 1, 3]))
      await stack.postgres.terminateConnections()
      await sleep(hold)
      await stack.postgres.limitConnections(null)
    },
  },
  {
    // nothing may wait for it: not the live push, and of the cursors only what they say
    name: 'a transaction is held open while events go on',
    applies: always,
    run: async ({ stack, transaction: hold }) => {
      const sql = stack.postgres.connect()
      try {
        await sql.begin(async (transaction) => {
          await transaction`SELECT pg_current_xact_id()`
          await sleep(hold)
        })
      } finally {
        await sql.end({ timeout: 1 /* s */ })
      }
    },
  },
  {
    name: 'the network between one node and its stores is cut',
    applies: always,
    run: ({ stack, random, hold }) => overWays(storesOf(random.pick(stack.sites)), 'refused', hold),
  },
  {
    name: 'the network between one node and its stores swallows everything',
    applies: always,
    run: ({ stack, random, hold }) => overWays(storesOf(random.pick(stack.sites)), 'silent', hold),
  },
  {
    // so that many transactions are open side by side, and what was numbered first is committed last
    name: 'the network between one node and its stores is slow',
    applies: always,
    run: ({ stack, random, hold }) =>
      overWays(storesOf(random.pick(stack.sites)), { slow: random.between(20, 150) }, hold),
  },
  {
    // commits go through, and what is published does not: then the node dies
    name: 'a node is killed with -9 between commit and publish',
    applies: ({ options }) => options.bus !== 'postgres',
    run: async ({ stack, random, hold }) => {
      const site = random.pick(stack.sites)
      await overWays(busOf(stack, site), 'silent', hold / 2)
      await site.node.kill()
      await site.node.start()
    },
  },
  {
    name: 'the bus of one node is silent for longer than the lease',
    applies: ({ options }) => options.bus !== 'postgres',
    run: ({ stack, random, hold }) => overWays(busOf(stack, random.pick(stack.sites)), 'silent', hold),
  },
  {
    name: 'the bus of one node is cut for longer than the lease',
    cutsBus: true,
    applies: ({ options }) => options.bus !== 'postgres',
    run: ({ stack, random, hold }) => overWays(busOf(stack, random.pick(stack.sites)), 'refused', hold),
  },
  {
    name: 'Redis is killed, and comes back empty later',
    applies: ({ redis }) => redis !== null,
    run: async ({ stack: { redis }, hold }) => {
      await redis?.kill()
      await sleep(hold)
      await redis?.start()
    },
  },
  {
    name: 'Redis is restarted empty at once, again and again',
    applies: ({ redis }) => redis !== null,
    run: async ({ stack: { redis }, random, hold }) => {
      for (let time = 0; time < 3; time++) {
        await redis?.kill()
        await redis?.start()
        await sleep(random.between(50, hold / 3))
      }
    },
  },
  {
    name: 'Redis is held still',
    applies: ({ redis }) => redis !== null,
    run: async ({ stack: { redis }, hold }) => {
      redis?.pause()
      await sleep(hold)
      redis?.resume()
    },
  },
  {
    name: 'the network to Redis is slow for one node',
    applies: ({ redis }) => redis !== null,
    run: ({ stack, random, hold }) => {
      const { redis } = random.pick(stack.sites).ways
      return overWays(redis ? [redis] : [], { slow: random.between(20, 150) }, hold)
    },
  },
  {
    name: 'NATS is killed, and comes back later',
    applies: ({ nats }) => nats !== null,
    run: async ({ stack: { nats }, hold }) => {
      await nats?.kill()
      await sleep(hold)
      await nats?.start()
    },
  },
  {
    name: 'NATS is held still',
    applies: ({ nats }) => nats !== null,
    run: async ({ stack: { nats }, hold }) => {
      nats?.pause()
      await sleep(hold)
      nats?.resume()
    },
  },
]

function storesOf({ ways }: Site): readonly Path[] {
  return [ways.postgres, ways.redis, ways.nats].filter((way) => way !== null)
}

/** A node's way to the bus, where that is not PostgreSQL. */
function busOf({ options }: Stack, { ways }: Site): readonly Path[] {
  const way = options.bus === 'nats' ? ways.nats : ways.redis
  if (!way) throw new Error('there is no way to the bus')
  return [way]
}

async function overWays(ways: readonly Path[], way: Way, hold: number): Promise<void> {
  await Promise.all(ways.map((each) => each.set(way)))
  await sleep(hold)
  await Promise.all(ways.map((each) => each.set('open')))
}
