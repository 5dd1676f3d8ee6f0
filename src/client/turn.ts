import { type Clock, sleep } from './clock.ts'
import type { Tabs } from './tabs.ts'

/** Whoever waits asks so often whether the holder is alive (milliseconds). */
const ASK_INTERVAL = 2_000
/** So many questions in a row that nobody answered: the holder hangs, or was frozen. */
const MOST_UNANSWERED = 2

/** How a turn is waited for. */
export interface TurnOptions {
  /** Together with others that say so, and after whoever takes a turn alone. */
  readonly shared?: boolean
  /** Gives the waiting up. */
  readonly signal?: AbortSignal
}

/**
 * A turn that one tab at a time can have: a Web Lock. The browser passes it on when a tab is closed or crashes. One that is stuck keeps it, so
 * those who wait ask, and take it from a holder who does not answer. They count the holder's silence and not the time that they waited: behind
 * nine others who are quick, one waits for long. Answers are messages, which the browser does not hold back in hidden tabs, as it does timers.
 */
export class Turn {
  readonly #name: string
  readonly #tabs: Tabs
  readonly #clock: Clock
  #holding = 0
  #queue: Promise<unknown> = Promise.resolve()

  constructor({ name, tabs, clock }: { name: string; tabs: Tabs; clock: Clock }) {
    this.#name = name
    this.#tabs = tabs
    this.#clock = clock
    tabs.on((message) => {
      if (message.type === 'ask' && message.lock === name && this.#holding > 0) {
        tabs.post({ type: 'held', lock: name })
      }
    })
  }

  /**
   * Runs the task when it is its turn, and gives the turn on when it is done.
   * @param task its signal is aborted if the turn was taken away meanwhile: whatever is under way has to stop
   * @throws whatever the task throws; the reason of `options.signal`; an AbortError if the turn was taken away
   */
  async hold<T>(task: (lost: AbortSignal) => Promise<T>, options: TurnOptions = {}): Promise<T> {
    const lost = new AbortController()
    let began = false
    const run = async (): Promise<T> => {
      began = true
      this.#holding += 1
      try {
        return await task(lost.signal)
      } finally {
        this.#holding -= 1
      }
    }
    const locks = globalThis.navigator?.locks as LockManager | undefined
    // pages without a secure context have no locks; each of their tabs is on its own
    if (!locks) return this.#inThisTab(run)
    const waiting = new AbortController()
    const dead = Symbol()
    const unwatch = this.#watch(() => waiting.abort(dead))
    const signal = options.signal ? AbortSignal.any([waiting.signal, options.signal]) : waiting.signal
    try {
      return await locks.request(
        this.#name,
        { mode: options.shared ? 'shared' : 'exclusive', signal },
        () => {
          unwatch()
          return run()
        },
      )
    } catch (error) {
      if (began) lost.abort(error)
      if (began || signal.reason !== dead) throw error
    } finally {
      unwatch()
    }
    return await this.#steal(locks, run, lost, options)
  }

  /** Waits until nobody has the turn alone. */
  async pass(): Promise<void> {
    await this.hold(async () => {}, { shared: true })
  }

  /** One thief at a time, and each asks anew: the one before it may be the holder now. */
  async #steal<T>(
    locks: LockManager,
    run: () => Promise<T>,
    lost: AbortController,
    options: TurnOptions,
  ): Promise<T> {
    const stolen = await locks.request(`${this.#name}:thief`, async () => {
      if (await this.#isAnswered()) return null
      const begun = Promise.withResolvers<void>()
      const result = locks
        .request(this.#name, { steal: true }, () => {
          begun.resolve()
          return run()
        })
        .catch((error: unknown) => {
          lost.abort(error)
          throw error
        })
      result.catch(() => {})
      await Promise.race([begun.promise, result.catch(() => {})])
      return { result }
    })
    if (stolen) return (await stolen.result) as T
    return await this.hold(run, options)
  }

  async #isAnswered(): Promise<boolean> {
    let answered = false
    const forget = this.#onHeld(() => {
      answered = true
    })
    this.#tabs.post({ type: 'ask', lock: this.#name })
    await sleep(this.#clock, ASK_INTERVAL / 2)
    forget()
    return answered || this.#holding > 0
  }

  /** Asks as long as it is not called off, and tells when nobody answers. */
  #watch(whenDead: () => void): () => void {
    let unanswered = 0
    let heard = true
    const forget = this.#onHeld(() => {
      heard = true
    })
    const look = (): void => {
      unanswered = heard || this.#holding > 0 ? 0 : unanswered + 1
      if (unanswered > MOST_UNANSWERED) {
        whenDead()
        return
      }
      // an answer to somebody else's question does as well; who cannot hear one takes nothing away
      if (!heard && !this.#tabs.post({ type: 'ask', lock: this.#name })) return
      heard = false
      cancel = this.#clock.after(ASK_INTERVAL, look)
    }
    let cancel = this.#clock.after(ASK_INTERVAL, look)
    return () => {
      cancel()
      forget()
    }
  }

  #onHeld(listener: () => void): () => void {
    return this.#tabs.on((message) => {
      if (message.type === 'held' && message.lock === this.#name) listener()
    })
  }

  #inThisTab<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(run)
    this.#queue = result.catch(() => {})
    return result
  }
}
