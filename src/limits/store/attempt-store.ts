/** How many attempts one counter lets through, and how it slows down those that follow. */
export interface AttemptLimit {
  /** Names the counter: attempts under different purposes are counted apart. */
  readonly purpose: string
  /** So many go through without delay. */
  readonly free: number
  /**
   * The same while what was counted before is forgotten, or out of reach: at one account a guesser must not begin anew; but many people
   * share a network, and are not to keep each other out.
   */
  readonly freeAfterLoss: number
  /** The delay after the first one beyond (milliseconds); it doubles with each further one. */
  readonly firstDelay: number
  /** The longest delay (milliseconds): a stranger can slow an account down, and never lock it for ever. */
  readonly longestDelay: number
  /** The count is forgotten when nothing was attempted for so long (milliseconds). */
  readonly forgetAfter: number
}

/** An attempt that was let through, and counted. */
export interface Counted {
  /** How many attempts the counter has seen, this one included. */
  readonly count: number
  /** Takes back what the attempt left. To be called once. */
  giveBack(): Promise<void>
}

/** An attempt that was not let through, and not counted: a later one will be, from then on. */
export interface Refused {
  readonly retryAt: Date
}

/** Where attempts are counted, for all nodes together. */
export interface AttemptStore extends AsyncDisposable {
  /**
   * Counts one attempt, in one step, unless those before it block it: of attempts at the same moment none sees a counter that another
   * one is about to move.
   *
   * Giving back lifts a block if it was the attempt's own, or if no more than the free attempts remain counted: never one that
   * somebody's failure earned.
   * @param key what the counter is stored under
   */
  take(key: string, limit: AttemptLimit, now: Date): Promise<Counted | Refused>
}

/** The limit while what was counted before is out of reach. */
export function afterLoss(limit: AttemptLimit): AttemptLimit {
  return { ...limit, free: limit.freeAfterLoss }
}

/** What a refusal says: never a moment that has passed. */
export function refusedUntil(blockedUntil: number, now: Date): Refused {
  return { retryAt: new Date(Math.max(blockedUntil, now.getTime() + 1)) }
}
