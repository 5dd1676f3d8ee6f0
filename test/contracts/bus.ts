import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { rowsOf } from '../../src/database/database.ts'
import type { Bus } from '../../src/revocations/bus/bus.ts'
import type { TestDatabase } from '../kit/databases.ts'
import { Collector, startStage, write } from '../revocations/kit.ts'

/** A bus under test and the database whose transactions announce on it. */
export interface BusUnderTest {
  open(): Promise<TestDatabase>
  makeBus(database: TestDatabase): Bus
}

/** What every bus does: it wakes after a commit, and whoever is woken finds what was committed. */
export function itIsABus({ open, makeBus }: BusUnderTest): void {
  let test: TestDatabase
  let bus: Bus
  let wakes: number
  beforeAll(async () => {
    test = await open()
    await test.database.queries.execute(sql`CREATE TABLE work (id serial PRIMARY KEY)`)
  })
  afterAll(() => test[Symbol.asyncDispose]())
  beforeEach(async () => {
    wakes = 0
    bus = makeBus(test)
    await bus.listen(() => {
      wakes += 1
    })
  })
  afterEach(() => bus[Symbol.asyncDispose]())

  const announce = () => test.database.transaction((transaction) => bus.announce(transaction))

  it('wakes after the commit and not before', async () => {
    await test.database.transaction(async (transaction) => {
      await bus.announce(transaction)
      await transaction.queries.execute(sql`SELECT 1`)
      expect(wakes).toBe(0)
    })
    await expect.poll(() => wakes).toBe(1)
  })

  it('wakes nobody for what was rolled back', async () => {
    const refused = new Error('refused')
    const attempt = test.database.transaction(async (transaction) => {
      await bus.announce(transaction)
      throw refused
    })
    await expect(attempt).rejects.toBe(refused)
    // announcements arrive in order: the first that does is this one
    await announce()
    await expect.poll(() => wakes).toBeGreaterThan(0)
    expect(wakes).toBe(1)
  })

  it('wakes everyone who listens', async () => {
    let others = 0
    await bus.listen(() => {
      others += 1
    })
    await announce()
    await expect.poll(() => [wakes, others]).toEqual([1, 1])
  })

  it('leaves nobody asleep behind two hundred announcements side by side', async () => {
    let seen = 0
    let reading: Promise<void> | null = null
    let again = false
    const read = async (): Promise<void> => {
      do {
        again = false
        const [row] = rowsOf<{ count: number }>(
          await test.database.queries.execute(sql`SELECT count(*)::int AS count FROM work`),
        )
        seen = row?.count ?? 0
      } while (again)
      reading = null
    }
    await bus.listen(() => {
      again = true
      reading ??= read()
    })
    await Promise.all(
      Array.from({ length: 200 }, () =>
        test.database.transaction(async (transaction) => {
          await transaction.queries.execute(sql`INSERT INTO work DEFAULT VALUES`)
          await bus.announce(transaction)
        }),
      ),
    )
    // nothing but a wake-up makes it read
    await expect.poll(() => seen).toBe(200)
    await reading
  })

  it('may repeat itself, and speak before and long after its time: whoever reads the log has each event once', async () => {
    await using stage = await startStage(test.database, { bus: makeBus(test) })
    const live = new Collector()
    using _ = stage.feed.followAll(live)
    // announcements of nothing before, between and behind those of events, in no order
    const noise = Array.from({ length: 40 }, announce)
    const written = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const [sessionId = ''] = await write(test.database, stage.log, 1)
        await announce()
        return sessionId
      }),
    )
    await Promise.all(noise)
    await live.hasExactly(written)
    const heard = live.events.length
    await announce()
    const [last = ''] = await write(test.database, stage.log, 1)
    await live.hasExactly([...written, last])
    expect(live.events.length).toBe(heard + 1)
  })

  it('wakes nobody any more once it is disposed', async () => {
    await using control = makeBus(test)
    let controlled = 0
    await control.listen(() => {
      controlled += 1
    })
    await bus[Symbol.asyncDispose]()
    await test.database.transaction(async (transaction) => {
      await bus.announce(transaction)
      await control.announce(transaction)
    })
    await expect.poll(() => controlled).toBeGreaterThan(0)
    expect(wakes).toBe(0)
  })
}
