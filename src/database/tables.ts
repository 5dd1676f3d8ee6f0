import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type {
  ActorKind,
  AnomalyKind,
  Factor,
  LogEntryType,
  Role,
  SensitiveAction,
  SessionChange,
  SessionEndReason,
  SessionTransport,
  SigningAlgorithm,
} from '../protocol/sessions.ts'
import { bytea, key, moment, xid8 } from './columns.ts'

/** People who can sign in. A deleted account keeps its row, without anything personal, for as long as its history is kept. */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    /** As typed at sign-up; empty once the account is deleted. */
    email: text('email').notNull(),
    /** What makes an address unique: normalised and in lower case. Null once the account is deleted, which frees the address. */
    emailKey: key('email_key'),
    /** argon2id in PHC form; null if there is no password. */
    passwordHash: text('password_hash'),
    /** Rises with every change of a factor; proofs and sign-ins that were checked against another version are void. */
    credentialVersion: integer('credential_version').notNull().default(1),
    roles: text('roles').array().$type<Role[]>().notNull().default(sql`'{}'`),
    createdAt: moment('created_at').notNull(),
    disabledAt: moment('disabled_at'),
    deletedAt: moment('deleted_at'),
  },
  (table) => [
    uniqueIndex('users_email_key').on(table.emailKey),
    index('users_deleted').on(table.deletedAt).where(sql`deleted_at IS NOT NULL`),
    index('users_disabled').on(table.id).where(sql`disabled_at IS NOT NULL AND deleted_at IS NULL`),
  ],
)

/** One thing that was noticed in a session. */
interface StoredAnomaly {
  readonly kind: AnomalyKind
  /** RFC 3339. */
  readonly occurredAt: string
  /** Truncated; null if unknown. */
  readonly network: string | null
}

/** That a session's row says where it was. The index of those that have ended is found by these very words. */
export const HAS_PLACES = sql.raw(
  `(network IS NOT NULL OR country_code IS NOT NULL OR places <> '[]' OR anomalies @? '$[*].network ? (@ != null)')`,
)

/**
 * What a session is found by, each a word of its own, so that one index serves any of them together: its words take little more than a
 * byte each. Whoever looks for a session writes these very words: see `sessions/filter.ts`.
 */
export const TRAITS = sql.raw(
  `(ARRAY['k' || device_kind, 'b' || device_browser, 's' || device_system, 'n' || network, 'c' || country_code, 't' || transport])`,
)

/** That something was noticed in a session. */
export const IS_FLAGGED = sql.raw(`anomalies <> '[]'`)

/** Somewhere that a session was seen. */
interface StoredPlace {
  /** Truncated; null if unknown. */
  readonly network: string | null
  /** ISO 3166-1 alpha-2; null if unknown. */
  readonly countryCode: string | null
  readonly city: string | null
  /** RFC 3339. */
  readonly firstSeenAt: string
  readonly lastSeenAt: string
}

/**
 * Sessions, live and ended. A row is never reopened: every write that expects a live session says that it goes on, as
 * `sessions/eras.ts` puts it.
 */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    /** SHA-256 of the session token's secret; null if the transport is TOKEN. */
    secretHash: bytea('secret_hash'),
    transport: text('transport').$type<SessionTransport>().notNull(),
    factors: text('factors').array().$type<Factor[]>().notNull(),
    /** Whether the browser keeps the cookie when it is closed. */
    remembered: boolean('remembered').notNull(),
    createdAt: moment('created_at').notNull(),
    /** To the accuracy of the touch interval. */
    lastActiveAt: moment('last_active_at').notNull(),
    verifiedAt: moment('verified_at').notNull(),
    /** The absolute limit, fixed at sign-in. */
    expiresAt: moment('expires_at').notNull(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason').$type<SessionEndReason>(),
    /** The session that this one continues after a reverification. */
    replacesId: uuid('replaces_id'),
    /** The first session of the chain of replacements; of a session that replaces none, its own id. */
    lineageId: uuid('lineage_id').notNull(),
    deviceLabel: text('device_label').notNull(),
    deviceKind: text('device_kind').notNull(),
    deviceBrowser: text('device_browser'),
    deviceSystem: text('device_system'),
    /** Where it was started, truncated: /24 or /48. */
    network: text('network'),
    /** The country it was started in, as ISO 3166-1 alpha-2; null if unknown. */
    countryCode: text('country_code'),
    city: text('city'),
    /** Where it was seen since, the newest first: see `sessions/places.ts`. */
    places: jsonb('places').$type<StoredPlace[]>().notNull().default(sql`'[]'`),
    /** What was noticed in it, the oldest first: few, and gone with the session. */
    anomalies: jsonb('anomalies').$type<StoredAnomaly[]>().notNull().default(sql`'[]'`),
    /** What makes the session's refresh tokens its own; null if the transport is COOKIE, as are the others of its kind. */
    refreshSalt: bytea('refresh_salt'),
    /** The generation in force: see `tokens/rotation.ts`. */
    refreshCurrent: integer('refresh_current'),
    /** The generation whose holder may still ask again; 0 before the first rotation. */
    refreshRetry: integer('refresh_retry'),
    /** The highest generation that was seen in use. */
    refreshSeen: integer('refresh_seen'),
    refreshRotatedAt: moment('refresh_rotated_at'),
    /** Keyed fingerprint of the user agent that asked for the last rotation. */
    refreshAgent: text('refresh_agent'),
    /** The country that it was asked for from; null if unknown. Never there without a place: it is forgotten together with them. */
    refreshCountry: text('refresh_country'),
    /** Generations that nobody honest holds, as long as an access token of theirs may be about. */
    refreshDisplaced: integer('refresh_displaced').array().notNull().default(sql`'{}'`),
    /** The era that it belongs to: see {@link sessionEras}. */
    era: integer('era').notNull().default(0),
  },
  (table) => [
    index('sessions_user').on(table.userId, table.id),
    index('sessions_user_network').on(table.userId, table.network),
    index('sessions_user_live').on(table.userId, table.id).where(sql`ended_at IS NULL`),
    index('sessions_lineage_live').on(table.lineageId).where(sql`ended_at IS NULL`),
    // with their ids, so that those past a limit are found without reading a row
    index('sessions_last_active_live')
      .on(table.lastActiveAt, table.id, table.era)
      .where(sql`ended_at IS NULL`),
    index('sessions_expires_live').on(table.expiresAt, table.id).where(sql`ended_at IS NULL`),
    // with what their ends are counted by, so that counting reads no rows; and in the order of lists
    index('sessions_ended')
      .on(table.endedAt, table.endReason, table.id, table.lastActiveAt)
      .where(sql`ended_at IS NOT NULL`),
    index('sessions_last_active_ended')
      .on(table.lastActiveAt, table.id, table.endedAt)
      .where(sql`ended_at IS NOT NULL`),
    // what ended by a timeout is old, and not among the newest
    index('sessions_reason').on(table.endReason, table.id).where(sql`ended_at IS NOT NULL`),
    index('sessions_reason_last_active')
      .on(table.endReason, table.lastActiveAt, table.id)
      .where(sql`ended_at IS NOT NULL`),
    index('sessions_traits').using('gin', TRAITS).with({ gin_pending_list_limit: 256 }),
    // places are forgotten, so those that have one are the newest, and sorting the many of one country must not read their rows
    index('sessions_country')
      .on(table.countryCode, table.id, table.lastActiveAt, table.endedAt, table.userId, table.deviceKind)
      .where(sql`country_code IS NOT NULL`),
    index('sessions_flagged').on(table.id).where(IS_FLAGGED),
    index('sessions_successors').on(table.id).where(sql`replaces_id IS NOT NULL`),
    index('sessions_ended_placed').on(table.endedAt).where(sql`ended_at IS NOT NULL AND ${HAS_PLACES}`),
    index('sessions_era_live').on(table.era, table.id, table.lastActiveAt).where(sql`ended_at IS NULL`),
    check('sessions_end', sql`(ended_at IS NULL) = (end_reason IS NULL)`),
    check(
      'sessions_transport',
      sql`CASE transport WHEN 'COOKIE' THEN secret_hash IS NOT NULL AND num_nonnulls(refresh_salt, refresh_current, refresh_retry, refresh_seen, refresh_rotated_at) = 0
        ELSE secret_hash IS NULL AND num_nulls(refresh_salt, refresh_current, refresh_retry, refresh_seen, refresh_rotated_at) = 0 END`,
    ),
  ],
)

/**
 * Eras: each begins when everyone's sessions are ended at once, and a session of an older one is over from that moment, although its
 * row may not say so yet. The era in force is the highest; before the first row it is 0. A handful of rows, kept for ever.
 */
export const sessionEras = pgTable('session_eras', {
  era: integer('era').primaryKey(),
  /** The id of the event that tells of it; those of the sessions' ends are derived from it. */
  eventId: uuid('event_id').notNull(),
  beganAt: moment('began_at').notNull(),
  /** Why, for whoever looks into it later. */
  reason: text('reason').notNull(),
  actorKind: text('actor_kind').$type<ActorKind>().notNull(),
  actorSessionId: uuid('actor_session_id'),
})

/** Proofs of a freshly presented factor: each for one action on one subject, used once. */
export const verifications = pgTable(
  'verifications',
  {
    /** SHA-256 of the token's secret. */
    secretHash: bytea('secret_hash').primaryKey(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    credentialVersion: integer('credential_version').notNull(),
    action: text('action').$type<SensitiveAction>().notNull(),
    subjectId: uuid('subject_id'),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    consumedAt: moment('consumed_at'),
  },
  (table) => [
    index('verifications_session').on(table.sessionId),
    index('verifications_user').on(table.userId),
    index('verifications_expires').on(table.expiresAt),
  ],
)

/**
 * The event log: what happened to sessions, written in the transaction that made it happen. Its order within one database
 * cluster is (xid, id): see `revocations/event-log.ts` for why the id alone would lose events.
 */
export const events = pgTable(
  'events',
  {
    id: bigserial('id', { mode: 'bigint' }).primaryKey(),
    /** What clients deduplicate by. */
    eventId: uuid('event_id').notNull(),
    /** The cluster and timeline that gave out `xid`: transaction ids of another cluster compare with nothing here. */
    cluster: text('cluster').notNull(),
    xid: xid8('xid').notNull(),
    type: text('type').$type<LogEntryType>().notNull(),
    occurredAt: moment('occurred_at').notNull(),
    /** Null if it is about everyone. */
    userId: uuid('user_id'),
    /** Of what is about everyone: the one session that goes on; null if there is none. */
    sessionId: uuid('session_id'),
    reason: text('reason').$type<SessionEndReason>(),
    actorKind: text('actor_kind').$type<ActorKind>().notNull(),
    actorSessionId: uuid('actor_session_id'),
    replacedById: uuid('replaced_by_id'),
    /** What was noticed; null unless that is what it tells. */
    anomalyKind: text('anomaly_kind').$type<AnomalyKind>(),
    /** What changed; null unless that is what it tells. */
    changes: text('changes').array().$type<SessionChange[]>(),
    /** The era that began; null unless it is about everyone. */
    era: integer('era'),
  },
  (table) => [
    index('events_order').on(table.cluster, table.xid, table.id),
    index('events_user_order').on(table.userId, table.cluster, table.xid, table.id),
    index('events_occurred').on(table.occurredAt),
    check(
      'events_about',
      sql`CASE type WHEN 'EVERY_SESSION_REVOKED' THEN era IS NOT NULL AND user_id IS NULL
        ELSE era IS NULL AND user_id IS NOT NULL AND session_id IS NOT NULL END`,
    ),
  ],
)

/** Failed or pending attempts per account, network or both, under a keyed fingerprint that tells nobody whom it is about. */
export const attempts = pgTable(
  'attempts',
  {
    key: text('key').primaryKey(),
    /** Attempts since the window began, those still being checked included. */
    count: integer('count').notNull(),
    /** No attempt is let through before this. */
    blockedUntil: moment('blocked_until').notNull(),
    /** When the count is forgotten. */
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('attempts_expires').on(table.expiresAt)],
)

/** The keys that sign access tokens. The private half is sealed under a key derived from the master secret. */
export const signingKeys = pgTable(
  'signing_keys',
  {
    /** `kid`: the key's thumbprint (RFC 7638). */
    id: text('id').primaryKey(),
    algorithm: text('algorithm').$type<SigningAlgorithm>().notNull(),
    /** As it stands in the JWKS. */
    publicJwk: jsonb('public_jwk').$type<Record<string, unknown>>().notNull(),
    /** AES-256-GCM: nonce, ciphertext and tag. */
    sealedPrivateKey: bytea('sealed_private_key').notNull(),
    /** Which master secret it is sealed under: a keyed fingerprint that tells nothing about the secret. */
    sealedUnder: text('sealed_under').notNull(),
    createdAt: moment('created_at').notNull(),
    /** It signs from then on, until a younger one does. Published before, so that verifiers know it in time. */
    signsFrom: moment('signs_from').notNull(),
    /** When no token of it can be good any more; null as long as no younger key has been made. */
    expiresAt: moment('expires_at'),
  },
  (table) => [index('signing_keys_expires').on(table.expiresAt)],
)
