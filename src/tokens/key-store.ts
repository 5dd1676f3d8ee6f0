import type { Database } from '../database/database.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { MasterSecrets } from '../kernel/secret.ts'
import type { SigningAlgorithm } from '../protocol/sessions.ts'
import { makeKey, type OpenKey, openKey, sealedOf } from './key-pair.ts'
import { insertKey, type KeyRow, limitKeys, lockKeys, readKeys, resealKey, withdrawKeys } from './key-rows.ts'
import { type KeySeal, keySeal } from './key-seal.ts'
import {
  expiryBehind,
  isGood,
  isPutDown,
  type KeyState,
  type KeyTimes,
  MOST_DRIFT,
  stateOf,
} from './key-times.ts'
import { UnopenableKeys } from './unopenable-keys.ts'

/** What may be told of a key. */
export interface KeyRecord extends KeyTimes {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly state: KeyState
  /** Which of our secrets it is sealed under; null if it is another one. */
  readonly sealedUnder: 'CURRENT' | 'PREVIOUS' | null
}

/** A key to make. */
export interface KeyWish {
  readonly algorithm: SigningAlgorithm
  /** How long it is published before it signs (milliseconds). */
  readonly lead: number
  /** Whether it signs at once and all others are withdrawn. */
  readonly atOnce: boolean
  /** Asked when nobody else can make one any more; is told the newest good key, if there is one. */
  readonly isWanted: (
    newest: (KeyTimes & { readonly algorithm: SigningAlgorithm }) | null,
    now: Date,
  ) => boolean
}

/** The keys in the database: all nodes share them, and what is private of them is sealed. */
export class KeyStore {
  readonly #database: Database
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #seal: KeySeal

  constructor(parts: { database: Database; secrets: MasterSecrets; clock: Clock; logger: Logger }) {
    this.#database = parts.database
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#seal = keySeal(parts.secrets)
  }

  /** The good keys, the oldest first. One that does not open is left out; of one that signs no more, the private half is deleted. */
  async read(): Promise<readonly OpenKey[]> {
    const rows = await readKeys(this.#database.queries)
    const now = this.#clock.now()
    const keys: OpenKey[] = []
    for (const row of rows.filter((each) => isGood(each, now))) {
      const key = await openKey(row, this.#seal)
      if (key) keys.push(key)
      else this.#logger.error({ kid: row.id }, 'a signing key does not open, and is not used')
      if (key?.privateKey && isPutDown(row, rows, now)) await this.#sealAgain(row, Buffer.alloc(0))
    }
    return keys
  }

  /** All keys that there are. */
  async list(): Promise<readonly KeyRecord[]> {
    const rows = await readKeys(this.#database.queries)
    const now = this.#clock.now()
    return rows.map((row) => ({
      kid: row.id,
      algorithm: row.algorithm,
      state: stateOf(row, rows, now),
      createdAt: row.createdAt,
      signsFrom: row.signsFrom,
      expiresAt: row.expiresAt,
      sealedUnder: this.#seal.nameOf(row.sealedUnder),
    }))
  }

  /** @throws UnopenableKeys if a good key is sealed under neither of our secrets */
  async mustOpen(): Promise<void> {
    const now = this.#clock.now()
    for (const row of await readKeys(this.#database.queries)) {
      if (isGood(row, now) && !(await openKey(row, this.#seal))) throw new UnopenableKeys()
    }
  }

  /** Makes a key if it is wanted; of nodes that wish for one at once, one makes it. @returns its kid; null if it was not wanted */
  async make({ algorithm, lead, atOnce, isWanted }: KeyWish): Promise<string | null> {
    const { kid, publicJwk, sealed } = await makeKey(algorithm, this.#seal)
    return this.#database.transaction(async ({ queries, onCommit }) => {
      await lockKeys(queries)
      const rows = await readKeys(queries)
      const now = this.#clock.now()
      const newest = rows.findLast((row) => isGood(row, now)) ?? null
      if (!isWanted(newest, now)) return null
      const signsFrom = atOnce || !newest ? now : new Date(now.getTime() + lead)
      // as of a while ago, so that they are over on every node that looks, also where the clock is behind
      if (atOnce) await withdrawKeys(queries, new Date(now.getTime() - MOST_DRIFT))
      await limitKeys(queries, expiryBehind({ signsFrom }))
      await insertKey(queries, {
        id: kid,
        algorithm,
        publicJwk: { ...publicJwk },
        sealedPrivateKey: sealed.bytes,
        sealedUnder: sealed.under,
        // the youngest one, also if the node that made the last one has a clock that is ahead
        createdAt: new Date(Math.max(now.getTime(), (rows.at(-1)?.createdAt.getTime() ?? 0) + 1)),
        signsFrom,
        expiresAt: null,
      })
      onCommit(() => this.#logger.info({ kid, algorithm, signsFrom, atOnce }, 'made a signing key'))
      return kid
    })
  }

  /** Brings what is sealed under the previous secret under the current one, so that the previous one can be given up. */
  async resealAll(): Promise<void> {
    for (const row of await readKeys(this.#database.queries)) {
      const content =
        this.#seal.nameOf(row.sealedUnder) === 'PREVIOUS' ? this.#seal.open(row.id, sealedOf(row)) : null
      if (!content) continue
      await this.#sealAgain(row, content)
      content.fill(0)
      this.#logger.info({ kid: row.id }, 'sealed a signing key under the current master secret')
    }
  }

  async #sealAgain(row: KeyRow, content: Uint8Array): Promise<void> {
    const { bytes, under } = this.#seal.seal(row.id, content)
    await resealKey(this.#database.queries, row, { sealedPrivateKey: bytes, sealedUnder: under })
  }
}
