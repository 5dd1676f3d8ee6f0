import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema } from '../graphql/schema.ts'
import { type Clock, sleep, within } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { warnOfClockDrift } from './clock-drift.ts'
import { compose, type House } from './compose.ts'
import type { Config } from './config.ts'
import { connectRedis } from './connect-redis.ts'
import { contextFactory } from './context.ts'
import { makeHttpServer, type Readiness } from './http.ts'
import { listenOn } from './listen.ts'
import type { OpenedDatabase } from './open-database.ts'
import { readPages } from './pages.ts'
import { openPlaces } from './places.ts'
import { visitorReader } from './visitor.ts'
import { serveWebSockets } from './websocket.ts'
import { makeYoga } from './yoga.ts'

/** A node that serves. Disposing shuts it down in order; the database is closed by whoever opened it. */
export interface RunningServer extends AsyncDisposable {
  /** Where it is reached from this machine, without a slash at the end. */
  readonly url: string
  readonly house: House
}

/**
 * Starts a node on an opened database.
 * @throws StartupError if it cannot listen
 */
export async function startServer(parts: {
  config: Config
  opened: OpenedDatabase
  clock: Clock
  logger: Logger
  /** What else has to be done before anybody can come in. */
  prepare?: (house: House) => Promise<void>
}): Promise<RunningServer> {
  const { config, opened, clock, logger } = parts
  // disposed from its end to its beginning: when the server shuts down, and when it cannot start
  await using stack = new AsyncDisposableStack()
  const redis = stack.use(await connectRedis(config, clock, logger))
  const house = compose({ ...opened, redis, config, clock, logger })
  const readVisitor = visitorReader(config.trustedProxies, await openPlaces(config), logger)
  const createContext = contextFactory(house, readVisitor)
  const yoga = await makeYoga({ schema: buildSchema(), config, logger, createContext })
  stack.defer(() => yoga.dispose())
  const readiness: Readiness = { accepting: true }
  const { connections, accounts } = house
  const { accessTokens, signingKeys } = accounts
  const server = makeHttpServer({
    config,
    yoga,
    database: opened.database,
    signingKeys,
    readiness,
    pages: await readPages(logger),
    clock,
  })
  stack.use(house)
  await house.start()
  if (opened.postgres) await warnOfClockDrift(opened.database, clock, logger)
  const sockets = serveWebSockets({
    server,
    config,
    yoga,
    connections,
    accessTokens,
    clock,
    logger,
    readVisitor,
  })
  let serving = false
  stack.defer(async () => {
    readiness.accepting = false
    // load balancers look at that from time to time, and send requests until they do
    if (serving) await sleep(clock, config.shutdown.delay)
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    if (connections.size > 0)
      logger.info({ connections: connections.size }, 'live connections are told to go elsewhere')
    await connections.leave(serving ? config.shutdown.spread : 0)
    sockets[Symbol.dispose]()
    server.closeIdleConnections()
    // the house stands until requests under way are answered
    await within(clock, config.shutdown.timeout, closed).catch(() =>
      logger.warn({}, 'requests that were still under way are cut'),
    )
    server.closeAllConnections()
  })
  await parts.prepare?.(house)
  await listenOn(server, config)
  serving = true
  const running = stack.move()
  return {
    url: urlOf(server, config.host),
    house,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function urlOf(server: Server, host: string): string {
  // a listening TCP server has an address and a port
  const { port } = server.address() as AddressInfo
  const everywhere = host === '0.0.0.0' || host === '::' || host === '127.0.0.1' || host === '::1'
  return `http://${everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
}
