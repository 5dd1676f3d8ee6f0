import { sql } from 'drizzle-orm'
import { type Listener, listen, type PostgresOptions } from '../../database/postgres.ts'
import { type Clock, sleep } from '../../kernel/clock.ts'
import { untilSilent } from '../../kernel/heartbeat.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Bus } from './bus.ts'

const CHANNEL = 'curfew_events'
/** First and longest wait before listening again (milliseconds); it doubles in between. */
const FIRST_WAIT = 50
const LONGEST_WAIT = 5_000

/**
 * The bus of several nodes on one PostgreSQL: NOTIFY in the writer's transaction, LISTEN on a connection of its own. The
 * server sends notifications when the transaction commits, so there is no moment between commit and announcement.
 */
export function postgresBus(parts: { postgres: PostgresOptions; clock: Clock; logger: Logger }): Bus {
  const { postgres, clock, logger } = parts
  const stopping = new AbortController()
  const listening = new Set<Promise<void>>()
  const listeners = new Set<Listener>()

  async function openListener(wake: () => void): Promise<Listener> {
    const listener = await listen(postgres, CHANNEL, wake)
    listeners.add(listener)
    const ended = new AbortController()
    void listener.closed.then(() => {
      ended.abort()
      listeners.delete(listener)
    })
    void untilSilent(clock, () => listener.ping(), ended.signal).then(() => listener[Symbol.asyncDispose]())
    return listener
  }

  /** Keeps a listening connection until the bus is closed. Each new one wakes at once, for what the gap before it hid. */
  async function keepListening(first: Listener, wake: () => void): Promise<void> {
    for (let current: Listener | null = first; current; current = await listenAgain(wake)) {
      await current.closed
      // whatever there still is of it, it must not listen beside the next one
      await current[Symbol.asyncDispose]()
      if (stopping.signal.aborted) return
    }
  }

  /** A listening connection after a gap; null if the bus is closed before there is one. */
  async function listenAgain(wake: () => void): Promise<Listener | null> {
    let away = false
    for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
      try {
        const listener = await openListener(wake)
        if (!stopping.signal.aborted) {
          logger.info({}, 'listening for events again')
          wake()
          return listener
        }
        await listener[Symbol.asyncDispose]()
      } catch (error) {
        // once an outage, and not for each time that it is tried again
        if (!away) logger.warn({ error }, 'the connection that listens for events is lost; trying again')
        away = true
      }
      await sleep(clock, wait * (0.5 + Math.random()), stopping.signal)
      if (stopping.signal.aborted) return null
    }
  }

  return {
    announce: async (transaction) => {
      await transaction.queries.execute(sql`SELECT pg_notify(${CHANNEL}, '')`)
    },
    listen: async (wake) => {
      listening.add(keepListening(await openListener(wake), wake))
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await Promise.all([...listeners].map((listener) => listener[Symbol.asyncDispose]()))
      await Promise.all(listening)
    },
  }
}
