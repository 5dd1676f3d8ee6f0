import { parseArgs } from 'node:util'
import { rulesFor } from './rules.ts'
import { explain, FAULTS, run } from './run.ts'
import { type BusKind, type CacheKind, type Stack, startStack } from './stack.ts'

const HELP = `npm run test:faults -- [options]

  --minutes <number>   how long altogether, at least (10); 0 for each fault once
  --seed <number>      the order of everything that is left to chance (another one each time)
  --cache <kind>       only none, memory or redis
  --bus <kind>         only postgres, redis or nats
  --fault <text>       only faults whose name contains this
  --people <number>    how many people there are (6)
  --hold <seconds>     how long a fault holds (4)
  --transaction <seconds>  how long a transaction is held open (90)
`
/** A stack is made anew after this (milliseconds): people keep access tokens, and those last an hour. */
const LONGEST_ROUND = 1_200_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    cache: { type: 'string' },
    bus: { type: 'string' },
    fault: { type: 'string' },
    people: { type: 'string', default: '6' },
    hold: { type: 'string', default: '4' },
    transaction: { type: 'string', default: '90' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const chosen = (['none', 'memory', 'redis'] as const)
  .flatMap((cache) =>
    (['postgres', 'redis', 'nats'] as const).map((bus): { cache: CacheKind; bus: BusKind } => ({
      cache,
      bus,
    })),
  )
  .filter(({ cache, bus }) => (values.cache ?? cache) === cache && (values.bus ?? bus) === bus)
const faults = FAULTS.filter(({ name }) => name.includes(values.fault ?? ''))
if (chosen.length === 0 || faults.length === 0) throw new Error(`nothing is left to run\n\n${HELP}`)
const wanted = Number(values.minutes) * 60_000
const began = performance.now()
let running: Stack | null = null
// so that what it started ends with it
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    console.log(`\nInterrupted: nothing was checked of this configuration. Again: --seed ${seed}`)
    // what is under way fails once its servers are gone, and that is nobody's news
    process.on('uncaughtException', () => {})
    const end = (): never => process.exit(1)
    if (running === null) end()
    else void running[Symbol.asyncDispose]().then(end, end)
  })

// each configuration starts servers and ends with a fault of its own, however little time is left
const most = Number(values.minutes) + (chosen.length * 20 + Number(values.transaction)) / 60
console.log(
  `seed ${seed}; ${count(Number(values.minutes), 'minute')} over ${count(chosen.length, 'configuration')}` +
    (wanted > 0
      ? `; with all around it up to about ${count(Math.ceil(most), 'minute')}`
      : ', each fault once'),
)
let broken = 0
do {
  for (const [index, { cache, bus }] of chosen.entries()) {
    const left = wanted - (performance.now() - began)
    console.log(`\ncache ${cache}, bus ${bus}`)
    await using stack = await startStack({ cache, bus, nodes: 3 })
    running = stack
    const { history, violations, leftovers, summary } = await run(stack, {
      seed,
      people: Number(values.people),
      faults,
      duration: Math.min(LONGEST_ROUND, Math.max(0, left) / (chosen.length - index)),
      hold: Number(values.hold) * 1_000,
      transaction: Number(values.transaction) * 1_000,
      rules: rulesFor({ cache, bus }),
      say: (line) => console.log(`  ${line}`),
    })
    console.log(`  ${summary}`)
    for (const violation of violations.slice(0, 10)) console.log(`  ${explain(violation, history)}`)
    if (violations.length > 10) console.log(`  … and ${violations.length - 10} more`)
    for (const leftover of leftovers) console.log(`  ${leftover}`)
    broken += violations.length + leftovers.length
    running = null
  }
} while (performance.now() - began < wanted)

if (broken > 0) {
  console.log(
    `\n${broken} promises were broken. The same order of things again: npm run test:faults -- --seed ${seed}`,
  )
  process.exitCode = 1
} else console.log(`\nevery promise was kept; the seed was ${seed}`)

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
