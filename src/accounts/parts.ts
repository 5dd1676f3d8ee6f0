import type { Passwords } from '../credentials/password.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { Device } from '../devices/device.ts'
import type { Place } from '../devices/place.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { Attempts } from '../limits/attempts.ts'
import type { Turns } from '../limits/turns.ts'
import type { Actor } from '../revocations/event.ts'
import type { Refreshes } from '../sessions/refreshes.ts'
import type { SessionToken } from '../sessions/session-token.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { SessionStatistics } from '../sessions/statistics.ts'
import type { AccessTokens } from '../tokens/access-token.ts'
import type { RefreshTokens } from '../tokens/refresh-token.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'
import type { Verifications } from '../verification/verifications.ts'

/** What the operator decides about accounts. */
export interface AccountSettings {
  /** Whether anybody may sign up. */
  readonly signUp: 'open' | 'closed'
  /** Whether a new password signs out everywhere: as the person asks, or as the operator says. */
  readonly passwordUpdateSignsOut: 'ask' | 'always' | 'never'
}

/** What the verbs of this room work with. */
export interface AccountParts {
  readonly database: Database
  readonly sessions: Sessions
  readonly accessTokens: AccessTokens
  readonly signingKeys: SigningKeys
  readonly refreshTokens: RefreshTokens
  readonly refreshes: Refreshes
  readonly statistics: SessionStatistics
  readonly passwords: Passwords
  readonly verifications: Verifications
  readonly attempts: Attempts
  readonly turns: Turns
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: AccountSettings
}

/** Where a request comes from. */
export interface Visitor {
  readonly device: Device
  /** Truncated; null if unknown. What attempts are counted by; it is written nowhere. */
  readonly network: string | null
  /** As far as it may be written down. */
  readonly place: Place
  /** As the client calls itself, at most 500 characters; null if it does not. */
  readonly userAgent: string | null
  /** The session cookie's token that came along, genuine or not. */
  readonly cookie: SessionToken | null
  /** Whether the request says itself that no person is behind it. */
  readonly background: boolean
  /** What stands behind `Authorization: Bearer`, whatever it is; null if there is no such header. */
  readonly bearer: string | null
}

/** An operator at the command line: an administrator without a session. */
export const OPERATOR: Actor = { kind: 'ADMINISTRATOR', sessionId: null }

class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/** Runs the work in a transaction; a refusal that it returns rolls everything back, so that a refusal never changes anything. */
export async function transactUnlessRefused<T>(
  database: Database,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  let refused: (T & Refusal) | null = null
  try {
    return await database.transaction(async (transaction) => {
      const result = await work(transaction)
      if (result instanceof Refusal) {
        refused = result
        throw new Refused(result)
      }
      return result
    })
  } catch (error) {
    if (error instanceof Refused && refused) return refused
    throw error
  }
}
