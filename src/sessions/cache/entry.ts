import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Rotation } from '../../tokens/rotation.ts'
import type { User } from '../../users/user.ts'
import type { Session } from '../session.ts'
import type { ReadSession } from './session-cache.ts'

const ALGORITHM = 'aes-256-gcm'
const PREFIX_BYTES = 8
const COUNTER_BYTES = 4
const NONCE_BYTES = PREFIX_BYTES + COUNTER_BYTES
const TAG_BYTES = 16
const MOST_OF_A_PREFIX = 2 ** (8 * COUNTER_BYTES)

/** An entry as it was sealed. */
export interface OpenedEntry {
  readonly read: ReadSession
  /** When it was filled, by the clock of the store. */
  readonly filledAt: number
}

/**
 * Seals what is given to a store that others may be able to read, and to write: nobody without the master secret sees what is in it,
 * makes a session up, or passes one off as another.
 */
export class EntrySeal {
  readonly #key: Uint8Array
  // never the same twice under one key: at random a process, and counted in it
  #prefix = randomBytes(PREFIX_BYTES)
  #count = 0

  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** @param place what it belongs to: elsewhere it does not open */
  seal(place: string, entry: OpenedEntry): string {
    const { secretHash } = entry.read
    const plain = JSON.stringify({
      ...entry,
      secretHash: secretHash && Buffer.from(secretHash).toString('base64'),
      read: { ...entry.read, secretHash: null },
    })
    const nonce = this.#nextNonce()
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.from(place))
    const parts = [nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]
    return Buffer.concat(parts).toString('base64')
  }

  /** @returns null if it was not sealed by us for this place */
  open(place: string, text: string): OpenedEntry | null {
    const bytes = Buffer.from(text, 'base64')
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
    const decipher = createDecipheriv(ALGORITHM, this.#key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      const plain = Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
        decipher.final(),
      ])
      return revive(JSON.parse(plain.toString()))
    } catch {
      return null
    }
  }

  #nextNonce(): Buffer {
    if (this.#count === MOST_OF_A_PREFIX) {
      this.#prefix = randomBytes(PREFIX_BYTES)
      this.#count = 0
    }
    const nonce = Buffer.alloc(NONCE_BYTES)
    this.#prefix.copy(nonce)
    nonce.writeUInt32BE(this.#count, PREFIX_BYTES)
    this.#count += 1
    return nonce
  }
}

/** What JSON makes of something: dates are texts. */
type Written<T> = T extends Date
  ? string
  : T extends readonly (infer Each)[]
    ? Written<Each>[]
    : T extends object
      ? { [Name in keyof T]: Written<T[Name]> }
      : T

interface WrittenEntry {
  readonly filledAt: number
  readonly secretHash: string | null
  readonly read: Written<Omit<ReadSession, 'secretHash'>>
}

/** The seal says that it is ours, and so of this form. */
function revive({ filledAt, secretHash, read }: WrittenEntry): OpenedEntry {
  return {
    filledAt,
    read: {
      session: reviveSession(read.session),
      user: reviveUser(read.user),
      secretHash: secretHash === null ? null : Buffer.from(secretHash, 'base64'),
      rotation: read.rotation && reviveRotation(read.rotation),
      currentEra: read.currentEra,
    },
  }
}

function reviveSession(session: Written<Session>): Session {
  return {
    ...session,
    createdAt: new Date(session.createdAt),
    lastActiveAt: new Date(session.lastActiveAt),
    verifiedAt: new Date(session.verifiedAt),
    expiresAt: new Date(session.expiresAt),
    endedAt: session.endedAt === null ? null : new Date(session.endedAt),
    places: session.places.map((place) => ({
      ...place,
      firstSeenAt: new Date(place.firstSeenAt),
      lastSeenAt: new Date(place.lastSeenAt),
    })),
    anomalies: session.anomalies.map((anomaly) => ({
      ...anomaly,
      occurredAt: new Date(anomaly.occurredAt),
    })),
  }
}

function reviveUser(user: Written<User>): User {
  return {
    ...user,
    createdAt: new Date(user.createdAt),
    disabledAt: user.disabledAt === null ? null : new Date(user.disabledAt),
    deletedAt: user.deletedAt === null ? null : new Date(user.deletedAt),
  }
}

function reviveRotation(rotation: Written<Rotation>): Rotation {
  return { ...rotation, rotatedAt: new Date(rotation.rotatedAt) }
}
