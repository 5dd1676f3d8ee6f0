import { expect, it } from 'vitest'
import type { MasterSecrets } from '../../src/kernel/secret.ts'
import { startApp, TEST_SECRET, type TestApp } from '../kit/app.ts'
import { anyEmail } from '../kit/browser.ts'
import { MovableClock } from '../kit/clock.ts'
import { describeOnPostgres, type TestDatabase } from '../kit/databases.ts'
import { TokenClient } from '../kit/token-client.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const STEP = 3 * MINUTE
const CLIENTS = 5
/** How often each client refreshes and uses its tokens before the next thing happens, at the least. */
const ROUNDS = 2
const NEW_SECRET = 'another secret for tests alone, of more than 32 bytes'

const OLD: MasterSecrets = { current: TEST_SECRET, previous: null }
const BOTH: MasterSecrets = { current: TEST_SECRET, previous: NEW_SECRET }
const SWITCHED: MasterSecrets = { current: NEW_SECRET, previous: TEST_SECRET }
const NEW: MasterSecrets = { current: NEW_SECRET, previous: null }

/** One of two nodes, which may be another process of the same place after a restart. */
interface Place {
  app: TestApp
  /** Requests under way. */
  busy: number
  open: boolean
}

/** Two nodes behind a balancer that sends every request to either, and clients that never rest. */
class Load implements AsyncDisposable {
  readonly clock = new MovableClock()
  readonly #database: TestDatabase
  readonly #places: Place[] = []
  readonly #rounds: number[] = []
  readonly #running: Promise<void>[] = []
  #requests = 0
  #stopped = false
  /** Whether a token may be refused before its time: when its key was withdrawn. */
  withdrawing = false
  refused = 0

  private constructor(database: TestDatabase) {
    this.#database = database
  }

  static async start(database: TestDatabase): Promise<Load> {
    const load = new Load(database)
    for (let count = 0; count < 2; count++)
      load.#places.push({ app: await load.#startNode(OLD), busy: 0, open: true })
    for (let index = 0; index < CLIENTS; index++) {
      const client = await load.client().signUp(anyEmail())
      load.#rounds.push(0)
      load.#running.push(load.#runClient(client, index))
    }
    return load
  }

  /** A client whose every request goes to either node. */
  client(): TokenClient {
    return new TokenClient({ url: 'http://either' }, { fetch: (_, init) => this.#fetch(init) })
  }

  get apps(): readonly TestApp[] {
    return this.#places.map(({ app }) => app)
  }

  /** Does something, and lets all clients go on for a while under it. */
  async under<T>(work: () => Promise<T> | T): Promise<T> {
    const result = await work()
    const before = [...this.#rounds]
    const goneOn = () => this.#rounds.every((rounds, index) => rounds >= (before[index] ?? 0) + ROUNDS)
    await Promise.race([
      expect.poll(goneOn, { interval: 10, timeout: 20_000 }).toBe(true),
      // a client that fails must not be waited for
      Promise.all(this.#running),
    ])
    return result
  }

  /** Moves time in steps, within which no access token expires. */
  async pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += STEP) {
      this.clock.advance(STEP)
      await this.under(() => {})
    }
  }

  /** Restarts one node after the other. */
  async restart(secrets: MasterSecrets): Promise<void> {
    for (const place of this.#places) {
      place.open = false
      await expect.poll(() => place.busy, { interval: 5, timeout: 10_000 }).toBe(0)
      await place.app[Symbol.asyncDispose]()
      place.app = await this.#startNode(secrets)
      place.open = true
      await this.under(() => {})
    }
  }

  /** Ends the clients' work. @returns how many requests there were, none of which failed */
  async stop(): Promise<number> {
    this.#stopped = true
    await Promise.all(this.#running)
    return this.#requests
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    await Promise.allSettled(this.#running)
    for (const { app } of this.#places) await app[Symbol.asyncDispose]()
  }

  #startNode(secrets: MasterSecrets): Promise<TestApp> {
    return startApp(this.#database, { clock: this.clock, secrets })
  }

  async #fetch(init: RequestInit = {}): Promise<Response> {
    const open = this.#places.filter((place) => place.open)
    const place = open[Math.floor(Math.random() * open.length)]
    if (!place) throw new Error('no node is open')
    place.busy++
    this.#requests++
    try {
      const response = await fetch(`${place.app.url}/graphql`, init)
      // read here: a node must not be restarted under an answer
      return new Response(await response.text(), response)
    } finally {
      place.busy--
    }
  }

  async #runClient(client: TokenClient, index: number): Promise<void> {
    while (!this.#stopped) {
      expect(await client.refresh()).toBe('RefreshSessionSuccess')
      for (let count = 0; count < 2; count++) await this.#use(client)
      this.#rounds[index] = (this.#rounds[index] ?? 0) + 1
    }
  }

  async #use(client: TokenClient): Promise<void> {
    const wasWithdrawing = this.withdrawing
    const found = await client.currentSessionId()
    if (found === client.sessionId) return
    this.refused++
    const isExpired = Date.parse(client.held.accessTokenExpiresAt) <= this.clock.now().getTime()
    if (!isExpired && !wasWithdrawing && !this.withdrawing)
      expect.fail(`a good access token was refused: ${client.held.accessTokenExpiresAt}`)
  }
}

describeOnPostgres('two nodes with clients that never rest', (open) => {
  it('rotate keys and change the master secret, and no honest request fails', async () => {
    await using database = await open()
    await using load = await Load.start(database)
    const keysOf = ({ server }: TestApp) => server.house.accounts.signingKeys
    const kids = new Set<string>()
    const noteSigners = () => {
      for (const app of load.apps) kids.add(keysOf(app).signer().kid)
    }
    const first = await load.under(() => load.client().signUp(anyEmail()))
    noteSigners()
    for (const turn of [0, 1, 0]) {
      const node = load.apps[turn]
      const rotated = node && (await keysOf(node).rotate({ atOnce: false }))
      expect(rotated).toHaveProperty('made')
      await load.pass(12 * MINUTE)
      noteSigners()
    }
    expect(kids.size).toBe(4)
    // its key was superseded and not withdrawn, and so only time has made it void
    expect(await first.refresh()).toBe('RefreshSessionSuccess')

    await load.restart(BOTH)
    await load.restart(SWITCHED)
    await load.under(() => load.apps[0] && keysOf(load.apps[0]).rotate({ atOnce: false }))
    await load.pass(12 * MINUTE)
    expect(await first.refresh()).toBe('RefreshSessionSuccess')
    await load.restart(NEW)
    expect(await first.refresh()).toBe('RefreshSessionSuccess')
    expect(await first.currentSessionId()).toBe(first.sessionId)
    expect(load.refused).toBe(0)

    // a leak: all keys are withdrawn, and other nodes follow when they look next
    const stolen = first.copy()
    load.withdrawing = true
    const [one, other] = load.apps
    if (!one || !other) throw new Error('two nodes were started')
    await load.under(() => keysOf(one).rotate({ atOnce: true }))
    const { kid } = keysOf(one).signer()
    load.clock.advance(15 * SECOND)
    await expect.poll(() => keysOf(other).signer().kid, { timeout: 10_000 }).toBe(kid)
    await load.under(() => {})
    load.withdrawing = false
    for (let count = 0; count < 6; count++) expect(await stolen.currentSessionId()).toBeNull()
    for (const app of load.apps)
      expect(
        keysOf(app)
          .publicKeys()
          .map((key) => key.kid),
      ).toEqual([kid])
    await load.under(() => {})
    expect(await first.refresh()).toBe('RefreshSessionSuccess')
    expect(await first.currentSessionId()).toBe(first.sessionId)
    expect(await load.stop()).toBeGreaterThan(500)
  }, 120_000)
})
