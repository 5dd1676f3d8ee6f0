import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeProcess } from '../kit/node-process.ts'
import { type Client, type Held, type Identity, PASSWORD } from './client.ts'
import { Listener } from './listener.ts'
import type { Random } from './random.ts'
import type { Recorder } from './recorder.ts'

/** What everybody in a run works with. */
export interface World {
  readonly client: Client
  readonly recorder: Recorder
  readonly nodes: readonly NodeProcess[]
  readonly random: Random
}

/** How many sessions one person has beside the one that listens. */
const MOST_HELD = 5
/** Ended sessions that are tried again now and then. */
const MOST_ENDED = 30

/**
 * Signs in, uses, ends and uses again, without end. A quiet one never ends everything at once, so that those who listen for them listen to
 * the end of the run and owe us every event; a stormy one signs out everywhere, and is signed out by an administrator.
 */
export class Person {
  readonly identity: Identity
  readonly stormy: boolean
  readonly #world: World
  readonly #random: Random
  readonly #listeners: Listener[] = []
  /** Requests that are under way beside what the person does. */
  readonly #beside = new Set<Promise<unknown>>()
  /** The session that is never ended by its own person, unless everything is. */
  #home: Held | null = null
  #held: Held[] = []
  readonly #ended: Held[] = []
  #stopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(world: World, number: number, { stormy }: { stormy: boolean }) {
    this.#world = world
    this.#random = world.random.fork()
    this.stormy = stormy
    const run = Math.floor(this.#random.next() * 1e9).toString(36)
    this.identity = {
      email: `person-${number}-${run}@example.com`,
      password: PASSWORD,
      address: `10.${number}.1.1`,
    }
  }

  /** The user's id; null until they have signed up. */
  get userId(): string | null {
    return this.#home?.userId ?? this.#held[0]?.userId ?? this.#ended[0]?.userId ?? null
  }

  /** Signs up and listens; nothing may be broken yet. */
  async begin(): Promise<void> {
    this.#home = await this.#world.client.signUp(this.#node(), this.identity)
    if (!this.#home) throw new Error(`${this.identity.email} could not sign up`)
    await this.#listen(this.#home, 'socket')
    await this.#listen(this.#home, 'stream')
    this.#running = this.#live()
  }

  /** Comes to an end, and tries everything once more that was held or has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
    await Promise.all(this.#beside)
  }

  /** Tries every session that the person has or had, at every node. */
  async useEverything(): Promise<void> {
    for (const held of [...(this.#home ? [this.#home] : []), ...this.#held, ...this.#ended]) {
      await Promise.all(this.#world.nodes.map((node) => this.#world.client.use(node, held)))
    }
  }

  /** Listens no more. */
  async leave(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.leave()))
  }

  async #live(): Promise<void> {
    while (!this.#stopped) {
      await this.#act()
      await sleep(this.#random.between(5, 60))
    }
  }

  async #act(): Promise<void> {
    const random = this.#random
    if (!this.#home || this.#held.length === 0) return this.#arrive()
    const dice = random.next()
    if (dice < 0.25) return this.#tryOne(random.pick([this.#home, ...this.#held]))
    if (dice < 0.35) return this.#tryEverywhere([random.pick(this.#held)])
    if (dice < 0.45) return this.#tryEnded()
    if (dice < 0.6) return this.#held.length < MOST_HELD ? this.#arrive() : this.#signOut()
    if (dice < 0.75) return this.#refresh()
    if (dice < 0.9) return this.#signOut()
    if (dice < 0.97 || !this.stormy) return this.#revokeOne()
    return this.#revokeAll()
  }

  async #arrive(): Promise<void> {
    const { client } = this.#world
    const transport = this.#random.chance(0.5) ? 'TOKEN' : 'COOKIE'
    const held = await client.signIn(this.#node(), this.identity, transport)
    // an account that is shut, or a node that is not there: in a moment
    if (!held) return void (await sleep(this.#random.between(50, 200)))
    if (this.#home) {
      this.#held.push(held)
      // now and then somebody listens whose session will end
      if (this.#random.chance(0.3)) this.#aside(this.#listen(held, this.#random.pick(['socket', 'stream'])))
      if (this.#random.chance(0.5)) await this.#tryEverywhere([held])
    } else {
      this.#home = held
      this.#aside(this.#listen(held, this.#random.pick(['socket', 'stream'])))
    }
  }

  async #tryOne(held: Held): Promise<void> {
    if ((await this.#world.client.use(this.#node(), held)) === 'refused') this.#drop([held])
  }

  async #tryEverywhere(those: readonly Held[]): Promise<void> {
    const { client, nodes } = this.#world
    await Promise.all(those.flatMap((held) => nodes.map((node) => client.use(node, held))))
  }

  async #tryEnded(): Promise<void> {
    if (this.#ended.length > 0) await this.#world.client.use(this.#node(), this.#random.pick(this.#ended))
  }

  async #refresh(): Promise<void> {
    const held = this.#held.find(({ tokens }) => tokens !== null)
    if (held) await this.#world.client.refresh(this.#node(), held)
  }

  async #signOut(): Promise<void> {
    const held = this.#random.pick(this.#held)
    await this.#end([held], (node) => this.#world.client.signOut(node, held))
  }

  /** From another session, with a proof; that session is replaced by it, and so this ends two. */
  async #revokeOne(): Promise<void> {
    const [hand, target] = this.#random.shuffle(this.#held)
    if (!hand || !target) return
    const { client } = this.#world
    const verified = await this.#replace(hand, 'REVOKE_SESSION', target.sessionId)
    if (!verified) return
    await this.#end([target], (node) =>
      client.revokeSession(node, verified.held, target.sessionId, verified.proof),
    )
  }

  async #revokeAll(): Promise<void> {
    const { client } = this.#world
    const hand = this.#random.pick(this.#held)
    if (this.#random.chance(0.5)) {
      const all = this.#everything()
      await this.#end(all, (node) => client.revokeAllSessions(node, hand, null))
      return
    }
    const verified = await this.#replace(hand, 'REVOKE_OTHER_SESSIONS', null)
    if (!verified) return
    const others = this.#everything().filter((held) => held !== verified.held)
    await this.#end(others, (node) => client.revokeAllSessions(node, verified.held, verified.proof))
  }

  /** Reverifies: the session of the hand ends, and the one that takes its place is held. */
  async #replace(
    hand: Held,
    action: string,
    subject: string | null,
  ): Promise<{ held: Held; proof: string } | null> {
    let verified: { held: Held; proof: string } | null = null
    await this.#end([hand], async (node) => {
      verified = await this.#world.client.reverify(node, hand, action, subject)
      return verified ? 'acknowledged' : 'unknown'
    })
    const result = verified as { held: Held; proof: string } | null
    if (result) this.#held.push(result.held)
    return result
  }

  /**
   * Ends sessions while requests with them are under way, so that some have read what was and not yet answered; and tries them everywhere as
   * soon as the answer is there, and once more a little later.
   */
  async #end(
    those: readonly Held[],
    end: (node: NodeProcess) => Promise<'acknowledged' | 'refused' | 'unknown'>,
  ): Promise<void> {
    const { client, nodes } = this.#world
    const random = this.#random
    for (const held of those.slice(0, 2)) {
      for (const node of nodes) {
        const delay = random.between(0, 25)
        this.#aside(sleep(delay).then(() => client.use(node, held)))
      }
    }
    await sleep(random.between(0, 15))
    const outcome = await end(this.#node())
    if (outcome === 'refused') return
    // whether an unanswered one happened shows when they are used
    if (outcome === 'acknowledged') {
      this.#drop(those)
      await this.#tryEverywhere(those)
    }
    const late = random.between(20, 1_500)
    this.#aside(sleep(late).then(() => this.#tryEverywhere(those)))
  }

  #everything(): readonly Held[] {
    return [...(this.#home ? [this.#home] : []), ...this.#held]
  }

  #drop(those: readonly Held[]): void {
    this.#held = this.#held.filter((held) => !those.includes(held))
    if (this.#home && those.includes(this.#home)) this.#home = null
    this.#ended.push(...those)
    this.#ended.splice(0, this.#ended.length - MOST_ENDED)
  }

  async #listen(held: Held, wire: 'socket' | 'stream'): Promise<void> {
    const name = `${this.identity.email} ${this.#listeners.length + 1} (${wire})`
    const listener = new Listener({ ...this.#world, random: this.#random.fork() }, { name, held, wire })
    this.#listeners.push(listener)
    await listener.start()
  }

  #node(): NodeProcess {
    return this.#random.pick(this.#world.nodes)
  }

  #aside(work: Promise<unknown>): void {
    const tracked = work.finally(() => this.#beside.delete(tracked))
    this.#beside.add(tracked)
  }
}

/** Ends what stormy people have, again and again, and listens to everybody's ends. */
export class Administrator {
  readonly #world: World
  readonly #random: Random
  readonly #identity: Identity
  readonly #listeners: Listener[] = []
  #session: Held | null = null
  #stopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(world: World, identity: Identity) {
    this.#world = world
    this.#random = world.random.fork()
    this.#identity = identity
  }

  /** Signs in and listens; nothing may be broken yet. */
  async begin(people: readonly Person[]): Promise<void> {
    const { client } = this.#world
    this.#session = await client.signIn(this.#node(), this.#identity, 'COOKIE')
    if (!this.#session) throw new Error('the administrator could not sign in')
    for (const wire of ['socket', 'stream'] as const) {
      const parts = { ...this.#world, random: this.#random.fork() }
      const options = { name: `administrator (${wire})`, held: this.#session, everyone: true, wire }
      const listener = new Listener(parts, options)
      await listener.start()
      this.#listeners.push(listener)
    }
    this.#running = this.#live(this.#session, people)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async leave(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.leave()))
  }

  async #live(session: Held, people: readonly Person[]): Promise<void> {
    const { client } = this.#world
    const stormy = people.filter((person) => person.stormy)
    while (!this.#stopped && stormy.length > 0) {
      await sleep(this.#random.between(300, 900))
      const userId = this.#random.pick(stormy).userId
      const dice = this.#random.next()
      if (dice < 0.05) await client.revokeEverySession(this.#node(), session)
      if (userId === null || dice < 0.05) continue
      if (dice < 0.35) await client.revokeUserSessions(this.#node(), session, userId)
      else if (dice < 0.6) await client.revokeSessions(this.#node(), session, userId)
      if (dice < 0.6) continue
      await client.disableUser(this.#node(), session, userId)
      await sleep(this.#random.between(50, 300))
      while (!(await client.enableUser(this.#node(), session, userId)) && !this.#stopped) await sleep(200)
    }
  }

  #node(): NodeProcess {
    return this.#random.pick(this.#world.nodes)
  }
}
