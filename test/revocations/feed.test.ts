import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { memoryBus } from '../../src/revocations/bus/memory.ts'
import { EventLog } from '../../src/revocations/event-log.ts'
import { MovableClock } from '../kit/clock.ts'
import { describeEachDatabase, type TestDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'
import { anyEnd, Collector, DAY, startStage, write } from './kit.ts'

describeEachDatabase('the feed', (open) => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await open()
  })
  afterAll(() => test[Symbol.asyncDispose]())

  /** The same database, whose reads fail while `failing` says so. */
  function unreliable(): {
    database: Database
    fail: (when: (read: number) => boolean) => void
    reads: () => number
  } {
    let reads = 0
    let failing = (_: number): boolean => false
    const queries = new Proxy(test.database.queries, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (name !== 'execute' || typeof value !== 'function') return value
        return async (statement: unknown) => {
          reads += 1
          if (failing(reads)) throw new Error('the database is away')
          return value.call(target, statement) as unknown
        }
      },
    })
    return {
      database: { ...test.database, queries },
      fail: (when) => {
        reads = 0
        failing = when
      },
      reads: () => reads,
    }
  }

  it('hands each event to whom it concerns, and to nobody else', async () => {
    await using stage = await startStage(test.database)
    const [mine, other] = [anyEnd(), anyEnd()]
    const [session, user, everyone, stranger] = [
      new Collector(),
      new Collector(),
      new Collector(),
      new Collector(),
    ]
    using _a = stage.feed.followSession(mine.sessionId, session)
    using _b = stage.feed.followUser(mine.userId, user)
    using _c = stage.feed.followAll(everyone)
    using _d = stage.feed.followUser(other.sessionId, stranger)
    await test.database.transaction((transaction) => stage.log.record(transaction, [mine, other]))
    await everyone.hasExactly([mine.sessionId, other.sessionId])
    expect(session.sessionIds).toEqual([mine.sessionId])
    expect(user.sessionIds).toEqual([mine.sessionId])
    expect(stranger.events).toEqual([])
  })

  it('goes on where it was when a long catch-up breaks off in the middle: nothing is missing, nothing comes twice', async () => {
    const { database, fail } = unreliable()
    // one that wakes nobody, so that the catch-up begins at the poll
    const clock = new MovableClock()
    await using stage = await startStage(database, { clock, pollInterval: 60_000 })
    const silent = new EventLog({ database: test.database, bus: memoryBus(), clock, retention: 30 * DAY })
    const live = new Collector()
    using _ = stage.feed.followAll(live)
    const written = [...(await write(test.database, silent, 1_300, { together: true }))]
    // the first page is read, the next two attempts fail
    fail((read) => read === 2 || read === 3)
    clock.advance(60_000)
    await expect.poll(() => live.events.length).toBe(500)
    // what commits in between belongs behind it
    written.push(...(await write(test.database, silent, 2)))
    for (let round = 0; round < 2; round++) {
      await expect.poll(() => stage.messages.length).toBeGreaterThan(round)
      clock.advance(10_000)
    }
    clock.advance(60_000)
    await live.hasExactly(written)
    // goes red when the position moves past a page that was not handed out, or back to the beginning
    expect(live.sessionIds).toEqual(written)
    expect(live.gaps).toBe(0)
  })

  it('hears by its slow poll of what no bus told', async () => {
    const clock = new MovableClock()
    await using stage = await startStage(test.database, { clock, pollInterval: 5_000 })
    const silent = new EventLog({ database: test.database, bus: memoryBus(), clock, retention: 30 * DAY })
    const live = new Collector()
    using _ = stage.feed.followAll(live)
    const written = await write(test.database, silent, 3)
    clock.advance(5_000)
    await live.hasExactly(written)
  })

  it('knows since when it is up to date: no sooner than everything up to then was handed out', async () => {
    const { database, fail } = unreliable()
    const clock = new FrozenClock()
    const feedPoll = 60_000
    await using stage = await startStage(database, { clock, pollInterval: feedPoll })
    const silent = new EventLog({ database: test.database, bus: memoryBus(), clock, retention: 30 * DAY })
    const start = clock.elapsed()
    expect(stage.feed.upToDateSince).toBe(start)
    const ahead = new Collector()
    const claims: number[] = []
    stage.feed.goAhead(ahead)
    using _ = stage.feed.followAll({
      onEvent: () => {
        claims.push(stage.feed.upToDateSince)
      },
      onEverySessionRevoked: () => {},
      onGap: () => {},
    })
    const written = await write(test.database, silent, 1_300, { together: true })
    // the first page is read, and the next attempt fails: what was read says nothing of the rest
    fail((read) => read === 2)
    clock.advance(feedPoll)
    await expect.poll(() => stage.messages.length).toBe(1)
    expect(stage.feed.upToDateSince).toBe(start)
    clock.advance(10_000)
    await ahead.hasExactly(written)
    await expect.poll(() => stage.feed.upToDateSince).toBe(start + feedPoll + 10_000)
    expect(new Set(claims)).toEqual(new Set([start]))
  })

  it('tells of a gap when it was away for longer than events are kept', async () => {
    const { database, fail } = unreliable()
    const clock = new MovableClock()
    await using stage = await startStage(database, { clock, pollInterval: 5_000 })
    const live = new Collector()
    using _ = stage.feed.followAll(live)
    fail(() => true)
    clock.advance(5_000)
    await expect.poll(() => stage.messages.length).toBeGreaterThan(0)
    clock.advance(31 * DAY)
    await expect.poll(() => stage.messages.length).toBeGreaterThan(1)
    fail(() => false)
    clock.advance(5_000)
    await expect.poll(() => live.gaps).toBe(1)
    const written = await write(test.database, stage.log, 2)
    await live.hasExactly(written)
    expect(live.gaps).toBe(1)
  })

  it('reads once for a hundred wake-ups at once, and once more for what came meanwhile', async () => {
    const { database, reads, fail } = unreliable()
    await using stage = await startStage(database)
    const live = new Collector()
    using _ = stage.feed.followAll(live)
    fail(() => false)
    const ends = Array.from({ length: 100 }, () => anyEnd())
    await test.database.transaction(async (transaction) => {
      for (const end of ends) await stage.log.record(transaction, [end])
    })
    await live.hasExactly(ends.map(({ sessionId }) => sessionId))
    expect(reads()).toBeLessThanOrEqual(2)
  })

  it('says nothing any more once it is disposed, and forgets followers who leave', async () => {
    const stage = await startStage(test.database)
    const live = new Collector()
    const follows = [
      stage.feed.followAll(live),
      stage.feed.followUser('someone', live),
      stage.feed.followSession('some session', live),
    ]
    expect(stage.feed.followers).toBe(3)
    await stage.feed[Symbol.asyncDispose]()
    await write(test.database, stage.log, 1)
    expect(live.events).toEqual([])
    for (const follow of [...follows, ...follows]) follow[Symbol.dispose]()
    expect(stage.feed.followers).toBe(0)
    await stage[Symbol.asyncDispose]()
  })
})
