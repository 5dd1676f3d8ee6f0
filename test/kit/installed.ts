import { describe } from 'vitest'
import { isInstalled } from './supervised.ts'

/** Runs a suite that needs a Redis of its own; without one the run says so loudly, or fails. */
export function describeOnRedis(name: string, suite: () => void): void {
  describe.runIf(isThere('redis-server', 'redis-server'))(name, suite)
}

/** Runs a suite that needs a NATS server of its own. */
export function describeOnNats(name: string, suite: () => void): void {
  describe.runIf(isThere('nats-server', 'nats-server'))(name, suite)
}

/** Whether certificates can be made; if not the run says so loudly, or fails. */
export function isOpensslThere(): boolean {
  return isThere('openssl', 'openssl', 'version')
}

/** @throws with CI=true if the program is missing: nothing is left out there in silence */
function isThere(program: string, debianPackage: string, version?: string): boolean {
  if (isInstalled(program, version)) return true
  const advice = `${program} is not installed, and what is tested with it is NOT run. Install it: apt-get install ${debianPackage}`
  if (process.env['CI'] === 'true') throw new Error(advice)
  console.warn(`\n!! ${advice}\n`)
  return false
}
