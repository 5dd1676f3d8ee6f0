import { and, isNull, or, type SQL, sql } from 'drizzle-orm'
import { type Queries, rowsOf } from '../database/database.ts'
import { sessions } from '../database/tables.ts'
import type { SessionEndReason } from '../protocol/sessions.ts'
import type { Session } from './session.ts'

/*
 * Everyone's sessions are ended at once by one row: it begins an era, and what belongs to an older one is over. Whoever asks whether a
 * session goes on asks for its era too; what is below says so in SQL, once for all statements.
 */

/** Why the sessions of an era that is over ended. */
export const END_OF_ERA: SessionEndReason = 'REVOKED_BY_ADMINISTRATOR'

/** When a session ended with its era: as soon as the next one began, and one that was being started in that moment at once. */
export function endOfEra(nextBeganAt: Date, { createdAt }: Pick<Session, 'createdAt'>): Date {
  return createdAt > nextBeganAt ? createdAt : nextBeganAt
}

/** The era in force, as of the statement's snapshot. Of no row that the statement is about, so PostgreSQL looks it up once. */
export const currentEra = sql<number>`(SELECT coalesce(max(session_eras.era), 0) FROM session_eras)`.mapWith(
  Number,
)

/** That a session's era is not over. */
export function isOfThisEra(): SQL {
  return sql`${sessions.era} >= ${currentEra}`
}

/** That a session has not ended: neither by itself, nor with its era. Every write to a session that is to be live says this. */
export function hasNotEnded(): SQL {
  return and(isNull(sessions.endedAt), isOfThisEra()) ?? sql`FALSE`
}

/** The contrary of {@link hasNotEnded}. */
export function hasEnded(): SQL {
  return or(sql`${sessions.endedAt} IS NOT NULL`, sql`${sessions.era} < ${currentEra}`) ?? sql`TRUE`
}

/**
 * That the row does not say that the session ended. By itself this says nothing: it is for whoever holds the row's lock and has asked for
 * the era. The same as `ended_at IS NULL`, as the table itself checks, but of no index: PostgreSQL would go through all that live for many
 * ids at once.
 */
export function rowIsOpen(): SQL {
  return isNull(sessions.endReason)
}

/** That a session is over with its era, and its row does not say so yet. */
export function isOfPastEra(): SQL {
  return and(isNull(sessions.endedAt), sql`${sessions.era} < ${currentEra}`) ?? sql`FALSE`
}

/*
 * A list is made of parts, each of which goes along an index of its own. Which era is in force is asked for before, so that the planner
 * knows how few are of an older one.
 */

/** That the row says that the session ended. */
export const isWrittenOff = sql`${sessions.endedAt} IS NOT NULL`

/** The contrary of {@link isWrittenOff}: the session goes on, or is over without its row saying so yet. */
export const isUnwritten = sql`${sessions.endedAt} IS NULL`

/** That the session, whose row does not say that it ended, belongs to this era, or else to an older one. */
export function isUnwrittenOf(era: number, which: 'this' | 'older'): SQL {
  const comparison = which === 'this' ? sql`${sessions.era} = ${era}` : sql`${sessions.era} < ${era}`
  return and(isUnwritten, comparison) ?? sql`FALSE`
}

/**
 * That the session's row does not say that it ended, and something that an index of those rows tells by itself. Few are, and PostgreSQL takes
 * them for many: it knows how all sessions are spread, and not that those that have not ended are the newest.
 */
export function isUnwrittenWith(condition: SQL | undefined): SQL {
  const ids = sql`SELECT ${sessions.id} FROM ${sessions} WHERE ${and(isUnwritten, condition) ?? isUnwritten}`
  return sql`${sessions.id} = ANY(ARRAY(${ids}))`
}

/** Of the line of replacements that a session is in: the one whose row does not say that it ended. */
export function openOfSameLine(sessionId: string): SQL {
  return sql`(SELECT later.id FROM sessions later WHERE later.ended_at IS NULL AND later.lineage_id = (
    SELECT asked.lineage_id FROM sessions asked WHERE asked.id = ${sessionId}::uuid))`
}

/** The era in force. */
export async function findCurrentEra(queries: Queries): Promise<number> {
  const [row] = rowsOf<{ era: number }>(await queries.execute(sql`SELECT ${currentEra} AS era`))
  return Number(row?.era ?? 0)
}

/*
 * Table and columns are written out: of a statement on one table drizzle leaves the table's name off its columns, and a column of that
 * name inside of the sub-select would be meant instead.
 */

/** When a session ended, by itself or with its era as {@link endOfEra} says; null while it goes on. */
export const endedAt = sql<Date | null>`coalesce(sessions.ended_at, (
  SELECT greatest(session_eras.began_at, sessions.created_at) FROM session_eras
  WHERE session_eras.era > sessions.era ORDER BY session_eras.era LIMIT 1))`.mapWith(sessions.endedAt)

/** Why it did; null while it goes on. */
export const endReason = sql<SessionEndReason | null>`coalesce(sessions.end_reason, CASE WHEN sessions.era < ${currentEra} THEN ${sql.raw(`'${END_OF_ERA}'`)} END)`
