import { sql } from 'drizzle-orm'
import { expect } from 'vitest'
import type { AccountParts, Visitor } from '../../src/accounts/parts.ts'
import { signIn } from '../../src/accounts/sign-in.ts'
import { signUp } from '../../src/accounts/sign-up.ts'
import { type Database, rowsOf } from '../../src/database/database.ts'
import { NOWHERE } from '../../src/devices/place.ts'
import { Refusal } from '../../src/kernel/refusal.ts'
import type { Credential } from '../../src/sessions/credential.ts'
import type { Session } from '../../src/sessions/session.ts'
import type { SessionToken } from '../../src/sessions/session-token.ts'
import type { LiveSession, StartedSession } from '../../src/sessions/sessions.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'

export const VISITOR: Visitor = {
  device: { label: 'A test', kind: 'OTHER', browser: null, system: null },
  network: null,
  place: NOWHERE,
  userAgent: null,
  cookie: null,
  background: false,
  bearer: null,
}

/** Something that is kept from going on by a lock of the test's. */
export interface Barrier {
  /** Lets go, and resolves when the locks are free. */
  lift(): Promise<void>
}

/**
 * Locks a user's row from a connection of its own: everything that starts, replaces or ends several of their sessions queues
 * up behind it, and goes on at once when it is lifted.
 */
export async function lockOut(database: Database, userId: string): Promise<Barrier> {
  const locked = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const done = database.transaction(async ({ queries }) => {
    await queries.execute(sql`SELECT id FROM users WHERE id = ${userId} FOR UPDATE`)
    locked.resolve()
    await gate.promise
  })
  await locked.promise
  return {
    lift: () => {
      gate.resolve()
      return done
    },
  }
}

/** Resolves when so many connections wait for a lock in this database. */
export async function untilQueued(database: Database, count: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const [row] = rowsOf<{ count: number }>(
          await database.queries.execute(sql`
            SELECT count(*)::int AS count FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'`),
        )
        return row?.count
      },
      { interval: 5, timeout: 10_000 },
    )
    .toBe(count)
}

/** Starts the contenders one behind the other at a user's lock, then lets them all go at once, and returns what came of each. */
export async function contend<T extends readonly (() => Promise<unknown>)[]>(
  database: Database,
  userId: string,
  contenders: T,
): Promise<{ [Index in keyof T]: Awaited<ReturnType<T[Index]>> }> {
  const barrier = await lockOut(database, userId)
  const running: Promise<unknown>[] = []
  for (const contender of contenders) {
    running.push(contender())
    await untilQueued(database, running.length)
  }
  await barrier.lift()
  // of each contender its own result, in the same order
  return (await Promise.all(running)) as { [Index in keyof T]: Awaited<ReturnType<T[Index]>> }
}

/** A person with one session. */
export async function anyPerson(
  parts: AccountParts,
): Promise<LiveSession & StartedSession & { email: string }> {
  const email = anyEmail()
  const person = await signUp(parts, { email, password: PASSWORD, transport: 'COOKIE' }, VISITOR, null)
  if (person instanceof Refusal) throw new Error(person.code)
  return { ...person, email }
}

export function enter(
  parts: AccountParts,
  email: string,
  presented: Session | null = null,
  password = PASSWORD,
) {
  return signIn(parts, { email, password, transport: 'COOKIE', rememberMe: true }, VISITOR, presented)
}

/** What succeeded; the test fails if it was refused. */
export function granted<T>(result: T): Exclude<T, Refusal> {
  if (result instanceof Refusal) throw new Error(result.code)
  // what is left of the union
  return result as Exclude<T, Refusal>
}

/** Both orders of two contenders, so often each. */
export function* bothOrders(times: number): Generator<<T>(pair: readonly [T, T]) => readonly [T, T]> {
  for (let round = 0; round < times; round++) {
    yield (pair) => pair
    yield ([first, second]) => [second, first]
  }
}

/** That a session goes on, said in the test's own words. */
const lives = (alias: 's' | 'o' | 'sessions') =>
  sql.raw(`(${alias}.ended_at IS NULL AND ${alias}.era = (SELECT coalesce(max(era), 0) FROM session_eras))`)

/**
 * What holds at every moment, whatever happened: a session has exactly one end event if it has ended and none if it lives, and one
 * start event; what both say agrees; a line of replacements has at most one live session; and nobody disabled or deleted has any.
 */
export async function expectSoundness(database: Database): Promise<void> {
  const broken = async (name: string, query: ReturnType<typeof sql>) => {
    const rows = rowsOf(await database.queries.execute(query))
    return rows.length === 0 ? [] : [`${name}: ${JSON.stringify(rows.slice(0, 3))}`]
  }
  const findings = [
    ...(await broken(
      'an end without its one event, or an event without an end',
      sql`SELECT s.id, s.end_reason, count(e.id)::int AS events FROM sessions s
        LEFT JOIN events e ON e.session_id = s.id AND e.type = 'REVOKED'
        GROUP BY s.id HAVING count(e.id) <> CASE WHEN s.ended_at IS NULL THEN 0 ELSE 1 END`,
    )),
    ...(await broken(
      'a session without its one start event',
      sql`SELECT s.id FROM sessions s LEFT JOIN events e ON e.session_id = s.id AND e.type = 'STARTED'
        GROUP BY s.id HAVING count(e.id) <> 1`,
    )),
    ...(await broken(
      'an event of a session that was written behind its end',
      sql`SELECT e.session_id, e.type FROM events e JOIN events over ON over.session_id = e.session_id AND over.type = 'REVOKED'
        WHERE e.id > over.id AND e.type <> 'EVERY_SESSION_REVOKED'`,
    )),
    ...(await broken(
      'an event that says something else than its session',
      sql`SELECT s.id, s.end_reason, e.reason FROM events e LEFT JOIN sessions s ON s.id = e.session_id
        WHERE e.type <> 'EVERY_SESSION_REVOKED' AND (s.id IS NULL OR s.user_id <> e.user_id OR (e.type = 'REVOKED' AND s.end_reason IS DISTINCT FROM e.reason))`,
    )),
    ...(await broken(
      'a replacement without its successor in the same line',
      sql`SELECT e.session_id FROM events e JOIN sessions s ON s.id = e.session_id
        LEFT JOIN sessions n ON n.id = e.replaced_by_id AND n.lineage_id = s.lineage_id
        WHERE e.reason = 'REPLACED' AND n.id IS NULL`,
    )),
    ...(await broken(
      'more than one live session in a line',
      sql`SELECT lineage_id FROM sessions WHERE ${lives('sessions')} GROUP BY lineage_id HAVING count(*) > 1`,
    )),
    ...(await broken(
      'a session that continues one which lives, or which another one continues too',
      sql`SELECT n.replaces_id FROM sessions n JOIN sessions o ON o.id = n.replaces_id
        GROUP BY n.replaces_id HAVING count(*) > 1 OR bool_or(${lives('o')})`,
    )),
    ...(await broken(
      'a live session of somebody disabled or deleted',
      sql`SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE ${lives('s')} AND (u.disabled_at IS NOT NULL OR u.deleted_at IS NOT NULL)`,
    )),
  ]
  expect(findings).toEqual([])
}

/** The session token of a session whose transport is COOKIE. */
export function tokenOf({ credential }: { credential: Credential }): SessionToken {
  if (credential.transport !== 'COOKIE') throw new Error('this session has no cookie')
  return credential.token
}
