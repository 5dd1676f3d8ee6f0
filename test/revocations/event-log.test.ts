import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { events } from '../../src/database/tables.ts'
import { memoryBus } from '../../src/revocations/bus/memory.ts'
import { decodeCursor, encodeCursor } from '../../src/revocations/cursor.ts'
import { EventLog } from '../../src/revocations/event-log.ts'
import { MovableClock } from '../kit/clock.ts'
import { describeEachDatabase, describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import {
  anyEnd,
  Collector,
  DAY,
  hold,
  replayAll,
  type Stage,
  startStage,
  storedEvents,
  write,
} from './kit.ts'

describeOnPostgres('transactions that overlap', (open) => {
  let test: TestDatabase
  let database: Database
  let stage: Stage
  let live: Collector
  beforeAll(async () => {
    test = await open()
    database = test.database
  })
  beforeEach(async () => {
    await database.queries.delete(events)
    stage = await startStage(database)
    live = new Collector()
    stage.feed.followAll(live)
    return () => stage[Symbol.asyncDispose]()
  })
  afterAll(() => test[Symbol.asyncDispose]())

  /** Whoever stops after any event that it received, and resumes from its cursor, has everything in the end. */
  async function expectNothingIsMissed(start: string): Promise<void> {
    const all = (await storedEvents(database)).map(({ sessionId }) => sessionId)
    const resumptions = [
      { before: [], cursor: start },
      ...live.events.map(({ cursor }, index) => ({ before: live.sessionIds.slice(0, index + 1), cursor })),
    ]
    for (const { before, cursor } of resumptions) {
      const missed = (await replayAll(stage.log, cursor)).map(({ sessionId }) => sessionId)
      expect(new Set(missed).size).toBe(missed.length)
      expect([...new Set([...before, ...missed])].sort()).toEqual([...all].sort())
    }
  }

  it('are both delivered when the smaller number commits later, which a sequence number loses', async () => {
    const start = await stage.log.currentCursor()
    const [slow, quick] = [anyEnd(), anyEnd()]
    const held = await hold(database, (transaction) => stage.log.record(transaction, [slow]))
    await database.transaction((transaction) => stage.log.record(transaction, [quick]))
    await live.hasExactly([quick.sessionId])
    // what a reader of `id > last` knows now, and what it asks for next
    const [{ last } = { last: '' }] = rowsOf<{ last: string }>(
      await database.queries.execute(sql`SELECT max(id)::text AS last FROM events`),
    )
    await held.commit()
    await live.hasExactly([quick.sessionId, slow.sessionId])
    const naive = rowsOf(
      await database.queries.execute(sql`SELECT id FROM events WHERE id > ${last}::bigint`),
    )
    expect(naive).toEqual([])
    const [first, second] = await storedEvents(database)
    expect(first?.sessionId).toBe(slow.sessionId)
    expect(second?.sessionId).toBe(quick.sessionId)
    // goes red when the cursor of an event is its own (xid, id), whatever is still open
    await expectNothingIsMissed(start)
  })

  it('are both delivered when the smaller transaction commits later with the larger number', async () => {
    const start = await stage.log.currentCursor()
    const [slow, quick] = [anyEnd(), anyEnd()]
    const held = await hold(database)
    await database.transaction((transaction) => stage.log.record(transaction, [quick]))
    await live.hasExactly([quick.sessionId])
    await stage.log.record(held.transaction, [slow])
    await held.commit()
    await live.hasExactly([quick.sessionId, slow.sessionId])
    const [first, second] = await storedEvents(database)
    expect([first?.sessionId, second?.sessionId]).toEqual([quick.sessionId, slow.sessionId])
    expect(first?.xid).toBeGreaterThan(second?.xid ?? 0)
    await expectNothingIsMissed(start)
  })

  it('lose nothing and repeat nothing in a hundred random interleavings', async () => {
    const start = await stage.log.currentCursor()
    const open = new Set<Awaited<ReturnType<typeof hold>>>()
    const random = seeded(20_261_120)
    const pick = () => [...open][Math.floor(random() * open.size)]
    for (let step = 0; step < 100; step++) {
      const held = pick()
      const dice = random()
      if (!held || (dice < 0.3 && open.size < 6)) open.add(await hold(database))
      else if (dice < 0.65) await stage.log.record(held.transaction, [anyEnd()])
      else {
        open.delete(held)
        await (dice < 0.9 ? held.commit() : held.rollback())
      }
    }
    for (const held of open) await held.commit()
    await live.hasExactly((await storedEvents(database)).map(({ sessionId }) => sessionId))
    await expectNothingIsMissed(start)
  })

  it('do not hold each other up: behind one that stays open, 1,500 events come once each, and no cursor passes it', async () => {
    const slow = anyEnd()
    const start = await stage.log.currentCursor()
    const held = await hold(database, (transaction) => stage.log.record(transaction, [slow]))
    const [{ xid } = { xid: '' }] = rowsOf<{ xid: string }>(
      await held.transaction.queries.execute(sql`SELECT pg_current_xact_id()::text AS xid`),
    )
    const written: string[] = []
    // singly, in parts, and more than a page at once
    for (const count of [1, 99, 100, 1_200, 100])
      written.push(...(await write(database, stage.log, count, { together: true })))
    await live.hasExactly(written)
    for (const { cursor } of live.events) {
      const position = decodeCursor(cursor)
      // at it, or at an older one of another database of the cluster
      expect(position?.xid).toBeLessThanOrEqual(BigInt(xid))
      expect(position?.id).toBe(0n)
    }
    await held.commit()
    await live.hasExactly([...written, slow.sessionId])
    const last = live.events.at(-1)
    expect(last?.sessionId).toBe(slow.sessionId)
    expect((await replayAll(stage.log, last?.cursor ?? '')).length).toBeGreaterThanOrEqual(1_500)
    expect((await replayAll(stage.log, start)).length).toBe(1_501)
  })

  it('replay over several pages as of one moment: what commits meanwhile comes by the feed, or after the last cursor', async () => {
    const start = await stage.log.currentCursor()
    const early = anyEnd()
    const held = await hold(database, (transaction) => stage.log.record(transaction, [early]))
    const written = await write(database, stage.log, 1_200, { together: true })
    const batches = stage.log.replay(start, { userId: null })
    const first = await batches.next()
    expect(first.value).toHaveLength(500)
    // one that belongs before the page just read, and one that belongs behind the last
    await held.commit()
    const [late = ''] = await write(database, stage.log, 1)
    const rest = []
    for await (const batch of batches) rest.push(...batch)
    const replayed = [...(first.value ?? []), ...rest]
    expect(replayed.map(({ sessionId }) => sessionId)).toEqual(written)
    // goes red when each page is read as of its own moment: a cursor of the second page then lies behind the early event
    for (const { cursor } of [replayed[0], replayed[600], replayed[1_199]].filter(
      (event) => event !== undefined,
    )) {
      const missed = (await replayAll(stage.log, cursor)).map(({ sessionId }) => sessionId)
      expect(missed).toContain(early.sessionId)
      expect(missed).toContain(late)
    }
  })
})

describeEachDatabase('the event log', (open) => {
  let test: TestDatabase
  let log: EventLog
  let clock: MovableClock
  beforeAll(async () => {
    test = await open()
    clock = new MovableClock()
    log = new EventLog({ database: test.database, bus: memoryBus(), clock, retention: 30 * DAY })
  })
  afterAll(() => test[Symbol.asyncDispose]())

  const here = async () => {
    const { cluster } = await log.end()
    return cluster
  }

  it('replays in order what came after a cursor, for one user or for all', async () => {
    const start = await log.currentCursor()
    const [mine, theirs] = [anyEnd(), anyEnd()]
    await test.database.transaction((transaction) => log.record(transaction, [mine, theirs]))
    const all = await replayAll(log, start)
    expect(all.map(({ sessionId }) => sessionId)).toEqual([mine.sessionId, theirs.sessionId])
    expect((await replayAll(log, start, mine.userId)).map(({ sessionId }) => sessionId)).toEqual([
      mine.sessionId,
    ])
    // a transaction anywhere in the cluster holds cursors back: it may repeat some, and never skips one
    const rest = (await replayAll(log, all[0]?.cursor ?? '')).map(({ sessionId }) => sessionId)
    expect(rest.at(-1)).toBe(theirs.sessionId)
    expect([mine.sessionId, theirs.sessionId]).toEqual(expect.arrayContaining(rest))
  })

  it('writes more events than fit a statement, and reads them in pages', async () => {
    const start = await log.end()
    const written = await write(test.database, log, 2_300, { together: true })
    const read: string[] = []
    let position = start
    for (let more = true; more; ) {
      const batch = await log.readSince(position)
      if (!batch) throw new Error('the log is another one')
      read.push(...batch.events.flatMap((event) => ('sessionId' in event ? [event.sessionId] : [])))
      position = batch.position
      more = batch.more
    }
    expect(read).toEqual(written)
    expect((await log.readSince(position))?.events).toEqual([])
  })

  it('refuses a cursor that it never wrote as a mistake of the caller', async () => {
    const genuine = await log.currentCursor()
    const bytes = Buffer.from(genuine, 'base64url')
    bytes[0] = 2
    for (const text of ['', 'x', genuine.slice(1), `${genuine}A`, ` ${genuine}`, bytes.toString('base64url')])
      await expect(replayAll(log, text)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it('refuses a cursor that is older than what it keeps, and takes one that is just young enough', async () => {
    const position = { cluster: await here(), xid: 3n, id: 0n }
    const now = clock.now().getTime()
    const old = encodeCursor(position, new Date(now - 30 * DAY - 1))
    const young = encodeCursor(position, new Date(now - 29 * DAY))
    await expect(replayAll(log, old)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    expect(await replayAll(log, young)).not.toEqual([])
  })

  it('lets a replayed cursor grow as old as its event, and not as young as its delivery', async () => {
    const start = await log.currentCursor()
    await write(test.database, log, 1)
    clock.advance(29 * DAY)
    const [event] = await replayAll(log, start)
    clock.advance(2 * DAY)
    // events just behind this one may have been removed by now: goes red when the cursor holds the time of the replay
    await expect(replayAll(log, event?.cursor ?? '')).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  })

  it('refuses a cursor of another cluster, and one from a future that this cluster does not have', async () => {
    const now = clock.now()
    for (const position of [
      { cluster: 'another', xid: 3n, id: 0n },
      { cluster: await here(), xid: 2n ** 62n, id: 0n },
    ]) {
      await expect(replayAll(log, encodeCursor(position, now))).rejects.toMatchObject({
        code: 'CURSOR_EXPIRED',
      })
    }
  })

  it('gives whoever forges a cursor nothing but events of the user that they are', async () => {
    const mine = anyEnd()
    await test.database.transaction((transaction) => log.record(transaction, [mine, anyEnd(), anyEnd()]))
    const forged = encodeCursor({ cluster: await here(), xid: 0n, id: 0n }, new Date(8e14 / 10))
    expect((await replayAll(log, forged, mine.userId)).map(({ sessionId }) => sessionId)).toEqual([
      mine.sessionId,
    ])
  })

  it('knows that a position of another cluster, or of a lost future, does not go on here', async () => {
    const end = await log.end()
    expect(await log.readSince({ ...end, cluster: 'another' })).toBeNull()
    expect(await log.readSince({ ...end, snapshot: '9000000000:9000000000:' })).toBeNull()
    expect(await log.readSince(end)).toMatchObject({ events: [], more: false })
  })
})

describe('a cursor', () => {
  it('tells nothing about the database that it is of', () => {
    const cursor = encodeCursor({ cluster: 'secret-system-7', xid: 1n, id: 1n }, new Date(0))
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('secret')
  })
})

/** Numbers in [0, 1) that are the same in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
