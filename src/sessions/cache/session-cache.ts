import type { Rotation } from '../../tokens/rotation.ts'
import type { User } from '../../users/user.ts'
import type { Session } from '../session.ts'

/** A session as it is read: with whose it is, and what proves that somebody holds it. */
export interface ReadSession {
  readonly session: Session
  readonly user: User
  readonly secretHash: Uint8Array | null
  /** Null if the transport is COOKIE. */
  readonly rotation: Rotation | null
  /** The era in force at that moment. */
  readonly currentEra: number
}

/** What a cache says of a session. */
export type Looked =
  /** It goes on: of no end that was acknowledged before the question is this true. */
  | { readonly held: ReadSession }
  /** Nothing: it is to be read. `fill` offers what was read then, and the cache takes it if no end can have overtaken it. */
  | { readonly held: null; readonly fill: (read: ReadSession) => Promise<void> }

/**
 * What is known of live sessions without asking the database. It can only ever say that one goes on; whatever is to be judged
 * otherwise is read. Nothing here throws or rejects: a cache that cannot be reached knows nothing.
 */
export interface SessionCache extends AsyncDisposable {
  /** Begins to be of use, once the feed goes. Ends are taken note of from the beginning. */
  start(): void
  look(sessionId: string): Looked | Promise<Looked>
  /** Drops what is held of a session that goes on, because it has changed. */
  forget(sessionId: string): Promise<void>
  /**
   * Sessions have ended, and whoever ended them is to be answered. Once this resolves none of them is held anywhere, nor ever will be
   * (with a cache that each node has for itself: not on this node, and on the others not for longer than the lease).
   */
  end(sessionIds: readonly string[]): Promise<void>
  /** The same of all sessions of older eras. */
  endBefore(era: number): Promise<void>
  /** The feed tells that sessions have ended. Takes effect on this node before it returns. */
  hear(sessionIds: readonly string[]): void
  /** The feed tells that an era began. */
  hearOfEra(era: number): void
  /** Ends may have been missed: nothing is believed that was held until now. */
  doubt(): void
}

/** Nothing is known, and nothing is taken. */
export const UNKNOWN: Looked = { held: null, fill: async () => {} }

/** No cache: every look-up reads the database. */
export function noCache(): SessionCache {
  return {
    start: () => {},
    look: () => UNKNOWN,
    forget: async () => {},
    end: async () => {},
    endBefore: async () => {},
    hear: () => {},
    hearOfEra: () => {},
    doubt: () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
