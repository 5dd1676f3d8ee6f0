import { inspect } from 'node:util'
import { createUser } from '../../src/users/users.ts'
import type { TestApp } from '../kit/app.ts'
import { anyEmail, PASSWORD } from '../kit/browser.ts'
import { granted } from '../races/kit.ts'
import { Custody } from './custody.ts'
import { type Exchange, explain, predict } from './explain.ts'
import {
  type AccessToken,
  edgesOf,
  type RefreshToken,
  type Sent,
  type Transport,
  type World,
  wait,
} from './rules.ts'
import { type Credentials, type Person, type Reply, send, type Written } from './wire.ts'

const SECOND = 1_000

/** Honest clients: each keeps to the rules that PROTOCOL.md has for clients, and belongs to one person or, the laptop, to two. */
export const CLIENTS = ['phone', 'tablet', 'desktop', 'laptop'] as const
/** They hold what they copied from clients and what they get for it. One of them looks just like the client. */
export const THIEVES = ['twin', 'stranger'] as const
export const USERS = ['anna', 'ben'] as const
export const ACTIONS = ['REVOKE_SESSION', 'REVOKE_OTHER_SESSIONS', 'UPDATE_PASSWORD'] as const

export type Client = (typeof CLIENTS)[number]
export type Thief = (typeof THIEVES)[number]
export type Party = Client | Thief
export type UserName = (typeof USERS)[number]

/** What somebody wants to do; numbers choose among what there is when it comes to it. */
export type Deed =
  | {
      readonly do: 'signIn'
      readonly who: Client
      readonly user: UserName
      readonly stale: boolean
      readonly lost: boolean
    }
  | {
      readonly do: 'refresh'
      readonly who: Party
      readonly pick: number
      readonly background: boolean
      readonly lost: boolean
    }
  | { readonly do: 'use' | 'list' | 'signOut' | 'everywhere'; readonly who: Party; readonly pick: number }
  | {
      readonly do: 'reverify'
      readonly who: Client
      readonly action: (typeof ACTIONS)[number]
      readonly pick: number
      readonly lost: boolean
    }
  | {
      readonly do: 'spend'
      /** Null for whoever holds the newest proof. */
      readonly who: Party | null
      readonly pick: number
      readonly everywhere: boolean
      readonly lost: boolean
    }
  | { readonly do: 'disable' | 'enable'; readonly user: UserName }
  | { readonly do: 'administratorEnds'; readonly pick: number }

/** A deed of somebody in particular. */
type Action = Exclude<Deed, { do: 'spend' }> | (Extract<Deed, { do: 'spend' }> & { readonly who: Party })

const TRANSPORTS: Record<Client, Transport> = {
  phone: 'TOKEN',
  tablet: 'TOKEN',
  desktop: 'COOKIE',
  laptop: 'COOKIE',
}

interface Holder {
  /** What a client holds now; nothing if it is signed out. A thief has no such thing. */
  held: Credentials | null
  /** All that came their way, the newest last. */
  readonly purse: Credentials[]
}

interface Proof {
  readonly text: string
  readonly action: (typeof ACTIONS)[number]
  readonly subject: string | null
  readonly owner: string
}

/** Guesses beyond this would be slowed down, which is another matter. */
const MOST_WRONG_PASSWORDS = 3

/** One run: a few people with their devices, and thieves, on one real server. Time stands still unless it is moved. */
export class Story {
  readonly #app: TestApp
  readonly #people: ReadonlyMap<string, Person>
  readonly #custody = new Custody()
  readonly #holders = new Map<Party, Holder>()
  readonly #proofs: Proof[] = []
  readonly #passwords = new Map<string, string[]>()
  readonly #wrong = new Map<string, number>()
  readonly #texts = new Map<string, string>()
  /** What the server may have in mind: more than one, if requests at once can have come to the same answers in several orders. */
  #worlds: readonly World[]
  /** Which answers came. */
  readonly seen = new Set<string>()

  private constructor(app: TestApp, people: ReadonlyMap<string, Person>) {
    this.#app = app
    this.#people = people
    const user = { password: PASSWORD, version: 1, disabled: false }
    this.#worlds = [
      { now: app.clock.now().getTime(), users: { anna: user, ben: { ...user } }, sessions: {}, proofs: {} },
    ]
    for (const party of [...CLIENTS, ...THIEVES]) this.#holders.set(party, { held: null, purse: [] })
    for (const name of USERS) this.#passwords.set(name, [PASSWORD])
  }

  /**
   * Begins with two new people, one of whom is signed in on the phone.
   * @param passwordHash of {@link PASSWORD}: it is made once, because that takes longer than all the rest
   */
  static async begin(app: TestApp, passwordHash: string): Promise<Story> {
    // whatever an earlier run left counted is forgotten, and whole seconds make all times exact
    app.clock.advance(3_600 * SECOND - (app.clock.now().getTime() % SECOND))
    const { database } = app.server.house.accounts
    const now = app.clock.now()
    const people = new Map<string, Person>()
    for (const name of USERS) {
      const email = anyEmail()
      const user = { email, passwordHash, roles: [], now }
      const { id } = granted(await database.transaction((transaction) => createUser(transaction, user)))
      people.set(name, { id, email })
    }
    const story = new Story(app, people)
    await story.turn([{ do: 'signIn', who: 'phone', user: 'anna', stale: false, lost: false }])
    return story
  }

  /** Moves time, and the world with it. */
  pass(milliseconds: number): void {
    if (milliseconds <= 0) return
    this.#app.clock.advance(milliseconds)
    this.#worlds = this.#worlds.map((world) => {
      const later = structuredClone(world)
      wait(later, milliseconds)
      return later
    })
  }

  /** Moves time to where something changes by itself, or a second before. */
  passToEdge(pick: number, { before }: { before: boolean }): void {
    const [world] = this.#worlds
    const edges = world ? edgesOf(world) : []
    const edge = edges[pick % Math.max(1, edges.length)]
    if (world && edge !== undefined) this.pass(edge - world.now - (before ? SECOND : 0))
  }

  /** A thief copies what a client holds, or held once: all of it. */
  copy(thief: Thief, client: Client, pick: number): void {
    const { held, purse } = this.#holder(client)
    const loot = pick % 3 === 0 ? purse.at(-1 - (pick % Math.max(1, purse.length))) : held
    if (!loot) return
    this.#holder(thief).purse.push(loot)
    const token = loot.refresh ?? loot.access
    if (token) this.#custody.copied(thief, token.session, token.generation)
  }

  /** Several people do something at the same time. The answers must be those of some order, and nothing may be that must never be. */
  async turn(deeds: readonly Deed[]): Promise<void> {
    const wanted = deeds.flatMap((each) => {
      const deed = this.#resolve(each)
      const sent = deed && this.#toRequest(deed)
      return sent ? [{ deed, sent }] : []
    })
    const replies = await Promise.all(wanted.map(({ sent }) => send(this.#app, this.#people, sent)))
    const exchanges = replies.map(({ answer }, index) => ({ sent: wanted[index]?.sent as Sent, answer }))
    this.#follow(exchanges)
    for (const [index, { deed, sent }] of wanted.entries()) this.#settle(deed, sent, replies[index] as Reply)
    for (const world of this.#worlds) this.#custody.check(world)
  }

  /** What the server must have in the end of each session of these people: one row, why it ended, and so many events. */
  sessionsNow(): ReadonlySet<string> {
    return new Set(
      this.#worlds.map(({ sessions }) =>
        JSON.stringify(
          Object.entries(sessions)
            .map(([id, { user, ended }]) => [id, user, ended?.reason ?? null])
            .sort(),
        ),
      ),
    )
  }

  /** Presents whatever was ever given out of sessions that have ended: nothing may bring one back. */
  async presentWhatIsOver(most: number): Promise<void> {
    const all = [...this.#holders.values()].flatMap(({ purse }) => purse).reverse()
    const over = new Set(all).values().filter(({ cookie, access }) => {
      const session = cookie?.session ?? access?.session ?? ''
      return this.#worlds.every(({ sessions }) => sessions[session]?.ended)
    })
    const agent = 'phone'
    for (const { cookie, access, refresh } of over.take(most)) {
      const requests: Sent[] = [
        ...[cookie, access].flatMap((each) => (each ? [{ do: 'use' as const, agent, with: each }] : [])),
        ...(refresh ? [{ do: 'refresh' as const, agent, token: refresh, background: false }] : []),
      ]
      for (const sent of requests) {
        const { answer } = await send(this.#app, this.#people, sent)
        this.#follow([{ sent, answer }])
        if (answer.session) throw new Error(`${inspect(sent)} was let in: ${inspect(answer)}`)
      }
    }
  }

  get people(): ReadonlyMap<string, Person> {
    return this.#people
  }

  #follow(exchanges: readonly Exchange[]): void {
    const before = this.#worlds
    this.#worlds = explain(before, exchanges)
    if (this.#worlds.length > 0) return
    const foreseen = before[0] && predict(before[0], exchanges)
    throw new Error(
      `the rules do not explain what came:\n${inspect({ exchanges, foreseen, before: before[0] }, { depth: 6 })}`,
    )
  }

  /** What everybody makes of their answers. */
  #settle(deed: Action, sent: Sent, { answer, credentials }: Reply): void {
    this.seen.add(answer.is)
    if (!('who' in deed)) return
    const { who } = deed
    const token = tokenOf(sent)
    if (token && wasTaken(sent, answer)) this.#custody.took(who, token.session, token.generation)
    if (isClient(who) && answer.is === 'InvalidTokenError')
      throw new Error(`${who} was told that its own token is none`)
    if (sent.do === 'updatePassword' && answer.is === 'UpdatePasswordSuccess') {
      const name = this.#worlds[0]?.sessions[sent.with.session]?.user ?? ''
      this.#passwords.get(name)?.push(sent.password)
    }
    // nobody holds what was lost
    if ('lost' in deed && deed.lost) return
    this.#keepTexts(credentials)
    const { refresh } = credentials ?? {}
    if (refresh) this.#custody.gave(who, refresh.session, refresh.generation)
    const holder = this.#holder(who)
    if (credentials) holder.purse.push(credentials)
    if (sent.do === 'reverify' && answer.proof && answer.session) {
      const { action, subject } = sent as { action: Proof['action']; subject: string | null }
      this.#proofs.push({ text: answer.proof, action, subject, owner: answer.session })
    }
    if (isClient(who)) holder.held = this.#heldAfter(holder.held, sent, { answer, credentials })
  }

  /** What a client holds after an answer, if it keeps to the rules. */
  #heldAfter(held: Credentials | null, sent: Sent, { answer, credentials }: Reply): Credentials | null {
    const { is } = answer
    if (sent.do === 'refresh') {
      // stored only if the store still holds what was sent
      const isStill = held?.refresh && held.refresh.text === (sent.token as Written<RefreshToken>).text
      if (!isStill) return held
      return is.startsWith('SessionEndedError') ? null : (credentials ?? held)
    }
    const leaves =
      is === 'SignOutSuccess' ||
      (sent.do === 'everywhere' && is === 'RevokeAllSessionsSuccess') ||
      (is === 'UpdatePasswordSuccess' && answer.session === null)
    return leaves ? null : (credentials ?? held)
  }

  /** The token of a generation is one text, and no two are the same. */
  #keepTexts(credentials: Credentials | null): void {
    const { refresh } = credentials ?? {}
    if (!refresh) return
    const name = `${refresh.session} ${refresh.generation}`
    for (const [key, value] of [
      [name, refresh.text],
      [refresh.text, name],
    ] as const) {
      const known = this.#texts.get(key)
      if (known !== undefined && known !== value) throw new Error(`two texts of one token: ${name}`)
      this.#texts.set(key, value)
    }
  }

  /** An app that is signed out signs in first, and whoever holds the newest proof is found. */
  #resolve(deed: Deed): Action | null {
    if (!('who' in deed)) return deed
    const owner = this.#proofs.at(-1)?.owner
    const who = deed.who ?? CLIENTS.find((name) => sessionOf(this.#holder(name).held) === owner)
    if (!who) return null
    if (deed.do === 'signIn' || !isClient(who) || this.#holder(who).held) return { ...deed, who } as Action
    if (TRANSPORTS[who] === 'COOKIE') return null
    return { do: 'signIn', who, user: 'anna', stale: false, lost: false }
  }

  #toRequest(deed: Action): Sent | null {
    if (!('who' in deed)) return this.#toOperation(deed)
    const { who } = deed
    const { held } = this.#holder(who)
    if (deed.do === 'signIn') {
      const user = who === 'tablet' ? 'ben' : who === 'laptop' ? deed.user : 'anna'
      const passwords = this.#passwords.get(user) ?? []
      const wrong = this.#wrong.get(user) ?? 0
      const stale = deed.stale && passwords.length > 1
      if (stale || this.#worlds[0]?.users[user]?.disabled) {
        if (wrong === MOST_WRONG_PASSWORDS) return null
        this.#wrong.set(user, wrong + 1)
      }
      const password = passwords.at(stale ? -2 : -1) ?? ''
      const transport = TRANSPORTS[who as Client]
      return { do: 'signIn', agent: who, user, password, transport, with: held?.cookie ?? null }
    }
    const chosen =
      isClient(who) && deed.do === 'refresh' ? held : this.#choose(who, 'pick' in deed ? deed.pick : 0)
    // a thief looks like the client that they copied from, or does not
    const agent = isClient(who) ? who : who === 'twin' ? this.#clientOf(chosen) : 'stranger'
    if (deed.do === 'refresh') {
      const token = chosen?.refresh
      return token ? { do: 'refresh', token, background: deed.background, agent } : null
    }
    const credential = chosen?.cookie ?? chosen?.access
    if (!credential) return null
    if (deed.do === 'reverify') {
      const name = this.#worlds[0]?.sessions[credential.session]?.user ?? ''
      const password = this.#passwords.get(name)?.at(-1) ?? ''
      const ids = Object.entries(this.#worlds[0]?.sessions ?? {})
        .filter(([, { user, ended }]) => user === name && (!ended || deed.pick === 0))
        .map(([id]) => id)
      const subject =
        deed.action === 'REVOKE_SESSION'
          ? (ids[deed.pick % Math.max(1, ids.length)] ?? credential.session)
          : null
      return { do: 'reverify', with: credential, password, action: deed.action, subject, agent }
    }
    if (deed.do === 'spend') return this.#toSpending(deed, credential, agent)
    return { do: deed.do, with: credential, agent }
  }

  #toOperation(deed: Exclude<Action, { who: Party }>): Sent | null {
    if (deed.do !== 'administratorEnds') return { ...deed, agent: 'operator' }
    const ids = Object.keys(this.#worlds[0]?.sessions ?? {})
    const session = ids[deed.pick % Math.max(1, ids.length)]
    return session ? { do: 'administratorEnds', session, agent: 'operator' } : null
  }

  #toSpending(
    { pick, everywhere }: Extract<Deed, { do: 'spend' }>,
    credential: NonNullable<Credentials['cookie'] | Credentials['access']>,
    agent: string,
  ): Sent | null {
    const own = this.#proofs.filter(({ owner }) => owner === credential.session)
    // mostly one's own last, and now and then any
    const proof = pick % 4 === 0 ? this.#proofs[pick % Math.max(1, this.#proofs.length)] : own.at(-1)
    if (!proof) return null
    const { text, action, subject } = proof
    if (action === 'REVOKE_SESSION') {
      return { do: 'revoke', with: credential, proof: text, subject: subject ?? '', agent }
    }
    if (action === 'REVOKE_OTHER_SESSIONS')
      return { do: 'revokeOthers', with: credential, proof: text, agent }
    const name = this.#worlds[0]?.sessions[credential.session]?.user ?? ''
    const passwords = this.#passwords.get(name) ?? []
    const password = `${PASSWORD} ${passwords.length}`
    return { do: 'updatePassword', with: credential, proof: text, password, everywhere, agent }
  }

  /** What somebody brings: what they hold now; or now and then, and for thieves always, anything that they ever had. */
  #choose(who: Party, pick: number): Credentials | null {
    const { held, purse } = this.#holder(who)
    if (isClient(who) && (held === null || pick % 4 > 0)) return held
    const chosen = purse.at(-1 - (pick % Math.max(1, Math.min(4, purse.length))))
    // an older cookie is gone from its browser
    return isClient(who) && chosen?.cookie ? held : (chosen ?? null)
  }

  #clientOf(credentials: Credentials | null): string {
    const session = sessionOf(credentials)
    const client = CLIENTS.find((name) =>
      this.#holder(name).purse.some((each) => sessionOf(each) === session),
    )
    return client ?? 'stranger'
  }

  #holder(party: Party): Holder {
    const holder = this.#holders.get(party)
    if (!holder) throw new Error(`nobody is ${party}`)
    return holder
  }
}

function sessionOf(credentials: Credentials | null): string | undefined {
  return credentials?.cookie?.session ?? credentials?.refresh?.session
}

/** The token of either kind that a request brings. */
function tokenOf(sent: Sent): RefreshToken | null {
  if (sent.do === 'refresh') return sent.token
  // a cookie has no generation
  return 'with' in sent && sent.with && 'generation' in sent.with ? (sent.with as AccessToken) : null
}

/** Whether the server took the presented token for what it is. */
function wasTaken(sent: Sent, { is, session, generation }: Exchange['answer']): boolean {
  if (sent.do === 'refresh') return generation === sent.token.generation + 1 && is === 'RefreshSessionSuccess'
  if (sent.do === 'use') return session !== null
  return sent.do !== 'signOut' && !['NotSignedInError', 'Listed'].includes(is)
}

function isClient(party: Party): party is Client {
  return !THIEVES.some((thief) => thief === party)
}
