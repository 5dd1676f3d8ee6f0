import { randomInt } from 'node:crypto'
import { describe, expect, inject, it } from 'vitest'
import { describeOnNats, describeOnRedis } from '../kit/installed.ts'
import { rulesFor } from './rules.ts'
import { explain, FAULTS, run } from './run.ts'
import { type StackOptions, startStack } from './stack.ts'

/*
 * The short form: each fault once, spread over three configurations. The long one, `npm run test:faults`, goes through all that apply in
 * each configuration.
 *
 * Each of these was put into the server on purpose once, and seen red. It was run as `npm run test:faults -- --seed 3 --hold 3`, with these options:
 *
 * - A cache without tombstones: in `sessions/cache/`, a key in Redis is deleted where a tombstone is set, and the process remembers no ends.
 *   `--cache redis --bus redis --minutes 0.2 --fault slow`: 7 promises broken. "revoked means revoked: a request at node-3, 27084.0 ms to 27094.3 ms, was
 *   accepted, 0.7 ms after signOut was acknowledged by node-3 at 27083.2 ms": a look-up that had begun before the end filled the cache after it.
 * - A cursor by plain number: in `revocations/event-log.ts`, the feed reads on from the highest transaction that it saw, and forgets those that
 *   were open then. `--cache none --bus postgres --minutes 0.1 --fault "transaction is held"`: "every event arrives: person-2… 1 (socket): was not told
 *   REVOKED (SIGNED_OUT) of 11448.5 ms", and many more, before anything was broken: people who act side by side are enough.
 * - The same for clients: their cursor is the number of the event, also while an older transaction is open. `--cache none --bus postgres --minutes 0.3 --fault
 *   "stores is slow"`: 2 promises broken, "every event arrives: administrator (stream): was not told REVOKED (ACCOUNT_DISABLED) of 21069.1 ms".
 * - A bus without catch-up: in `revocations/bus/postgres.ts`, a listener that is back wakes nobody. `--cache none --bus postgres --minutes 0.05
 *   --fault "bus of one node is cut"`: 27 promises broken, "every event arrives: person-2… 1 (socket): was not told STARTED of 17207.3 ms". Only the last events
 *   of a run show it, because each later one wakes whoever missed those before; so people stop in the middle of a cut.
 */

// without PostgreSQL the run has said so loudly, or failed; and processes are held still by way of /proc
describe.runIf(inject('postgresUrl') !== null && process.platform === 'linux')('three nodes', () => {
  survive({ cache: 'none', bus: 'postgres', nodes: 3 }, [
    'PostgreSQL is restarted',
    'PostgreSQL crashes, and recovers',
    'PostgreSQL is held still',
    'the connections to PostgreSQL are terminated, three times',
    'PostgreSQL is out of connections',
    'the bus of one node is silent for longer than the lease',
  ])

  describeOnRedis('on Redis', () => {
    survive({ cache: 'redis', bus: 'redis', nodes: 3 }, [
      'Redis is killed, and comes back empty later',
      'Redis is restarted empty at once, again and again',
      'Redis is held still',
      'the network to Redis is slow for one node',
      'a node is killed with -9 between commit and publish',
      'the network between one node and its stores is slow',
    ])
  })

  describeOnNats('on NATS', () => {
    survive({ cache: 'memory', bus: 'nats', nodes: 3 }, [
      'a node is killed with -9 in the middle of revocations',
      'a node is held still, as by a swapping machine',
      'a transaction is held open while events go on',
      'the network between one node and its stores is cut',
      'the bus of one node is silent for longer than the lease',
      'NATS is killed, and comes back later',
    ])
  })
})

/** Runs people under each of these faults, and goes over the history. */
function survive(options: StackOptions, names: readonly string[]): void {
  it(`with the cache ${options.cache} and the bus ${options.bus}: every promise is kept under each fault`, async () => {
    const seed = Number(process.env['FAULTS_SEED'] ?? randomInt(2 ** 31))
    const story = [`seed ${seed} (FAULTS_SEED=${seed} to run it again)`]
    const faults = FAULTS.filter(({ name }) => names.includes(name))
    await using stack = await startStack(options)
    const { history, violations, leftovers, summary } = await run(stack, {
      seed,
      people: 4,
      faults,
      duration: 0,
      hold: 1_300, // longer than the lease
      transaction: 1_300,
      rules: rulesFor(options),
      say: (line) => story.push(line),
    }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`${story.join('\n')}\n${reason}`, { cause: error })
    })
    story.push(summary)
    const broken = [...violations.map((violation) => explain(violation, history)), ...leftovers]
    expect(broken, story.join('\n')).toEqual([])
    // or nothing was tried
    const tried = new Set(history.troubles.map(({ fault }) => fault))
    expect([...names].filter((name) => !tried.has(name))).toEqual([])
    expect(history.uses.filter(({ outcome }) => outcome === 'refused').length).toBeGreaterThan(50)
  }, 600_000)
}
