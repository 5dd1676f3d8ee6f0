import type { CommandsContraints, Parameters } from 'fast-check'

/** How a long property is run. */
export interface PropertyRuns {
  /** For `fc.assert`. */
  readonly parameters: Parameters<unknown>
  /** For `fc.commands`. */
  readonly commands: CommandsContraints
  /** For the test, long enough to find the shortest failing case (milliseconds). */
  readonly timeout: number
}

const PATIENCE = 120_000

/**
 * Reads from the environment how often to run: `PROPERTY_RUNS=5000` for that many runs, and `PROPERTY_REPLAY='<seed> <path> <replayPath>'` to
 * run a failure again. A failure prints all three, as `seed`, `path` and `replayPath`.
 * @param numRuns how often, if nothing is said
 */
export function propertyRuns(numRuns: number): PropertyRuns {
  const [seed, path, replayPath] = (process.env['PROPERTY_REPLAY'] ?? '').split(' ').filter(Boolean)
  const wanted = Number(process.env['PROPERTY_RUNS'] ?? numRuns)
  const patience = PATIENCE * Math.max(1, wanted / numRuns)
  return {
    parameters: {
      numRuns: wanted,
      // what has failed by then is reported, be it the shortest or not
      interruptAfterTimeLimit: patience,
      ...(seed === undefined ? {} : { seed: Number(seed) }),
      ...(path === undefined ? {} : { path }),
    },
    commands: replayPath === undefined ? {} : { replayPath },
    timeout: patience + PATIENCE / 2,
  }
}
