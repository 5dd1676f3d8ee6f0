import { and, eq, sql } from 'drizzle-orm'
import type { Transaction } from '../database/database.ts'
import { sessions } from '../database/tables.ts'
import type { AnomalyKind } from '../protocol/sessions.ts'
import { SYSTEM } from '../revocations/event.ts'
import type { EventLog } from '../revocations/event-log.ts'
import { hasNotEnded } from './eras.ts'
import { sessionColumns, toSession } from './rows.ts'
import type { Anomaly, Session } from './session.ts'

/** As many as are kept of a session, the latest. */
export const MOST_ANOMALIES = 50

/** How often the same is said of a session that goes on (milliseconds): whoever repeats it all day fills neither its row nor the log. */
export const REPEAT_INTERVAL = 3_600_000

/** Whether that was noticed in the session a moment ago already, and is no news. */
export function isKnownAnomaly(
  { anomalies }: Pick<Session, 'anomalies'>,
  kind: AnomalyKind,
  now: Date,
): boolean {
  return anomalies.some(
    (known) => known.kind === kind && now.getTime() - known.occurredAt.getTime() < REPEAT_INTERVAL,
  )
}

/**
 * Writes down what was noticed in a session, and that it was, in the transaction of what follows from it. To be called before it is ended
 * for it: people are told why first.
 * @returns the session as it is then; null if it has ended, of which nothing is told any more
 */
export async function recordAnomaly(
  transaction: Transaction,
  log: EventLog,
  sessionId: string,
  { kind, occurredAt, network }: Anomaly,
): Promise<Session | null> {
  const added = JSON.stringify([{ kind, occurredAt: occurredAt.toISOString(), network }])
  const [row] = await transaction.queries
    .update(sessions)
    .set({
      anomalies: sql`CASE WHEN jsonb_array_length(${sessions.anomalies}) < ${MOST_ANOMALIES} THEN ${sessions.anomalies}
        ELSE ${sessions.anomalies} - 0 END || ${added}::jsonb`,
    })
    .where(and(eq(sessions.id, sessionId), hasNotEnded()))
    .returning(sessionColumns)
  if (!row) return null
  await log.record(transaction, [
    { type: 'FLAGGED', userId: row.userId, sessionId, actor: SYSTEM, anomaly: { kind, occurredAt } },
  ])
  return toSession(row)
}
