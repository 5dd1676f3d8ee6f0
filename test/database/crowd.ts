import { sql } from 'drizzle-orm'
import type { Database } from '../../src/database/database.ts'

/** How many there are of each. */
export interface Crowd {
  readonly users: number
  readonly sessions: number
  /** What the addresses begin with, and the counters are about. */
  readonly name?: string
}

/**
 * Fills a database as years do. Of ten sessions four ended so long ago that they are forgotten, one ended lately, one is past
 * its idle limit and three are past their absolute one without anybody having noticed, and one lives; every session has its events.
 */
export async function fill(
  { queries }: Database,
  now: Date,
  { users, sessions, name = 'one' }: Crowd,
): Promise<void> {
  const moment = sql`${now.toISOString()}::timestamptz`
  // as the house makes them: the time first, so that ids are in the order of their making
  const id = (time: ReturnType<typeof sql>) =>
    sql`(lpad(to_hex((extract(epoch FROM ${time}) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
      || '8' || substr(md5(random()::text), 1, 15))::uuid`
  await queries.execute(sql`
    INSERT INTO users (id, email, email_key, password_hash, created_at, deleted_at)
    SELECT ${id(sql`made`)}, CASE WHEN gone THEN '' ELSE ${name}::text || '-' || n || '@example.com' END,
      CASE WHEN gone THEN NULL ELSE ${name}::text || '-' || n || '@example.com' END, NULL, made,
      CASE WHEN gone THEN made + interval '1 day' END
    FROM (SELECT n, n % 20 = 0 AS gone, ${moment} - interval '300 days' - n * interval '1 second' AS made
      FROM generate_series(1, ${users}::int) n) made`)
  await queries.execute(sql`
    INSERT INTO sessions (id, user_id, secret_hash, transport, factors, remembered, created_at, last_active_at, verified_at,
      expires_at, ended_at, end_reason, lineage_id, device_label, device_kind, network)
    SELECT id, user_id, sha256(id::text::bytea), 'COOKIE', '{PASSWORD}', TRUE, made, active, made, made + interval '30 days',
      ended, CASE WHEN ended IS NOT NULL THEN 'SIGNED_OUT' END, id, 'Firefox on Linux', 'DESKTOP', '192.0.' || kind || '.0/24'
    FROM (
      SELECT kind, ${id(sql`made`)} AS id, user_id, made,
        CASE WHEN kind < 6 THEN made + interval '1 hour' ELSE ${moment} - interval '10 hours' END AS active,
        CASE WHEN kind < 5 THEN made + interval '1 day' END AS ended
      FROM (
        SELECT n % 10 AS kind, u.id AS user_id, ${moment} - (n / 10) * interval '1 second' - (CASE
          WHEN n % 10 < 4 THEN interval '120 days' WHEN n % 10 = 4 THEN interval '20 days'
          WHEN n % 10 = 5 THEN interval '12 days' WHEN n % 10 < 9 THEN interval '40 days'
          ELSE interval '1 day' END) AS made
        FROM generate_series(0, ${sessions}::int - 1) n
        JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM users WHERE deleted_at IS NULL) u
          -- neighbours in time belong to different people
          ON u.place = 1 + (n::bigint * 7919) % (SELECT count(*) FROM users WHERE deleted_at IS NULL)
      ) planned
    ) made`)
  // transactions that are over: their numbers are below any that is handed out from now on
  const here = sql`(pg_control_system()).system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'events'::regclass::oid`
  await queries.execute(sql`
    INSERT INTO events (event_id, cluster, xid, type, occurred_at, user_id, session_id, reason, actor_kind)
    SELECT gen_random_uuid(), here.cluster, (2 + ntile(500) OVER (ORDER BY e.at))::text::xid8, e.type, e.at, s.user_id, s.id,
      CASE WHEN e.type = 'REVOKED' THEN 'SIGNED_OUT' END, 'USER'
    FROM sessions s
    CROSS JOIN (SELECT ${here} AS cluster) here
    CROSS JOIN LATERAL (VALUES ('STARTED', s.created_at), ('REVOKED', s.ended_at)) e (type, at)
    WHERE e.at IS NOT NULL ORDER BY e.at`)
  // of a session's first hours: proofs of the old ones are long past
  await queries.execute(sql`
    INSERT INTO verifications (secret_hash, session_id, user_id, credential_version, action, created_at, expires_at)
    SELECT sha256(('proof' || id)::bytea), id, user_id, 1, 'UPDATE_PASSWORD', created_at, last_active_at + interval '10 minutes'
    FROM sessions WHERE ended_at IS NULL`)
  await queries.execute(sql`
    INSERT INTO attempts (key, count, blocked_until, expires_at)
    SELECT 'password/account:' || md5(${name}::text || n), 1, 'epoch', ${moment} + (n - ${users * 3}::int) * interval '1 second'
    FROM generate_series(1, ${users * 4}::int) n`)
}

/** Lets the planner know what there is, and nothing that the test does to it from now on: on a slow machine PostgreSQL would look again meanwhile. */
export async function analyze({ queries }: Database): Promise<void> {
  for (const table of ['sessions', 'events', 'verifications', 'attempts'])
    await queries.execute(sql`ALTER TABLE ${sql.identifier(table)} SET (autovacuum_enabled = off)`)
  await queries.execute(sql`ANALYZE`)
}
