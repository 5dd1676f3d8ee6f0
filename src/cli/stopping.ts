import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
export type StopSignal = (typeof SIGNALS)[number]

/** Ctrl+C reaches the process from the terminal and a moment later again from npm, which passes it on: still one wish (milliseconds). */
const SAME_WISH = 500
/** The exit code of a process that a signal ended: 128 and its number. */
export const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 }

/** How often to look whether the shell of `npm start` is still there (milliseconds). */
const SHELL_CHECK = 250

/** Resolves when the process is asked to stop. Asked again, it exits at once. */
export function stopSignal(clock: Clock): Promise<StopSignal> {
  return new Promise((resolve) => {
    if (process.env['npm_lifecycle_event']) onShellGone(clock, () => resolve('SIGTERM'))
    let first: Date | null = null
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        const now = clock.now()
        if (first && now.getTime() - first.getTime() > SAME_WISH) process.exit(EXIT_CODES[signal])
        first ??= now
        resolve(signal)
      })
    }
  })
}

/**
 * npm passes SIGTERM on to the shell that it runs a script in, and many shells end by it without telling us: a server that
 * `kill` has stopped would live on, and hold its port and its data folder.
 */
function onShellGone(clock: Clock, stop: () => void): void {
  const shell = process.ppid
  const check = (): void => {
    if (process.ppid !== shell) stop()
    else clock.after(SHELL_CHECK, check)
  }
  check()
}

/** A failure that nobody expected leaves the process in a state that nobody knows: it is logged, and the process exits. */
export function stopOnFailure(logger: Logger): void {
  const stop = (error: unknown): void => {
    logger.error({ error }, 'unexpected failure; the server stops')
    process.exit(1)
  }
  process.on('uncaughtException', stop)
  process.on('unhandledRejection', stop)
}
