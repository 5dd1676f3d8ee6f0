import { createHash } from 'node:crypto'
import { createClient, createCluster, ErrorReply } from '@redis/client'
import { type Clock, sleep, within } from '../kernel/clock.ts'
import { untilSilent } from '../kernel/heartbeat.ts'
import type { Logger } from '../kernel/logger.ts'

/** How Redis (or Valkey) is reached. */
export interface RedisOptions {
  /** `redis://` or `rediss://`, with user and password if it wants any. Never logged. */
  readonly url: string
  /** How long a command may take (milliseconds). */
  readonly commandTimeout: number
}

/** Redis is away, did not answer in time, or takes nothing in its state: whether it did what it was asked is not known. */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable'
}

/** Redis answered, and does not let us in: nothing gets better by waiting. */
export class RedisRefused extends Error {
  override readonly name = 'RedisRefused'
}

/** A Lua script, and the name under which a server remembers it. */
export interface RedisScript {
  readonly source: string
  readonly sha1: string
}

/** Makes a script of its source. */
export function defineScript(source: string): RedisScript {
  return { source, sha1: createHash('sha1').update(source).digest('hex') }
}

/** What a subscriber of a channel is told. Neither may throw. */
export interface ChannelListener {
  onMessage(text: string): void
  /** Messages may have been missed until now. */
  onGap(): void
}

/** One Redis, or a cluster of them. It reconnects by itself, with back-off and jitter; while it is away, commands are refused at once. */
export interface Redis extends AsyncDisposable {
  /**
   * Sends one command.
   * @param key the key that it is about, which says where a cluster keeps it; null if it is about none
   * @returns the reply: text, number, null or an array of these
   * @throws RedisUnavailable if Redis is away, does not answer in time, or is in no state to do it; an Error if it refuses the command
   */
  command(key: string | null, parts: readonly string[]): Promise<unknown>
  /** Runs a script, all of whose keys are kept in the same place. */
  script(script: RedisScript, keys: readonly [string, ...string[]], args: readonly string[]): Promise<unknown>
  /** Listens on a channel until the handle is disposed. Resolves when it listens, or at once while Redis is away. */
  subscribe(channel: string, listener: ChannelListener): Promise<AsyncDisposable>
  /** Tells everyone who listens on the channel. */
  publish(channel: string, text: string): Promise<void>
  /** Calls the task each time that Redis is there again, also if it was away from the start. The task must not throw. */
  onReconnect(task: () => void): Disposable
  /** Resolves if Redis answers. */
  ping(): Promise<void>
}

/** First and longest wait before connecting again (milliseconds); it doubles in between. */
const FIRST_WAIT = 50
const LONGEST_WAIT = 5_000
const CONNECT_TIMEOUT = 3_000 // ms

/**
 * Opens Redis. If it is away, that is said in the log and it is tried again in the background.
 * @throws RedisRefused if it does not let us in
 */
export async function openRedis(
  options: RedisOptions,
  parts: { clock: Clock; logger: Logger },
): Promise<Redis> {
  const redis = new ConnectedRedis(options, parts)
  await redis.open()
  return redis
}

/** The connections of a single server or of a cluster. They never reconnect by themselves: they are lost together, and made anew. */
interface Wire {
  /** Resolves when one of them is lost, with what is known of it. */
  readonly lost: Promise<unknown>
  /** Counts it as lost. */
  lose(error: unknown): void
  send(key: string | null, parts: readonly string[]): Promise<unknown>
  /** Resolves when it listens. */
  subscribe(channel: string, onMessage: (text: string) => void): Promise<AsyncDisposable>
  publish(channel: string, text: string): Promise<void>
  /** Resolves when each of them has answered. */
  ping(): Promise<void>
  destroy(): void
}

interface Subscription {
  readonly channel: string
  readonly listener: ChannelListener
  /** Of the present wire. */
  handle: AsyncDisposable | null
  over: boolean
}

class ConnectedRedis implements Redis {
  readonly #options: RedisOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #tasks = new Set<() => void>()
  readonly #subscriptions = new Set<Subscription>()
  readonly #stopping = new AbortController()
  /** Servers of the cluster that were seen before: any of them can tell about the others. */
  #seen: readonly Address[] = []
  #wire: Wire | null = null
  #keeping: Promise<void> | null = null
  #away = false

  constructor(options: RedisOptions, { clock, logger }: { clock: Clock; logger: Logger }) {
    this.#options = options
    this.#clock = clock
    this.#logger = logger
  }

  async open(): Promise<void> {
    try {
      this.#wire = await this.#connect()
    } catch (error) {
      if (isRefusal(error)) throw new RedisRefused(messageOf(error))
      this.#lost(error)
    }
    this.#keeping = this.#keepConnected()
  }

  async command(key: string | null, parts: readonly string[]): Promise<unknown> {
    return await this.#answer((wire) => wire.send(key, parts))
  }

  async script(
    { source, sha1 }: RedisScript,
    keys: readonly [string, ...string[]],
    args: readonly string[],
  ): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args]
    try {
      return await this.command(keys[0], ['EVALSHA', sha1, ...rest])
    } catch (error) {
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error
      return await this.command(keys[0], ['EVAL', source, ...rest])
    }
  }

  async subscribe(channel: string, listener: ChannelListener): Promise<AsyncDisposable> {
    const subscription: Subscription = { channel, listener, handle: null, over: false }
    this.#subscriptions.add(subscription)
    try {
      if (this.#wire) await this.#begin(this.#wire, subscription)
    } catch (error) {
      // any other failure is one of the connection, and the next one begins with it
      if (isRefusal(error)) {
        this.#subscriptions.delete(subscription)
        throw new RedisRefused(messageOf(error))
      }
      this.#wire?.lose(error)
    }
    return {
      [Symbol.asyncDispose]: async () => {
        subscription.over = true
        this.#subscriptions.delete(subscription)
        await subscription.handle?.[Symbol.asyncDispose]()
      },
    }
  }

  async publish(channel: string, text: string): Promise<void> {
    await this.#answer((wire) => wire.publish(channel, text))
  }

  onReconnect(task: () => void): Disposable {
    this.#tasks.add(task)
    return { [Symbol.dispose]: () => this.#tasks.delete(task) }
  }

  async ping(): Promise<void> {
    await this.#answer((wire) => wire.ping())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.#tasks.clear()
    for (const subscription of this.#subscriptions) subscription.over = true
    this.#subscriptions.clear()
    this.#wire?.lose(new Error('closed'))
    await this.#keeping
  }

  /** What Redis answers, in time. */
  async #answer<T>(ask: (wire: Wire) => Promise<T>): Promise<T> {
    const wire = this.#wire
    if (!wire) throw new RedisUnavailable('there is no connection to Redis')
    try {
      return await within(this.#clock, this.#options.commandTimeout, ask(wire))
    } catch (error) {
      // it was the master once; whoever is now may be found under the same name
      if (messageOf(error).startsWith('READONLY')) wire.lose(error)
      if (isReply(error) && !isAboutItself(error)) throw error
      throw new RedisUnavailable(`Redis did not answer: ${messageOf(error)}`, { cause: error })
    }
  }

  /** Keeps a wire until this is closed. Whoever subscribed listens on a new one before anybody is told of it. */
  async #keepConnected(): Promise<void> {
    for (let wait = FIRST_WAIT; !this.#stopping.signal.aborted; ) {
      if (this.#wire) {
        wait = FIRST_WAIT
        const error = await this.#untilLost(this.#wire)
        this.#wire.destroy()
        this.#wire = null
        for (const subscription of this.#subscriptions) subscription.handle = null
        this.#lost(error)
      }
      await sleep(this.#clock, wait * (0.5 + Math.random()), this.#stopping.signal)
      wait = Math.min(wait * 2, LONGEST_WAIT)
      if (this.#stopping.signal.aborted) return
      try {
        const wire = await this.#connect()
        // none of them is set when this was closed meanwhile
        this.#wire = wire
        this.#found()
      } catch (error) {
        this.#lost(error)
      }
    }
    this.#wire?.destroy()
    this.#wire = null
  }

  /** A wire on which everybody listens who subscribed. */
  async #connect(): Promise<Wire> {
    const wire = await openWire(this.#options.url, this.#seen, (seen) => {
      this.#seen = seen
    })
    try {
      // also whoever comes while this goes on
      for (const subscription of this.#subscriptions) await this.#begin(wire, subscription)
      return wire
    } catch (error) {
      wire.destroy()
      throw error
    }
  }

  async #begin(wire: Wire, subscription: Subscription): Promise<void> {
    const { channel, listener } = subscription
    const handle = await wire.subscribe(channel, (text) => {
      if (!subscription.over) listener.onMessage(text)
    })
    if (subscription.over) await handle[Symbol.asyncDispose]()
    else subscription.handle = handle
  }

  /** Resolves when the wire is lost, or says nothing any more, with what is known of it. */
  async #untilLost(wire: Wire): Promise<unknown> {
    const ended = new AbortController()
    void untilSilent(this.#clock, () => wire.ping(), ended.signal).then(() =>
      wire.lose(new Error('Redis says nothing')),
    )
    const error = await wire.lost
    ended.abort()
    return error
  }

  #found(): void {
    if (this.#stopping.signal.aborted) return
    if (this.#away) this.#logger.info({}, 'Redis is there again')
    this.#away = false
    for (const task of this.#tasks) task()
    for (const { listener } of [...this.#subscriptions]) listener.onGap()
  }

  /** Once an outage, and not for each time that it is tried again. */
  #lost(error: unknown): void {
    if (this.#away || this.#stopping.signal.aborted) return
    this.#away = true
    this.#logger.warn({ error }, 'Redis (REDIS_URL) cannot be reached; trying again')
  }
}

interface Address {
  readonly host: string
  readonly port: number
}

type Client = ReturnType<typeof makeClient>

function settingsOf() {
  return {
    disableOfflineQueue: true,
    // whoever sends a command waits for it as long as they like
    commandOptions: { timeout: 0 },
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: CONNECT_TIMEOUT,
      // for a server that accepts, and then says nothing; the heartbeat is more frequent
      socketTimeout: CONNECT_TIMEOUT,
      reconnectStrategy: false,
    },
  } as const
}

function makeClient(url: string, onError: (error: unknown) => void) {
  return createClient({ url, ...settingsOf() }).on('error', onError)
}

/**
 * Connects to a server, or to the cluster that it is of.
 * @param seen servers of the cluster; none if it is not known to be one
 */
async function openWire(
  url: string,
  seen: readonly Address[],
  onSeen: (seen: readonly Address[]) => void,
): Promise<Wire> {
  const lost = Promise.withResolvers<unknown>()
  if (seen.length > 0) return await openCluster(url, seen, lost, onSeen)
  const commands = makeClient(url, lost.resolve)
  try {
    await commands.connect()
    const info = String(
      await Promise.race([commands.sendCommand(['INFO', 'cluster']), failing(lost.promise)]),
    )
    if (!info.includes('cluster_enabled:1')) return singleServer(url, commands, lost)
  } catch (error) {
    commands.destroy()
    throw error
  }
  commands.destroy()
  return await openCluster(url, seen, Promise.withResolvers(), onSeen)
}

/** One server: a connection for commands, and one for all subscriptions, made when there is the first. */
function singleServer(url: string, commands: Client, lost: PromiseWithResolvers<unknown>): Wire {
  let subscriber: Client | null = null
  let connecting: Promise<unknown> | null = null
  return {
    lost: lost.promise,
    lose: lost.resolve,
    send: (_key, parts) => commands.sendCommand([...parts]),
    publish: async (channel, text) => {
      await commands.sendCommand(['PUBLISH', channel, text])
    },
    subscribe: async (channel, onMessage) => {
      subscriber ??= makeClient(url, lost.resolve)
      connecting ??= subscriber.connect()
      await connecting
      const client = subscriber
      await client.subscribe(channel, onMessage)
      return {
        [Symbol.asyncDispose]: async () => {
          if (client.isReady) await client.unsubscribe(channel, onMessage).catch(() => {})
        },
      }
    },
    ping: async () => {
      await Promise.all([commands.ping(), subscriber?.isReady ? subscriber.ping() : null])
    },
    destroy: () => {
      commands.destroy()
      subscriber?.destroy()
    },
  }
}

/** A cluster: channels are sharded, so a message goes to the server of its channel, and not to all of them. */
async function openCluster(
  url: string,
  seen: readonly Address[],
  lost: PromiseWithResolvers<unknown>,
  onSeen: (seen: readonly Address[]) => void,
): Promise<Wire> {
  const { username, password, protocol } = new URL(url)
  const cluster = createCluster({
    rootNodes: [{ url, ...settingsOf() }, ...seen.map((socket) => ({ socket }))],
    defaults: {
      ...settingsOf(),
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
      socket: { ...settingsOf().socket, ...(protocol === 'rediss:' ? { tls: true } : {}) },
    },
  })
  /** How many connections are being made on purpose. */
  let expected = 1
  for (const event of ['error', 'node-error']) {
    // one of several servers may be away while it looks for the others
    cluster.on(event, (error: unknown) => expected === 0 && lost.resolve(error))
  }
  cluster.on('node-ready', () => {
    // it found a server that was not there before: channels may have moved, and messages been missed
    if (expected === 0) lost.resolve(new Error('the cluster has changed'))
  })
  try {
    await cluster.connect()
    // one that is being made knows of no server yet, and would stay as it is
    if (!Array.from(cluster.slots).every(Boolean)) throw new Error('parts of the cluster have no server')
  } catch (error) {
    cluster.destroy()
    throw error
  }
  expected -= 1
  onSeen(cluster.masters.map(({ host, port }) => ({ host, port })))
  return {
    lost: lost.promise,
    lose: lost.resolve,
    send: (key, parts) => cluster.sendCommand(key ?? undefined, false, [...parts]),
    publish: async (channel, text) => {
      await cluster.sendCommand(channel, false, ['SPUBLISH', channel, text])
    },
    subscribe: async (channel, onMessage) => {
      expected += 1
      try {
        await cluster.sSubscribe(channel, onMessage)
      } finally {
        expected -= 1
      }
      return {
        [Symbol.asyncDispose]: async () => {
          if (cluster.isOpen) await cluster.sUnsubscribe(channel, onMessage).catch(() => {})
        },
      }
    },
    ping: async () => {
      await Promise.all(
        cluster.masters.map(async ({ address, client, pubSub }) => {
          if (!client) throw new Error(`there is no connection to ${address}`)
          await Promise.all([client.ping(), pubSub?.client.ping()])
        }),
      )
    },
    destroy: () => cluster.destroy(),
  }
}

/** Rejects with what the promise resolves to. */
async function failing(promise: Promise<unknown>): Promise<never> {
  throw await promise
}

function isRefusal(error: unknown): boolean {
  return /^(WRONGPASS|NOAUTH|NOPERM|DENIED|ERR (invalid password|AUTH|DB index))/.test(messageOf(error))
}

/** Whether it answers that it is in no state to do what it was asked, such as write when it is full: another time it may. */
function isAboutItself(error: unknown): boolean {
  return /^(BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOREPLICAS|OOM|READONLY|TRYAGAIN) /.test(
    messageOf(error),
  )
}

/** Whether the error is what Redis answered. */
function isReply(error: unknown): boolean {
  return error instanceof ErrorReply
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
