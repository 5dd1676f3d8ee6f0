import type { Clock, Timer } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { SigningAlgorithm } from '../protocol/sessions.ts'
import type { OpenKey, PublicJwk } from './key-pair.ts'
import { type KeyRecord, KeyStore, type KeyWish } from './key-store.ts'
import { isGood, type KeyTimes, RELOAD_INTERVAL, signingKeyOf } from './key-times.ts'

/** What the operator decides about signing keys. */
export interface SigningKeyPolicy {
  /** What new keys are for. */
  readonly algorithm: SigningAlgorithm
  /** How long a key signs before the next one does (milliseconds). */
  readonly rotationInterval: number
  /** How long a key is published before it signs (milliseconds). */
  readonly lead: number
}

/** A key that can sign. */
export interface Signer {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly privateKey: NonNullable<OpenKey['privateKey']>
}

/** A kid that nobody knows makes a node look for new keys, at most so often (milliseconds). */
const LOOK_PAUSE = 3_000

/**
 * The keys of access tokens, as this node knows them. It looks at the database from time to time, so that a new key, or one that
 * was withdrawn, is followed on every node without a restart.
 */
export class SigningKeys implements AsyncDisposable {
  readonly #store: KeyStore
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #policy: SigningKeyPolicy
  /** The good ones, the oldest first. */
  #keys: readonly OpenKey[] = []
  #timer: Timer | null = null
  #closed = false
  #following: Promise<void> | null = null
  #reloading: Promise<void> | null = null
  /** When an unknown kid last made us look. */
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(parts: ConstructorParameters<typeof KeyStore>[0] & { policy: SigningKeyPolicy }) {
    this.#store = new KeyStore(parts)
    this.#clock = parts.clock
    this.#logger = parts.logger
    this.#policy = parts.policy
  }

  /**
   * Loads the keys, makes the first one if there is none, and follows them from now on.
   * @throws UnopenableKeys if they are sealed under neither of our secrets
   */
  async start(): Promise<void> {
    await this.#store.mustOpen()
    // looked at now and not later: nodes that differ in the setting while it is being changed would outdo each other for ever
    await this.#make(
      (newest, now) => this.#isDue(newest, now) || newest?.algorithm !== this.#policy.algorithm,
    )
    // another node may have been first, with a secret of its own
    await this.#store.mustOpen()
    await this.#store.resealAll()
    await this.#reload()
    this.#followLater()
  }

  /** The key that signs now. */
  signer(): Signer {
    const able = this.#keys.filter((key): key is OpenKey & Signer => key.privateKey !== null)
    const signer = signingKeyOf(able, this.#clock.now())
    if (!signer) throw new Error('there is no key to sign with')
    return signer
  }

  /** The good key of this kid, if we know it by now; null if not. */
  known(kid: string): OpenKey | null {
    const now = this.#clock.now()
    return this.#keys.find((key) => key.kid === kid && isGood(key, now)) ?? null
  }

  /** The good key of this kid, after a look at the database if it could be new; null if there is none. */
  async find(kid: string): Promise<OpenKey | null> {
    const known = this.known(kid)
    if (known) return known
    const now = this.#clock.now().getTime()
    if (Math.abs(now - this.#lookedAt) >= LOOK_PAUSE) {
      this.#lookedAt = now
      await this.#reload()
    } else {
      await this.#reloading
    }
    return this.known(kid)
  }

  /** The public halves of all good keys, those that do not sign yet among them. */
  publicKeys(): readonly PublicJwk[] {
    const now = this.#clock.now()
    return this.#keys.filter((key) => isGood(key, now)).map(({ publicJwk }) => publicJwk)
  }

  /** All keys that the database has. */
  list(): Promise<readonly KeyRecord[]> {
    return this.#store.list()
  }

  /**
   * Makes a new key. It is published now and signs after the lead; `atOnce` makes it sign now and withdraws all others with
   * whatever they signed, as it must be when one of them has leaked.
   * @returns the new key; or the one that waits for its turn already, in which case nothing was done
   * @throws UnopenableKeys if the others are sealed under neither of our secrets: nodes that have the right one could not use it
   */
  async rotate({ atOnce }: { atOnce: boolean }): Promise<{ made: KeyRecord } | { waiting: KeyRecord }> {
    await this.#store.mustOpen()
    const kid = await this.#make(
      (newest, now) => atOnce || newest === null || newest.signsFrom <= now,
      atOnce,
    )
    await this.#reload()
    const records = await this.list()
    const record = records.find((each) => each.kid === kid) ?? records.at(-1)
    if (!record) throw new Error('a signing key is gone that was there just now')
    return kid === null ? { waiting: record } : { made: record }
  }

  /** Ends following. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer?.[Symbol.dispose]()
    await this.#following
  }

  #followLater(): void {
    if (this.#closed) return
    this.#timer = this.#clock.after(RELOAD_INTERVAL, () => {
      this.#following = this.#follow()
        .catch((error: unknown) =>
          this.#logger.warn({ error }, 'signing keys could not be looked up; the next look tries again'),
        )
        .finally(() => this.#followLater())
    })
  }

  async #follow(): Promise<void> {
    await this.#reload()
    const isDue = (newest: KeyTimes | null, now: Date): boolean => this.#isDue(newest, now)
    if (this.#closed || !isDue(this.#keys.at(-1) ?? null, this.#clock.now())) return
    await this.#make(isDue)
    await this.#reload()
  }

  /** Whether it is time for a new key, so that it signs when the newest one has signed for long enough. */
  #isDue(newest: KeyTimes | null, now: Date): boolean {
    const { rotationInterval, lead } = this.#policy
    return newest === null || newest.signsFrom.getTime() + rotationInterval - lead <= now.getTime()
  }

  #make(isWanted: KeyWish['isWanted'], atOnce = false): Promise<string | null> {
    return this.#store.make({ ...this.#policy, atOnce, isWanted })
  }

  /** Reads the keys anew, one look at a time. */
  #reload(): Promise<void> {
    this.#reloading ??= this.#readAgain().finally(() => {
      this.#reloading = null
    })
    return this.#reloading
  }

  async #readAgain(): Promise<void> {
    this.#keys = await this.#store.read()
  }
}
