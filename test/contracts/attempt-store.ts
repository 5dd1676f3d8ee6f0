import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newSecret } from '../../src/kernel/secret.ts'
import { type AttemptLimit, Attempts, TooManyAttempts } from '../../src/limits/attempts.ts'
import type { AttemptStore } from '../../src/limits/store/attempt-store.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'

/** A store under test, as several nodes see it. */
export interface StoreUnderTest extends AsyncDisposable {
  /** The store as one more node sees it. */
  node(): AttemptStore
  /** All that is stored, as text; and how many counters. */
  read(): Promise<{ readonly text: string; readonly counters: number }>
}

const SECOND = 1_000
const LIMIT: AttemptLimit = {
  purpose: 'test',
  free: 3,
  freeAfterLoss: 1,
  firstDelay: 10 * SECOND,
  longestDelay: 60 * SECOND,
  forgetAfter: 600 * SECOND,
}
const WIDE: AttemptLimit = { ...LIMIT, purpose: 'wide', free: 5 }

/** What every store does: through how many nodes attempts come and however they are mixed, no more go through than may. */
export function itIsAnAttemptStore(open: () => Promise<StoreUnderTest>): void {
  let opened: StoreUnderTest
  const clock = new FrozenClock()
  const key = Buffer.alloc(32, 7)
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  const attempts = () => new Attempts({ store: opened.node(), clock, key })
  /** Attempts on one counter; says of each whether it was let through. */
  const counter = (limit = LIMIT) => {
    const subject = newSecret()
    return { subject, take: () => attempts().reserve([{ limit, subject }]) }
  }

  async function taken(take: ReturnType<typeof counter>['take'], times: number) {
    const reservations = []
    for (let time = 0; time < times; time++) {
      const result = await take()
      if (result instanceof TooManyAttempts) return expect.fail(`attempt ${time + 1} was not let through`)
      reservations.push(result)
    }
    return reservations
  }

  it('go through while they are free, and then one after each delay, which doubles up to the longest', async () => {
    const { take } = counter()
    await taken(take, 3)
    for (const delay of [10, 20, 40, 60, 60]) {
      const refused = await take()
      const retryAt = refused instanceof TooManyAttempts ? refused.retryAt.getTime() : 0
      const left = retryAt - clock.now().getTime()
      expect(left).toBe(delay * SECOND)
      clock.advance(left - 1)
      expect(await take()).toBeInstanceOf(TooManyAttempts)
      clock.advance(1)
      await taken(take, 1)
    }
  })

  it('are refused without moving the delay: whoever hammers cannot keep others out for longer', async () => {
    const { take } = counter()
    await taken(take, 3)
    const first = await take()
    for (let time = 0; time < 20; time++) expect(await take()).toEqual(first)
  })

  it('are not refused by a free one that began later, or on a node whose clock is ahead', async () => {
    const { subject, take } = counter()
    const ahead = new FrozenClock()
    ahead.advance(clock.now().getTime() - ahead.now().getTime() + 30 * SECOND)
    const elsewhere = new Attempts({ store: opened.node(), clock: ahead, key })
    expect(await elsewhere.reserve([{ limit: LIMIT, subject }])).not.toBeInstanceOf(TooManyAttempts)
    await taken(take, 2)
  })

  it('are forgotten after a while', async () => {
    const { take } = counter()
    await taken(take, 3)
    clock.advance(600 * SECOND)
    await taken(take, 3)
  })

  it('are let through no more often at once than one after the other', async () => {
    const { take } = counter()
    const results = await Promise.all(Array.from({ length: 50 }, take))
    expect(results.filter((result) => !(result instanceof TooManyAttempts))).toHaveLength(3)
  })

  it('do not count when they are given back', async () => {
    const { take } = counter()
    for (let round = 0; round < 10; round++) {
      for (const reservation of await taken(take, 3)) await reservation.giveBack()
    }
  })

  it('lift nobody else’s delay when they are given back', async () => {
    const { take } = counter()
    await taken(take, 3)
    clock.advance(10 * SECOND)
    const [early] = await taken(take, 1)
    clock.advance(20 * SECOND)
    await taken(take, 1)
    await early?.giveBack()
    expect(await take()).toBeInstanceOf(TooManyAttempts)
  })

  it('lift their own delay when they are given back', async () => {
    const { take } = counter()
    await taken(take, 2)
    const [last] = await taken(take, 1)
    expect(await take()).toBeInstanceOf(TooManyAttempts)
    await last?.giveBack()
    await taken(take, 1)
  })

  it('take from every counter or from none', async () => {
    const [wide, narrow] = [newSecret(), newSecret()]
    const both = () =>
      attempts().reserve([
        { limit: WIDE, subject: wide },
        { limit: LIMIT, subject: narrow },
      ])
    await taken(both, 3)
    for (let time = 0; time < 20; time++) expect(await both()).toBeInstanceOf(TooManyAttempts)
    await taken(() => attempts().reserve([{ limit: WIDE, subject: wide }]), 2)
    expect(await attempts().reserve([{ limit: WIDE, subject: wide }])).toBeInstanceOf(TooManyAttempts)
  })

  it('are counted apart for each purpose and each subject', async () => {
    const { subject, take } = counter()
    await taken(take, 3)
    await taken(() => attempts().reserve([{ limit: WIDE, subject }]), 5)
    await taken(counter().take, 3)
  })

  it('are stored under keys that tell nobody whom they are about', async () => {
    const subject = 'ada@example.com 203.0.113.0/24'
    await attempts().reserve([{ limit: LIMIT, subject }])
    const { text, counters } = await opened.read()
    expect(text).not.toMatch(/ada|example|203\.0|@/)
    const otherwise = new Attempts({ store: opened.node(), clock, key: Buffer.alloc(32, 8) })
    await otherwise.reserve([{ limit: LIMIT, subject }])
    expect((await opened.read()).counters).toBe(counters + 1)
  })

  it('let no more failures through than are free, however they are mixed with successes and refusals', async () => {
    const step = fc.constantFrom('fail', 'begin', 'succeed')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { take } = counter()
        const underWay: { giveBack(): Promise<void> }[] = []
        let failures = 0
        for (const each of steps) {
          if (each === 'succeed') {
            await underWay.shift()?.giveBack()
            continue
          }
          const result = await take()
          if (result instanceof TooManyAttempts) continue
          if (each === 'fail') failures++
          else underWay.push(result)
        }
        expect(failures).toBeLessThanOrEqual(LIMIT.free)
      }),
      { numRuns: 15 },
    )
  })
}
