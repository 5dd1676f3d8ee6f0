import { isDeepStrictEqual } from 'node:util'
import { type Answer, type Memo, type Sent, stepsOf, type World } from './rules.ts'

/** Requests that were under way at once, each with what came back. */
export type Exchange = { readonly sent: Sent; readonly answer: Answer }

interface Moment {
  readonly world: World
  /** Of each request how many steps are done, and what it remembers. */
  readonly runs: readonly { readonly done: number; readonly memo: Memo }[]
}

/**
 * In what state the world may be after these requests: one for each order of their steps that gives just these answers, none if no
 * order does. (Requests that are sent one after the other have one order.)
 */
export function explain(worlds: readonly World[], exchanges: readonly Exchange[]): readonly World[] {
  const steps = exchanges.map(({ sent }) => stepsOf(sent))
  const visited = new Set<string>()
  const found = new Map<string, World>()
  const open: Moment[] = worlds.map((world) => ({
    world,
    runs: exchanges.map(() => ({ done: 0, memo: {} })),
  }))
  for (let moment = open.pop(); moment; moment = open.pop()) {
    const name = JSON.stringify(moment)
    if (visited.has(name)) continue
    visited.add(name)
    const { world, runs } = moment
    if (runs.every(({ done }, index) => done === steps[index]?.length))
      found.set(JSON.stringify(world), world)
    for (const [index, { sent: _, answer: told }] of exchanges.entries()) {
      const step = steps[index]?.[runs[index]?.done ?? 0]
      if (!step) continue
      const next = structuredClone(moment)
      const run = next.runs[index]
      if (!run) continue
      const answer = step(next.world, run.memo, told)
      if (answer && !isDeepStrictEqual(answer, told)) continue
      // who has their answer is done, however many steps others would take
      const done = answer ? (steps[index]?.length ?? 0) : run.done + 1
      open.push({ world: next.world, runs: next.runs.with(index, { done, memo: answer ? {} : run.memo }) })
    }
  }
  return [...found.values()]
}

/** What the rules say of requests sent one after the other, to be read beside what came. */
export function predict(world: World, exchanges: readonly Exchange[]): readonly Answer[] {
  const scratch = structuredClone(world)
  return exchanges.map(({ sent, answer: told }) => {
    const memo: Memo = {}
    for (const step of stepsOf(sent)) {
      const answer = step(scratch, memo, told)
      if (answer) return answer
    }
    throw new Error('a request came to no answer')
  })
}
