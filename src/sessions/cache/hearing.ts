import { sql } from 'drizzle-orm'
import { type Database, rowsOf } from '../../database/database.ts'
import type { EventLog } from '../../revocations/event-log.ts'
import type { Follower } from '../../revocations/feed.ts'
import { currentEra } from '../eras.ts'
import type { RecentEnds } from './redis.ts'
import type { SessionCache } from './session-cache.ts'

/** What tells a cache of the ends and changes that the feed brings. */
export function hearing(cache: SessionCache): Follower {
  return {
    onEvent: ({ type, sessionId }) => {
      if (type === 'REVOKED') cache.hear([sessionId])
      // whoever is told, and looks, is not to be shown what it was before
      if (type === 'CHANGED' || type === 'FLAGGED') void cache.forget(sessionId)
    },
    onEverySessionRevoked: ({ era }) => cache.hearOfEra(era),
    onGap: () => cache.doubt(),
  }
}

/** The ends that are dated then or later, and the era in force. */
export async function readRecentEnds(database: Database, log: EventLog, since: Date): Promise<RecentEnds> {
  const [row] = rowsOf<{ era: number }>(await database.queries.execute(sql`SELECT ${currentEra} AS era`))
  return { sessionIds: log.endedSince(since), era: Number(row?.era ?? 0) }
}
