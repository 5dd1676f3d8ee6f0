import {
  AuthorizationError,
  connect,
  type NatsConnection,
  PermissionViolationError,
  ProtocolError,
} from '@nats-io/transport-node'
import { type Clock, sleep, within } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Bus } from './bus.ts'

const SUBJECT = 'curfew.events'
/** First and longest wait before connecting again (milliseconds); it doubles in between. */
const FIRST_WAIT = 50
const LONGEST_WAIT = 5_000
const CONNECT_TIMEOUT = 3_000 // ms
/** A server that left so many pings without an answer is lost. */
const HEARTBEAT = 1_000 // ms
const MOST_UNANSWERED = 2

/** NATS answered, and does not let us in: nothing gets better by waiting. */
export class NatsRefused extends Error {
  override readonly name = 'NatsRefused'
}

/**
 * The bus of several nodes over NATS: published once the transaction has committed. A node that dies in between wakes nobody, and
 * neither does a NATS that is away: the log is read from time to time all the same.
 */
export function natsBus(parts: { url: string; clock: Clock; logger: Logger }): Bus {
  const { url, clock, logger } = parts
  const wakes = new Set<() => void>()
  const publishing = new Set<Promise<void>>()
  const unconfirmed = new WeakSet<NatsConnection>()
  const stopping = new AbortController()
  let connection: NatsConnection | null = null
  let keeping: Promise<void> | null = null
  let away = false
  /** Whether there may be something that was not announced; those who listen need not have noticed any gap. */
  let owed = false

  function wakeAll(): void {
    for (const wake of wakes) wake()
  }

  /** Once an outage, and not for each time that it is tried again. */
  function lost(error: unknown): void {
    if (away || stopping.signal.aborted) return
    away = true
    logger.warn({ error }, 'NATS (NATS_URL) cannot be reached; trying again')
  }

  function found(opened: NatsConnection): void {
    if (away) logger.info({}, 'NATS is there again')
    away = false
    if (owed) opened.publish(SUBJECT)
    owed = false
    wakeAll()
  }

  /** A connection that listens. It does not reconnect by itself: each new one has to tell of the gap before it. */
  async function open(): Promise<NatsConnection> {
    const opened = await connect(optionsOf(url))
    try {
      let refused: Error | null = null
      opened.subscribe(SUBJECT, {
        callback: (error) => {
          if (error) refused = error
          else wakeAll()
        },
      })
      void logErrors(opened)
      // only when the server has the subscription nothing is missed any more
      await within(clock, CONNECT_TIMEOUT, opened.flush())
      if (refused) throw refused
      return opened
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  /** What the server says beside the point, such as that nothing may be published there: once a connection. */
  async function logErrors(opened: NatsConnection): Promise<void> {
    for await (const status of opened.status()) {
      if (status.type !== 'error') continue
      logger.warn({ error: status.error }, 'NATS refuses what it was sent')
      return
    }
  }

  async function keepConnected(): Promise<void> {
    for (let wait = FIRST_WAIT; ; ) {
      if (connection) {
        wait = FIRST_WAIT
        const error = await connection.closed()
        // nobody says whether it was sent before the connection broke
        owed ||= unconfirmed.has(connection)
        connection = null
        lost(error ?? new Error('NATS closed the connection'))
      }
      await sleep(clock, wait * (0.5 + Math.random()), stopping.signal)
      wait = Math.min(wait * 2, LONGEST_WAIT)
      if (stopping.signal.aborted) return
      try {
        connection = await open()
        found(connection)
      } catch (error) {
        lost(error)
      }
      // closed meanwhile
      if (stopping.signal.aborted) await connection?.close()
    }
  }

  /** For a process that only tells others, such as a command. */
  async function publishOnce(): Promise<void> {
    try {
      const opened = await connect(optionsOf(url))
      try {
        opened.publish(SUBJECT)
        await within(clock, CONNECT_TIMEOUT, opened.flush())
      } finally {
        await opened.close()
      }
    } catch (error) {
      lost(error)
    }
  }

  return {
    announce: async (transaction) => {
      transaction.onCommit(() => {
        if (keeping === null) {
          const published = publishOnce()
          publishing.add(published)
          void published.finally(() => publishing.delete(published))
        } else if (connection && !connection.isClosed()) {
          connection.publish(SUBJECT)
          unconfirmed.add(connection)
        } else owed = true
      })
    },
    listen: async (wake) => {
      wakes.add(wake)
      if (keeping !== null) return
      try {
        connection = await open()
      } catch (error) {
        if (isRefusal(error)) throw new NatsRefused('NATS does not let us in', { cause: error })
        lost(error)
      }
      keeping = keepConnected()
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      wakes.clear()
      await Promise.all(publishing)
      await connection?.close()
      await keeping
    },
  }
}

function optionsOf(text: string): NonNullable<Parameters<typeof connect>[0]> {
  const { host, username, password, protocol } = new URL(text)
  return {
    servers: host,
    ...(username === '' ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    ...(protocol === 'tls:' ? { tls: {} } : {}),
    name: 'curfew',
    timeout: CONNECT_TIMEOUT,
    pingInterval: HEARTBEAT,
    maxPingOut: MOST_UNANSWERED,
    reconnect: false,
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof AuthorizationError ||
    error instanceof PermissionViolationError ||
    (error instanceof ProtocolError && /authoriz/i.test(error.message))
  )
}
