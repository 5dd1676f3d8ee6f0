import pLimit from 'p-limit'
import { Fault } from '../kernel/fault.ts'
import { newSecret } from '../kernel/secret.ts'
import { ARGON2_PARAMETERS, type Argon2Parameters, argon2Hash, argon2Verify, isOutdated } from './argon2.ts'
import { type EarlyGuess, guessedEarly } from './common-passwords.ts'
import { WeakPassword } from './errors.ts'

/** In characters as a person counts them (Unicode code points); NIST SP 800-63B-4 §3.1.1.2. */
export const SHORTEST_PASSWORD = 8
export const LONGEST_PASSWORD = 256

/** Says which ones are refused, and why: what is told only "too weak" is answered with a digit at its end. */
const GUESSED_EARLY = {
  COMMON: 'This password is among the most common ones, which are guessed first. Choose another.',
  DISGUISED:
    'This password is a common one in disguise. Capitals, digits and signs in and around it are guessed with it. Choose another.',
  PATTERN: 'This password is a run of keys or one thing repeated, which is guessed first. Choose another.',
  PERSONAL:
    'This password is made of your e-mail address or of the name of this service, which are guessed first. Choose another.',
} satisfies Record<EarlyGuess, string>

/** How many may wait for their turn; beyond that, the caller is told to come back. */
const LONGEST_QUEUE = 500

/** What came of checking a password. */
export interface PasswordCheck {
  readonly matches: boolean
  /** The same password under the parameters now in force; null if the stored hash has them already, or did not match. */
  readonly rehashed: string | null
}

/**
 * Hashes and checks passwords with argon2id, a few at once: each takes 19 MiB and a thread of the pool that file and DNS
 * work needs too, so a burst of sign-ins queues up here instead of exhausting either.
 */
export class Passwords {
  readonly #parameters: Argon2Parameters
  readonly #limit: ReturnType<typeof pLimit>
  #decoy: Promise<string> | null = null

  /** @param concurrency how many run at the same time */
  constructor({
    concurrency,
    parameters = ARGON2_PARAMETERS,
  }: { concurrency: number; parameters?: Argon2Parameters }) {
    this.#parameters = parameters
    this.#limit = pLimit(concurrency)
  }

  /**
   * Checks a password against the stored hash. Without one (an unknown account, or one without a password) it checks against
   * a decoy, so that the answer takes as long, and says no.
   * @throws Fault SERVER_BUSY if too many are waiting
   */
  async check(password: string, stored: string | null): Promise<PasswordCheck> {
    const normalized = normalize(password)
    return this.#run(async () => {
      const phc = stored ?? (await this.#decoyHash())
      // longer ones are nobody's password; hashing what a stranger sends without bound would be theirs to exploit
      const possible = stored !== null && !tooLong(normalized)
      const matches = (await argon2Verify(possible ? normalized : '', phc)) && possible
      const rehashed =
        matches && isOutdated(phc, this.#parameters) ? await argon2Hash(normalized, this.#parameters) : null
      return { matches, rehashed }
    })
  }

  /**
   * Why a new password may not be used; null if it may. Costs nothing, unlike `hash`.
   * @param email whose it will be; null if nobody's
   */
  judge(password: string, email: string | null): WeakPassword | null {
    const normalized = normalize(password)
    const length = tooLong(normalized) ? LONGEST_PASSWORD + 1 : [...normalized].length
    if (length < SHORTEST_PASSWORD) {
      return new WeakPassword(`The password is too short: it needs at least ${SHORTEST_PASSWORD} characters.`)
    }
    if (length > LONGEST_PASSWORD) {
      return new WeakPassword(`The password is too long: it may have at most ${LONGEST_PASSWORD} characters.`)
    }
    const guessed = guessedEarly(normalized, email)
    return guessed && new WeakPassword(GUESSED_EARLY[guessed])
  }

  /**
   * Hashes a new password, if it may be used.
   * @param email whose it will be; null if nobody's
   * @throws Fault SERVER_BUSY if too many are waiting
   */
  async hash(password: string, email: string | null = null): Promise<string | WeakPassword> {
    const weak = this.judge(password, email)
    if (weak) return weak
    const normalized = normalize(password)
    return this.#run(() => argon2Hash(normalized, this.#parameters))
  }

  #run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#limit.pendingCount >= LONGEST_QUEUE) {
      throw new Fault('SERVER_BUSY', 'Too many sign-ins are being checked right now. Try again in a moment.')
    }
    return this.#limit(task)
  }

  #decoyHash(): Promise<string> {
    this.#decoy ??= argon2Hash(newSecret(), this.#parameters)
    return this.#decoy
  }
}

/** The same password typed on two systems can arrive in different Unicode forms (NIST SP 800-63B-4 §3.1.1.2). */
function normalize(password: string): string {
  // an absurdly long text is not worth the work: it is refused by its length either way
  return password.length > 4 * LONGEST_PASSWORD ? password : password.normalize('NFKC')
}

function tooLong(password: string): boolean {
  return password.length > 4 * LONGEST_PASSWORD || [...password].length > LONGEST_PASSWORD
}
