import { expect, it } from 'vitest'
import { Deadlines } from '../../src/kernel/deadlines.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'

it('run when they are due and in order, whatever was set, moved and dropped meanwhile', () => {
  const clock = new FrozenClock()
  const deadlines = new Deadlines(clock)
  const start = clock.elapsed()
  const ran: number[] = []
  const wanted: number[] = []
  // a fixed sequence that jumps about, so that a failure can be repeated
  let state = 1
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  const pending = Array.from({ length: 5_000 }, () => {
    const due = 10 * random(100_000)
    return { due, timer: deadlines.after(due, () => ran.push(due)) }
  })
  for (const { due, timer } of pending) {
    const what = random(3)
    if (what > 0) timer[Symbol.dispose]()
    // moved
    if (what === 2) deadlines.after(due + 5_000, () => ran.push(due + 5_000))
    if (what !== 1) wanted.push(what === 2 ? due + 5_000 : due)
  }
  expect(deadlines.size).toBe(wanted.length)
  expect(clock.timers).toBe(1)
  wanted.sort((a, b) => a - b)
  for (let step = 0; step < 101; step++) {
    clock.advance(10_005)
    const now = clock.elapsed() - start
    expect(ran).toEqual(wanted.filter((due) => due <= now))
  }
  expect(ran).toHaveLength(wanted.length)
  expect([deadlines.size, clock.timers]).toEqual([0, 0])
})

it('one that a task sets waits for the next turn, and one that a task drops does not run', () => {
  const clock = new FrozenClock()
  const deadlines = new Deadlines(clock)
  const ran: string[] = []
  deadlines.after(10, () => {
    ran.push('first')
    atOnce[Symbol.dispose]()
    later[Symbol.dispose]()
    deadlines.after(10, () => ran.push('set by the first'))
  })
  const atOnce = deadlines.after(10, () => ran.push('dropped'))
  const later = deadlines.after(20, () => ran.push('dropped'))
  clock.advance(10)
  expect(ran).toEqual(['first'])
  clock.advance(10)
  expect(ran).toEqual(['first', 'set by the first'])
  expect([deadlines.size, clock.timers]).toEqual([0, 0])
})
