import { makeListeners } from './listeners.ts'

/** Time in a browser: the only file of the client that reads it or sets a timer. */
export interface Clock {
  /** Milliseconds since 1970, by this machine. */
  now(): number
  /** Runs the task once after the delay (milliseconds), late if the browser slept; what comes back cancels it. */
  after(delay: number, task: () => void): () => void
  /** Runs what is overdue. Timers of hidden tabs are held back by the browser for up to a minute; messages are not. */
  check(): void
  /** Tells when the machine slept or the browser held timers back: what was waited for may be long over. */
  onLate(listener: () => void): () => void
}

/** setTimeout fires at once for longer delays (milliseconds). */
const LONGEST_TIMEOUT = 2 ** 31 - 1

/** A timer that is later than this was held back (milliseconds). */
const LATE = 5_000

interface Alarm {
  /** By the clock on the wall, which goes on while the machine sleeps, and which somebody may set. */
  readonly wall: number
  /** By the clock that nobody sets, and which stands still while the machine sleeps. */
  readonly steady: number
  readonly task: () => void
}

/** Makes a clock whose timers are due by whichever clock says so first. */
export function makeClock(): Clock {
  const alarms = new Set<Alarm>()
  const lateListeners = makeListeners<[]>()
  let handle: ReturnType<typeof setTimeout> | undefined
  let expected = Number.POSITIVE_INFINITY

  const left = ({ wall, steady }: Alarm): number => Math.min(wall - Date.now(), steady - performance.now())

  function arm(): void {
    clearTimeout(handle)
    expected = Number.POSITIVE_INFINITY
    if (alarms.size === 0) return
    const delay = Math.max(0, Math.min(LONGEST_TIMEOUT, ...[...alarms].map(left)))
    expected = Date.now() + delay
    handle = setTimeout(check, delay)
  }

  function check(): void {
    const late = Date.now() - expected > LATE
    for (const alarm of [...alarms]) {
      // an earlier one may have cancelled it
      if (left(alarm) <= 0 && alarms.delete(alarm)) alarm.task()
    }
    arm()
    if (late) lateListeners.tell()
  }

  return {
    now: () => Date.now(),
    after: (delay, task) => {
      const alarm = { wall: Date.now() + delay, steady: performance.now() + delay, task }
      alarms.add(alarm)
      // what is overdue since a sleep is still to be noticed
      if (Date.now() - expected <= LATE) arm()
      return () => {
        alarms.delete(alarm)
      }
    },
    check,
    onLate: lateListeners.add,
  }
}

/** Resolves after the delay (milliseconds), or at once when the signal is aborted. */
export function sleep(clock: Clock, delay: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = (): void => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(delay, end)
    signal?.addEventListener('abort', end, { once: true })
  })
}
