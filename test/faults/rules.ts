import type { Rules } from './checker.ts'
import type { BusKind, CacheKind } from './stack.ts'

/** The lease of a node's own cache, as nodes have it if nothing else is set (milliseconds). */
const LEASE = 1_000

/** What a configuration promises, as the README's table of guarantees has it. */
export function rulesFor({ cache }: { cache: CacheKind; bus: BusKind }): Rules {
  return {
    staleness: cache === 'memory' ? LEASE : 0,
    stalenessOfNews: cache === 'none' ? 0 : LEASE,
    clockTolerance: 50,
  }
}
