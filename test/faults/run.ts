import { setTimeout as sleep } from 'node:timers/promises'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import type { Footprint } from '../kit/node-process.ts'
import { check, type Rules, type Violation } from './checker.ts'
import { Client, type Held } from './client.ts'
import type { History, LoggedEvent, StoredSession } from './history.ts'
import { FAULTS, type Fault } from './nemesis.ts'
import { Administrator, Person, type World } from './people.ts'
import { Random } from './random.ts'
import { Recorder } from './recorder.ts'
import { POOL_SIZE, type Stack } from './stack.ts'

/** What is done in a run. */
export interface Plan {
  readonly seed: number
  /** How many people there are; half of them are stormy. */
  readonly people: number
  /** Which faults: each once in an order of chance, and again until the time is over. */
  readonly faults: readonly Fault[]
  /** How long faults go on at least (milliseconds); 0 for each of them once. */
  readonly duration: number
  /** How long one fault holds (milliseconds). */
  readonly hold: number
  /** How long a transaction is held open (milliseconds). */
  readonly transaction: number
  readonly rules: Rules
  /** Is told how it goes on. */
  readonly say: (line: string) => void
}

/** What came of it. */
export interface Result {
  readonly history: History
  readonly violations: readonly Violation[]
  /** What was not as it had been before, once everything was mended. */
  readonly leftovers: readonly string[]
  /** How much was done, in one line. */
  readonly summary: string
}

/** How long a mended system may take until it answers again, and events to reach everybody (milliseconds): a slow machine is not an error. */
const PATIENCE = 60_000
/** Bytes that a node may hold more than before: its bounded caches, filled. */
const MEMORY_ALLOWANCE = 40_000_000
/** Sockets and files that a node may have more than before, beside its connections to PostgreSQL. */
const DESCRIPTOR_ALLOWANCE = 8

/** Runs people and faults on a stack, and checks what came of it. */
export async function run(stack: Stack, plan: Plan): Promise<Result> {
  const { say } = plan
  const random = new Random(plan.seed)
  const recorder = new Recorder()
  const world: World = { client: new Client(recorder), recorder, nodes: stack.nodes, random: random.fork() }
  const probe = await meetProbe(world, stack)
  const people = Array.from(
    { length: plan.people },
    (_, index) => new Person(world, index + 2, { stormy: index % 2 === 1 }),
  )
  const administrator = new Administrator(world, stack.administrator)
  const before = await settledFootprints(stack)
  for (const person of people) await person.begin()
  await administrator.begin(people)
  await sleep(1_000)

  const until = performance.now() + plan.duration
  const nemesis = random.fork()
  const applicable = plan.faults.filter((fault) => fault.applies(stack))
  const suffer = async (fault: Fault, meanwhile: () => Promise<unknown>): Promise<void> => {
    const from = recorder.now()
    const { hold, transaction } = plan
    await Promise.all([fault.run({ stack, random: nemesis, hold, transaction }), meanwhile()])
    const mended = recorder.now()
    await untilHealthy(world, stack, probe)
    const to = recorder.now()
    recorder.troubles.push({ fault: fault.name, from, to: to + SETTLED })
    say(`${fault.name}: ${seconds(mended - from)}, and answered again after ${seconds(to - mended)}`)
    await sleep(nemesis.between(100, 400) + SETTLED)
  }
  do {
    for (const fault of nemesis.shuffle(applicable)) {
      await suffer(fault, async () => {})
      if (plan.duration > 0 && performance.now() > until) break
    }
  } while (performance.now() < until)

  // the last events come while a bus is cut, and no later one wakes whoever missed them
  const end = async (): Promise<void> => {
    await sleep(plan.hold / 3)
    await administrator.stop()
    await Promise.all(people.map((person) => person.stop()))
  }
  const last = FAULTS.find((fault) => fault.cutsBus && fault.applies(stack))
  await (last ? suffer(last, end) : end())
  for (const person of people) await person.useEverything()
  const { history, violations } = await checkUntilSettled(stack, recorder, plan.rules)
  await administrator.leave()
  await Promise.all(people.map((person) => person.leave()))
  const leftovers = await compareFootprints(stack, before)
  say(`memory: ${await describeMemory(stack, before)}`)
  return { history, violations, leftovers, summary: summarise(history) }
}

/** What was under way when everything answered again may still end badly for a moment (milliseconds). */
const SETTLED = 500

/** Somebody whom nothing ever ends: who is not let in where nothing is broken has found something broken. */
async function meetProbe({ nodes }: World, stack: Stack): Promise<Probe> {
  const [node] = nodes
  // what it does is no part of the history
  const client = new Client(new Recorder())
  const held = node && (await client.signIn(node, stack.administrator, 'COOKIE'))
  if (!held) throw new Error('nobody could sign in before anything was broken')
  return { client, held }
}

interface Probe {
  readonly client: Client
  held: Held
}

/** Resolves when every node is ready and lets the probe in, three times in a row. */
async function untilHealthy({ nodes }: World, stack: Stack, probe: Probe): Promise<void> {
  const { client } = probe
  const deadline = performance.now() + PATIENCE
  for (let good = 0; good < 3; ) {
    const answers = await Promise.all(
      nodes.map(async (node) => {
        const ready = await fetch(`${node.url}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(
          () => null,
        )
        if (ready?.ok !== true) return 'not ready'
        return client.use(node, probe.held)
      }),
    )
    // everyone's sessions were revoked
    const [first] = nodes
    if (first && answers.includes('refused'))
      probe.held = (await client.signIn(first, stack.administrator, 'COOKIE')) ?? probe.held
    good = answers.every((answer) => answer === 'accepted') ? good + 1 : 0
    const crash = nodes.find((node) => node.crash !== null)
    if (crash || performance.now() > deadline) {
      const output = nodes.map((node) => `${node.name}:\n${node.output.slice(-4).join('\n')}`).join('\n')
      throw new Error(
        `${crash?.crash ?? `not healthy again after ${seconds(PATIENCE)}: ${answers.join(', ')}`}\n${output}`,
      )
    }
    await sleep(50)
  }
  if ((await stack.postgres.ask('SELECT 1')).length !== 1) throw new Error('PostgreSQL does not answer')
}

/** Checks until nothing is missing any more, or longer than anything may take. */
async function checkUntilSettled(
  stack: Stack,
  recorder: Recorder,
  rules: Rules,
): Promise<{ history: History; violations: readonly Violation[] }> {
  const deadline = performance.now() + PATIENCE / 2
  for (;;) {
    const history = await collect(stack, recorder)
    const [unswept] = await stack.postgres.ask<{ left: boolean }>(
      `SELECT EXISTS (SELECT FROM sessions WHERE ended_at IS NULL AND era < (SELECT max(era) FROM session_eras)) AS left`,
    )
    const violations = check(history, rules)
    const late =
      unswept?.left === true ||
      (violations.length > 0 && violations.every(({ rule }) => rule === 'every event arrives'))
    if (!late || performance.now() > deadline) return { history, violations }
    await sleep(500)
  }
}

/** The history as it is now, with what the database says. */
async function collect({ postgres }: Stack, recorder: Recorder): Promise<History> {
  const offset = Date.now() - performance.now()
  const log = await postgres.ask<{
    event_id: string
    type: LoggedEvent['type']
    session_id: string
    user_id: string
    reason: string | null
    at: string
  }>(
    `SELECT event_id, type, session_id, user_id, reason, (extract(epoch FROM occurred_at) * 1000)::text AS at
     FROM events WHERE type IN ('STARTED', 'REVOKED') ORDER BY xid, id`,
  )
  const sessions = await postgres.ask<StoredSession>('SELECT id, end_reason AS "endReason" FROM sessions')
  return {
    births: recorder.births,
    uses: recorder.uses,
    endings: recorder.endings,
    failures: recorder.failures,
    troubles: recorder.troubles,
    subscriptions: recorder.subscriptions,
    log: log.map((row) => ({
      id: row.event_id,
      type: row.type,
      sessionId: encodeGlobalId('Session', row.session_id),
      userId: encodeGlobalId('User', row.user_id),
      reason: row.reason,
      at: Number(row.at) - offset,
    })),
    sessions: sessions.map((row) => ({ ...row, id: encodeGlobalId('Session', row.id) })),
  }
}

interface Standing {
  readonly name: string
  readonly footprint: Footprint | null
  readonly connections: number
}

async function footprints(stack: Stack): Promise<readonly Standing[]> {
  const backends = await stack.postgres.backends()
  return Promise.all(
    stack.sites.map(async ({ node, ways }) => ({
      name: node.name,
      footprint: await node.footprint(),
      connections: backends.filter(({ port }) => ways.postgres.ports.includes(port)).length,
    })),
  )
}

/** What nodes take up that have been asked once by many at a time, so that their pools are full. */
async function settledFootprints(stack: Stack): Promise<readonly Standing[]> {
  await Promise.all(
    stack.nodes.flatMap((node) => Array.from({ length: 2 * POOL_SIZE }, () => fetch(`${node.url}/readyz`))),
  )
  await sleep(500)
  return footprints(stack)
}

/** What nodes have kept that they did not have before; waits until they have let it go. */
async function compareFootprints(stack: Stack, before: readonly Standing[]): Promise<readonly string[]> {
  const deadline = performance.now() + PATIENCE / 2
  for (;;) {
    const now = await footprints(stack)
    const leftovers = now.flatMap((standing, index) => {
      const then = before[index]
      return then ? compare(then, standing) : []
    })
    if (leftovers.length === 0 || performance.now() > deadline) return leftovers
    await sleep(500)
  }
}

async function describeMemory(stack: Stack, before: readonly Standing[]): Promise<string> {
  const now = await footprints(stack)
  return now
    .map(({ name, footprint }, index) => {
      const then = before[index]?.footprint?.memory
      return `${name} ${then === undefined ? '?' : megabytes(then)}, then ${footprint ? megabytes(footprint.memory) : '?'}`
    })
    .join('; ')
}

function compare(then: Standing, now: Standing): readonly string[] {
  const leftovers: string[] = []
  if (now.connections > POOL_SIZE + CONNECTIONS_BESIDE)
    leftovers.push(
      `${now.name} has ${now.connections} connections to PostgreSQL, of ${POOL_SIZE} in its pool`,
    )
  if (now.connections === 0) leftovers.push(`${now.name} has no connection to PostgreSQL`)
  if (!then.footprint || !now.footprint) return leftovers
  const descriptors =
    now.footprint.descriptors - now.connections - (then.footprint.descriptors - then.connections)
  if (descriptors > DESCRIPTOR_ALLOWANCE)
    leftovers.push(
      `${now.name} has ${now.footprint.descriptors} files and sockets open, and had ${then.footprint.descriptors}`,
    )
  if (now.footprint.memory > then.footprint.memory + MEMORY_ALLOWANCE)
    leftovers.push(
      `${now.name} has ${megabytes(now.footprint.memory)} of memory, and had ${megabytes(then.footprint.memory)}`,
    )
  return leftovers
}

/** Connections that a node has beside its pool: the one that listens, and one more while it looks whether that one still hears. */
const CONNECTIONS_BESIDE = 2

function summarise({ births, uses, endings, subscriptions, log, troubles, failures }: History): string {
  const count = (outcome: string): number => uses.filter((use) => use.outcome === outcome).length
  const acknowledged = endings.filter(({ outcome }) => outcome === 'acknowledged').length
  const received = subscriptions.reduce((sum, each) => sum + each.received.length, 0)
  return (
    `${troubles.length} faults; ${births.length} sessions; ${count('accepted')} uses accepted, ${count('refused')} refused, ` +
    `${acknowledged} of ${endings.length} revocations acknowledged; ${log.length} events, ` +
    `${received} times received by ${subscriptions.length} listeners; ${failures.length} requests failed`
  )
}

/** A violation with all that is known of its session, in the order of time. */
export function explain({ rule, sessionId, text }: Violation, history: History): string {
  const lines: [number, string][] = []
  const add = (at: number, line: string): void => void lines.push([at, line])
  const birth = history.births.find((each) => each.sessionId === sessionId)
  if (birth) add(birth.start, `given out by ${birth.end.toFixed(1)}`)
  for (const use of history.uses)
    if (use.sessionId === sessionId)
      add(
        use.start,
        `use at ${use.node}, until ${use.end.toFixed(1)}: ${use.outcome} ${use.outcome === 'accepted' ? '' : use.detail}`,
      )
  for (const { name, covers, node, start, end, outcome } of history.endings) {
    const concerned =
      'sessionId' in covers
        ? covers.sessionId === sessionId
        : 'userId' in covers
          ? covers.userId === birth?.userId
          : true
    if (concerned && (!birth || end >= birth.start))
      add(start, `${name} at ${node}, until ${end.toFixed(1)}: ${outcome}`)
  }
  for (const event of history.log)
    if (event.sessionId === sessionId) add(event.at, `logged ${event.type} ${event.reason ?? ''}`)
  for (const subscription of history.subscriptions)
    for (const event of subscription.received)
      if (event.sessionId === sessionId) add(event.at, `${subscription.name} is told ${event.type}`)
  for (const { fault, from, to } of history.troubles) {
    add(from, `--- ${fault}`)
    add(to, '--- healthy')
  }
  const own = lines.sort(([one], [other]) => one - other)
  const first = birth?.start ?? 0
  const told = sessionId === null ? [] : own.filter(([at]) => at >= first - 5_000).slice(0, 60)
  return [`${rule}: ${text}`, ...told.map(([at, line]) => `    ${at.toFixed(1)} ${line}`)].join('\n')
}

function seconds(duration: number): string {
  return `${(duration / 1_000).toFixed(1)} s`
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}

export { FAULTS }
