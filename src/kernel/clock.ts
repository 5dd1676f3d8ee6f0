/** A running timer; disposing it twice, or after it fired, does nothing. */
export interface Timer extends Disposable {}

/**
 * The only source of time. Rules take an explicit `now`; whoever needs to ask or to wait is given a clock, so that tests can
 * freeze and move it.
 */
export interface Clock {
  /** The current time. */
  now(): Date
  /** Milliseconds since some moment of the past; unlike {@link now} it never goes back, and nobody sets it. */
  elapsed(): number
  /** Runs the task once after the delay (milliseconds; any length); the timer does not keep the process alive. */
  after(delay: number, task: () => void): Timer
}

/** setTimeout fires at once for delays above a signed 32-bit number of milliseconds (24.8 days). */
const LONGEST_TIMEOUT = 2 ** 31 - 1

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  elapsed: () => performance.now(),
  after: (delay, task) => {
    let handle: NodeJS.Timeout
    const arm = (left: number): void => {
      handle = setTimeout(
        () => (left > LONGEST_TIMEOUT ? arm(left - LONGEST_TIMEOUT) : task()),
        Math.min(left, LONGEST_TIMEOUT),
      )
      handle.unref()
    }
    arm(Math.max(0, delay))
    return { [Symbol.dispose]: () => clearTimeout(handle) }
  },
}

/**
 * What the promise settles to, if that is within the delay (milliseconds); whatever comes later is dropped.
 * @throws Error if it takes longer
 */
export async function within<T>(clock: Clock, delay: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  using _ = clock.after(delay, () => late.reject(new Error(`no answer within ${delay} ms`)))
  return await Promise.race([promise, late.promise])
}

/** Resolves after the delay (milliseconds), or at once when the signal is aborted. */
export function sleep(clock: Clock, delay: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const timer = clock.after(delay, () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    })
    const stop = (): void => {
      timer[Symbol.dispose]()
      resolve()
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
