import { createLogger } from '../../src/kernel/logger.ts'
import type { MasterSecrets } from '../../src/kernel/secret.ts'
import { AccessTokens } from '../../src/tokens/access-token.ts'
import { type SigningKeyPolicy, SigningKeys } from '../../src/tokens/signing-keys.ts'
import { TEST_SECRET } from '../kit/app.ts'
import type { TestDatabase } from '../kit/databases.ts'
import { FrozenClock } from '../kit/frozen-clock.ts'

export const MINUTE = 60_000
export const DAY = 1_440 * MINUTE

export const LIFETIME = 15 * MINUTE
export const ISSUER = 'https://auth.example.com'
export const AUDIENCE = 'https://api.example.com'

/** What a node has to do with keys and tokens, without the rest of it. */
export interface KeyNode extends AsyncDisposable {
  readonly keys: SigningKeys
  readonly tokens: AccessTokens
  readonly clock: FrozenClock
  /** Lines of the log. */
  readonly logs: readonly string[]
}

/** Such a node on a database, not yet started. */
export function makeKeyNode(
  { database }: Pick<TestDatabase, 'database'>,
  options: { clock?: FrozenClock; secrets?: MasterSecrets; policy?: Partial<SigningKeyPolicy> } = {},
): KeyNode {
  const clock = options.clock ?? new FrozenClock()
  const logs: string[] = []
  const keys = new SigningKeys({
    database,
    clock,
    secrets: options.secrets ?? { current: TEST_SECRET, previous: null },
    logger: createLogger('debug', { write: (line) => logs.push(line) }),
    policy: { algorithm: 'EdDSA', rotationInterval: 90 * DAY, lead: 10 * MINUTE, ...options.policy },
  })
  const tokens = new AccessTokens({ keys, clock, issuer: ISSUER, audience: AUDIENCE, lifetime: LIFETIME })
  return { keys, tokens, clock, logs, [Symbol.asyncDispose]: () => keys[Symbol.asyncDispose]() }
}

/** The same, started. */
export async function startKeyNode(...args: Parameters<typeof makeKeyNode>): Promise<KeyNode> {
  const node = makeKeyNode(...args)
  await node.keys.start()
  return node
}
