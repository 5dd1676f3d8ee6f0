import { CLOCK_SKEW } from '../protocol/access-tokens.ts'

/** How long whoever verifies tokens elsewhere may keep the public keys (milliseconds). */
export const JWKS_MAX_AGE = 300_000

/** How often a node looks whether there are other keys (milliseconds). */
export const RELOAD_INTERVAL = 15_000

/** What no key may be younger than when it begins to sign: all who verify must have had the time to learn of it. */
export const SHORTEST_LEAD = JWKS_MAX_AGE + 4 * RELOAD_INTERVAL

/** By how much the clocks of nodes may differ without a withdrawn key being good on one of them (milliseconds). */
export const MOST_DRIFT = 300_000

/** The longest that an access token can live, whatever the setting (milliseconds). */
export const LONGEST_LIFETIME = 3_600_000

/** The times of a key, which are all that its state depends on. */
export interface KeyTimes {
  readonly createdAt: Date
  /** It signs from then on, until a younger one does. */
  readonly signsFrom: Date
  /** When no token of it can be good any more; null as long as no younger key has been made. */
  readonly expiresAt: Date | null
}

/** Where a key stands in its life. */
export type KeyState = 'PENDING' | 'SIGNING' | 'SUPERSEDED' | 'EXPIRED'

/** Whether tokens of this key can be good now. A key that does not sign yet may already on a node whose clock is ahead. */
export function isGood({ expiresAt }: KeyTimes, now: Date): boolean {
  return expiresAt === null || expiresAt > now
}

/**
 * The key that signs: the youngest good one whose time has come. Should there be none, because the clock of this node is behind
 * that of the one that made it, the oldest of those to come.
 * @param keys the oldest first
 */
export function signingKeyOf<Key extends KeyTimes>(keys: readonly Key[], now: Date): Key | null {
  const good = keys.filter((key) => isGood(key, now))
  return good.findLast(({ signsFrom }) => signsFrom <= now) ?? good[0] ?? null
}

/** @param keys all there are, the oldest first */
export function stateOf<Key extends KeyTimes>(key: Key, keys: readonly Key[], now: Date): KeyState {
  if (!isGood(key, now)) return 'EXPIRED'
  if (key === signingKeyOf(keys, now)) return 'SIGNING'
  return key.signsFrom > now ? 'PENDING' : 'SUPERSEDED'
}

/**
 * When a key is over for which a younger one has begun to sign: when the last token of it has expired. Reckoned by the longest
 * lifetime that can be set, because nodes, and the command line, may differ in the setting while it is being changed.
 */
export function expiryBehind(younger: Pick<KeyTimes, 'signsFrom'>): Date {
  return new Date(younger.signsFrom.getTime() + LONGEST_LIFETIME + RELOAD_INTERVAL + CLOCK_SKEW)
}

/** Whether the private half of a key is of no use any more: a younger one signs, on every node. */
export function isPutDown<Key extends KeyTimes>(key: Key, keys: readonly Key[], now: Date): boolean {
  const youngerSince = keys.slice(keys.indexOf(key) + 1).map(({ signsFrom }) => signsFrom.getTime())
  return Math.min(...youngerSince) + 4 * RELOAD_INTERVAL <= now.getTime()
}
