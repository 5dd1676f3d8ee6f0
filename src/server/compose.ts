import type { AccountParts } from '../accounts/parts.ts'
import { Connections } from '../connections/connections.ts'
import { Passwords } from '../credentials/password.ts'
import type { Database } from '../database/database.ts'
import type { PostgresOptions } from '../database/postgres.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { deriveKey, type MasterSecrets } from '../kernel/secret.ts'
import { Attempts } from '../limits/attempts.ts'
import type { AttemptStore } from '../limits/store/attempt-store.ts'
import { CautiousAttempts } from '../limits/store/cautious.ts'
import { DatabaseAttempts } from '../limits/store/database.ts'
import { RedisAttempts } from '../limits/store/redis.ts'
import { Turns } from '../limits/turns.ts'
import type { Redis } from '../redis/redis.ts'
import type { Bus } from '../revocations/bus/bus.ts'
import { memoryBus } from '../revocations/bus/memory.ts'
import { natsBus } from '../revocations/bus/nats.ts'
import { postgresBus } from '../revocations/bus/postgres.ts'
import { redisBus } from '../revocations/bus/redis.ts'
import { EventLog } from '../revocations/event-log.ts'
import { Feed } from '../revocations/feed.ts'
import { hearing, readRecentEnds } from '../sessions/cache/hearing.ts'
import { ALONE, leaseOn } from '../sessions/cache/lease.ts'
import { MemoryCache } from '../sessions/cache/memory.ts'
import { RedisCache } from '../sessions/cache/redis.ts'
import { noCache, type SessionCache } from '../sessions/cache/session-cache.ts'
import { Refreshes } from '../sessions/refreshes.ts'
import { Sessions } from '../sessions/sessions.ts'
import { SessionStatistics } from '../sessions/statistics.ts'
import { Sweeper } from '../sweeper/sweeper.ts'
import { AccessTokens } from '../tokens/access-token.ts'
import { RefreshTokens } from '../tokens/refresh-token.ts'
import { SigningKeys } from '../tokens/signing-keys.ts'
import { Verifications } from '../verification/verifications.ts'
import type { Config } from './config.ts'
import { explainRefusedBus } from './refused-bus.ts'
import { explainUnopenableKeys } from './signing-key-secret.ts'

/** What everything is made of that is not made here. */
export interface Ground {
  readonly config: Config
  readonly database: Database
  /** The server's address, if the database is one; null for the embedded one. */
  readonly postgres: PostgresOptions | null
  /** Null if the settings name none. */
  readonly redis: Redis | null
  readonly secrets: MasterSecrets
  readonly clock: Clock
  readonly logger: Logger
}

/** The rooms, furnished. Disposing ends what lives in them; the database is closed by whoever opened it. */
export interface House extends AsyncDisposable {
  readonly accounts: AccountParts
  readonly connections: Connections
  readonly log: EventLog
  readonly cache: SessionCache
  readonly sweeper: Sweeper
  /** Loads the signing keys; starts the feed, so that connections hear of what happens, and the sweeper. */
  start(): Promise<void>
}

/** Makes every part and hands each what it works with. */
export function compose(ground: Ground): House {
  const { config, database, secrets, clock, logger } = ground
  const bus = chooseBus(ground)
  const log = new EventLog({ database, bus, clock, retention: config.eventRetention })
  const feed = new Feed({ log, bus, clock, logger, pollInterval: pollInterval(ground) })
  const cache = chooseCache(ground, log, feed)
  log.tellBeforeAnswering(cache)
  feed.goAhead(hearing(cache))
  const signingKeys = new SigningKeys({ database, secrets, clock, logger, policy: config.signingKeys })
  const sessions = new Sessions({ database, log, cache, clock, logger, policy: config.sessions })
  const refreshes = new Refreshes({ database, sessions, clock })
  const connections = new Connections({ sessions, feed, log, clock, logger, limits: config.connections })
  const attemptStore = chooseAttemptStore(ground)
  const sweeper = new Sweeper({
    database,
    sessions,
    clock,
    logger,
    interval: config.sweepInterval,
    retention: {
      history: config.historyRetention,
      places: config.places.retention,
      events: config.eventRetention,
    },
  })
  return {
    accounts: {
      database,
      sessions,
      accessTokens: new AccessTokens({ keys: signingKeys, clock, ...config.accessTokens }),
      signingKeys,
      refreshTokens: new RefreshTokens(secrets),
      refreshes,
      statistics: new SessionStatistics({ database, clock, policy: config.sessions }),
      passwords: new Passwords({ concurrency: config.passwordConcurrency }),
      verifications: new Verifications({ clock, lifetime: config.verificationLifetime }),
      attempts: new Attempts({ store: attemptStore, clock, key: deriveKey(secrets.current, 'attempts') }),
      turns: new Turns(),
      clock,
      logger,
      settings: config.accounts,
    },
    connections,
    log,
    cache,
    sweeper,
    start: async () => {
      await explainUnopenableKeys(signingKeys.start())
      await explainRefusedBus(feed.start())
      cache.start()
      sweeper.start()
    },
    [Symbol.asyncDispose]: async () => {
      // a sweep that runs may take its time; connections are told at once
      await Promise.all([
        connections[Symbol.asyncDispose](),
        sweeper[Symbol.asyncDispose](),
        signingKeys[Symbol.asyncDispose](),
      ])
      await feed[Symbol.asyncDispose]()
      await cache[Symbol.asyncDispose]()
      await attemptStore[Symbol.asyncDispose]()
      await bus[Symbol.asyncDispose]()
    },
  }
}

/** One node on the embedded database has nobody else to wake. */
function chooseBus({ config, postgres, redis, clock, logger }: Ground): Bus {
  if (!postgres) return memoryBus()
  const { kind, natsUrl } = config.bus
  if (kind === 'nats' && natsUrl !== null) return natsBus({ url: natsUrl, clock, logger })
  if (kind === 'redis' && redis) return redisBus({ redis, logger })
  return postgresBus({ postgres, clock, logger })
}

/** How long a session is held in a cache (milliseconds): what no event tells of, as a hand in the database, is noticed by then. */
const TIME_TO_LIVE = 10_000

/** The only process on its database needs no lease; of several each believes what it holds for as long as its own lasts. */
function chooseCache(ground: Ground, log: EventLog, feed: Feed): SessionCache {
  const { config, database, postgres, redis, secrets, clock, logger } = ground
  const { kind, lease: duration } = config.sessionCache
  const lease = postgres ? leaseOn(feed, clock, duration) : ALONE
  const common = { clock, lease, timeToLive: TIME_TO_LIVE }
  if (kind === 'memory') return new MemoryCache(common)
  if (kind === 'none' || !redis) return noCache()
  return new RedisCache({
    ...common,
    redis,
    logger,
    key: deriveKey(secrets.current, 'session-cache'),
    recentEnds: (since) => readRecentEnds(database, log, since),
  })
}

/** What guards against guessing counts for all nodes together. */
function chooseAttemptStore({ database, redis, clock, logger }: Ground): AttemptStore {
  const fallback = new DatabaseAttempts(database)
  if (!redis) return fallback
  return new CautiousAttempts({ store: new RedisAttempts(redis), fallback, redis, clock, logger })
}

/** A lease is renewed three times while it lasts, so that one slow answer of the database does no harm. */
function pollInterval({ config, postgres }: Ground): number {
  const { kind, lease } = config.sessionCache
  return kind === 'none' || !postgres
    ? config.eventPollInterval
    : Math.min(config.eventPollInterval, lease / 3)
}
