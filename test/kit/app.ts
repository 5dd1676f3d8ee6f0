import type { Clock } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import type { MasterSecrets } from '../../src/kernel/secret.ts'
import { type Config, readConfig } from '../../src/server/config.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { MovableClock } from './clock.ts'
import type { TestDatabase } from './databases.ts'

/** A node under test. */
export interface TestApp extends AsyncDisposable {
  readonly url: string
  readonly clock: MovableClock
  readonly server: RunningServer
  /** Lines of the log, as JSON. */
  readonly logs: readonly string[]
}

/** The master secret of test nodes. */
export const TEST_SECRET = 'a secret for tests alone, of more than 32 bytes'

/** Starts a node on a database, on a free port. Several may share one PostgreSQL. */
export async function startApp(
  { database, postgres }: TestDatabase,
  options: {
    environment?: Record<string, string>
    config?: Partial<Config>
    clock?: MovableClock
    secrets?: MasterSecrets
  } = {},
): Promise<TestApp> {
  const config: Config = {
    // nothing is swept under a test's feet when it moves the clock
    ...readConfig({
      NODE_ENV: 'test',
      PORT: '0',
      CURFEW_SECRET: TEST_SECRET,
      SWEEP_INTERVAL: '1d',
      // what it would be by DATABASE_URL
      ...(postgres ? { SESSION_CACHE: 'none' } : {}),
      ...options.environment,
    }),
    ...options.config,
  }
  const clock = options.clock ?? new MovableClock()
  const logs: string[] = []
  const logger = createLogger('debug', { write: (line) => logs.push(line) })
  const opened = {
    database,
    postgres,
    secrets: options.secrets ?? { current: TEST_SECRET, previous: null },
    [Symbol.asyncDispose]: async () => {},
  }
  const server = await startServer({ config, opened, clock: clock satisfies Clock, logger })
  return { url: server.url, clock, server, logs, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
