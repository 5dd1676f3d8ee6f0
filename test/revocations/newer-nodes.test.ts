import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { LogEntry } from '../../src/revocations/event.ts'
import { describeEachDatabase, type TestDatabase } from '../kit/databases.ts'
import { Collector, replayAll, type Stage, startStage, write } from './kit.ts'

/** While nodes are replaced one by one, the older ones read what the newer ones write. */
describeEachDatabase('what a newer node wrote, and this one has no word for', (open) => {
  let test: TestDatabase
  let stage: Stage
  beforeAll(async () => {
    test = await open()
    stage = await startStage(test.database)
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
    await test[Symbol.asyncDispose]()
  })

  /** As many rows as are read at once, so that pages are of nothing else. */
  const writeUnknown = (userId: string) =>
    test.database.queries.execute(sql`
      INSERT INTO events (event_id, cluster, xid, type, occurred_at, user_id, session_id, actor_kind, anomaly_kind, changes)
      SELECT gen_random_uuid(), (SELECT cluster FROM events ORDER BY id LIMIT 1), pg_current_xact_id(), type, now(), ${userId},
        gen_random_uuid(), 'SYSTEM', anomaly, changes
      FROM generate_series(1, 400), (VALUES
        ('MOVED_TO_THE_MOON', NULL, NULL::text[]),
        ('FLAGGED', 'SEEN_ON_THE_MOON', NULL),
        ('CHANGED', NULL, '{GRAVITY}')) unknown (type, anomaly, changes)`)

  it('is passed over by the feed and by a replay, and what lies behind it comes', async () => {
    const userId = randomUUID()
    const start = await stage.log.currentCursor()
    const live = new Collector()
    using _ = stage.feed.followAll(live)
    const before = await write(test.database, stage.log, 2, { userId })
    await writeUnknown(userId)
    const after = await write(test.database, stage.log, 2, { userId })
    await live.hasExactly([...before, ...after])
    for (const whose of [userId, null]) {
      const replayed = await replayAll(stage.log, start, whose)
      expect(replayed.map(({ sessionId }) => sessionId)).toEqual([...before, ...after])
    }
    expect(stage.messages.filter((message) => message.includes('could not be read'))).toEqual([])
  })

  it('is read as far as it is known, if there is more to it', async () => {
    const [userId, sessionId] = [randomUUID(), randomUUID()]
    const position = await stage.log.end()
    await write(test.database, stage.log, 1, { userId })
    await test.database.queries.execute(sql`
      INSERT INTO events (event_id, cluster, xid, type, occurred_at, user_id, session_id, actor_kind, changes)
      SELECT gen_random_uuid(), (SELECT cluster FROM events ORDER BY id LIMIT 1), pg_current_xact_id(), 'CHANGED', now(), ${userId},
        ${sessionId}, 'USER', '{GRAVITY,NEW_PLACE}'`)
    const batch = await stage.log.readSince(position)
    const changed = batch?.events.find((entry: LogEntry) => entry.type === 'CHANGED')
    expect(changed).toMatchObject({ sessionId, changes: ['NEW_PLACE'] })
  })
})
