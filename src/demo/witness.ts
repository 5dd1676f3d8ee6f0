import { type Clock, sleep } from '../kernel/clock.ts'
import { Deviation } from './deviation.ts'
import type { AllMySessionsSubscription } from './generated/operations.ts'

/** Something that the server told about a session. */
export type SessionEvent = AllMySessionsSubscription['sessionEvents']

/** What a device notices of its subscription. */
export type Happening =
  | { readonly type: 'connected'; readonly again: boolean }
  | { readonly type: 'told'; readonly event: SessionEvent }
  /** The code is null where there is none: over server-sent events. */
  | {
      readonly type: 'closed'
      readonly code: number | null
      readonly reason: string
      readonly completed: boolean
    }
  | { readonly type: 'failed'; readonly message: string }

/** A happening, and when it was noticed (milliseconds since 1970). */
export type Noticed<T extends Happening = Happening> = T & { readonly at: number }

/** How long to wait for what is expected (milliseconds). */
const PATIENCE = 5_000

/** Remembers everything that happened to one device's subscription, so that nothing can be missed by waiting for it too late. */
export class Witness {
  readonly #clock: Clock
  readonly #tell: (noticed: Noticed) => void
  readonly #noticed: Noticed[] = []
  #next = Promise.withResolvers<void>()

  constructor(clock: Clock, tell: (noticed: Noticed) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  notice(happening: Happening): void {
    const noticed = { ...happening, at: this.#clock.now().getTime() }
    this.#noticed.push(noticed)
    this.#tell(noticed)
    this.#next.resolve()
    this.#next = Promise.withResolvers()
  }

  /**
   * The first happening of this type that fits, whether it has been noticed already or is still to come.
   * @throws Deviation if it does not come in time
   */
  async saw<T extends Happening['type']>(
    what: string,
    type: T,
    fits: (happening: Noticed<Extract<Happening, { type: T }>>) => boolean = () => true,
  ): Promise<Noticed<Extract<Happening, { type: T }>>> {
    const stop = new AbortController()
    let late = false
    const deadline = sleep(this.#clock, PATIENCE, stop.signal).then(() => {
      late = true
    })
    try {
      for (;;) {
        const next = this.#next.promise
        for (const each of this.#noticed) {
          const candidate = each as Noticed<Extract<Happening, { type: T }>>
          if (each.type === type && fits(candidate)) return candidate
        }
        if (late) throw new Deviation(`${what}: not within ${PATIENCE / 1_000} s`)
        await Promise.race([next, deadline])
      }
    } finally {
      stop.abort()
    }
  }
}
