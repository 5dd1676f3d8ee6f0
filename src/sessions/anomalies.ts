import { eq, sql } from 'drizzle-orm'
import type { Transaction } from '../database/database.ts'
import { sessions } from '../database/tables.ts'
import type { Anomaly } from './session.ts'

/** Writes down what was noticed in a session, in the transaction of what follows from it. Also in one that has just ended for it. */
export async function recordAnomaly(
  { queries }: Transaction,
  sessionId: string,
  { kind, occurredAt, network }: Anomaly,
): Promise<void> {
  const added = JSON.stringify([{ kind, occurredAt: occurredAt.toISOString(), network }])
  await queries
    .update(sessions)
    .set({ anomalies: sql`${sessions.anomalies} || ${added}::jsonb` })
    .where(eq(sessions.id, sessionId))
}
