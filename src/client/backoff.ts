/** First delay, and the longest (milliseconds). */
const FIRST = 500
const LONGEST = 30_000

/**
 * How long to wait before another try (milliseconds): longer from try to try, and never the same for two who were cut off together.
 * @param tries how many have failed so far
 * @param chance between 0 and 1
 */
export function backoff(tries: number, chance: number = Math.random()): number {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** tries)
  return ceiling / 2 + (chance * ceiling) / 2
}
