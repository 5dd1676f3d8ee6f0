/**
 * The rules by which refresh tokens rotate, as pure functions: one session holds three small integers, and every presented
 * generation gets one of four verdicts (the fifth, `ended`, is for a session that is over). RFC 9700 §4.14.2 wants reuse to be
 * detected; FAPI 2.0 wants no honest client to be lost because a response was. Both hold here.
 */

/** How far the refresh tokens of one session have come. Generations count from 1. */
export interface Rotation {
  /** The generation in force. */
  readonly current: number
  /** The one generation before it whose holder may still ask again; 0 before the first rotation. */
  readonly retry: number
  /** The highest generation that was seen in use. */
  readonly seen: number
  /** When `current` last moved. */
  readonly rotatedAt: Date
  /** What asked for that, as a fingerprint of its user agent; null if it did not say. */
  readonly agent: string | null
  /** The country that it was asked for from; null if unknown. */
  readonly country: string | null
  /** Generations that nobody honest holds, the latest last. */
  readonly displaced: readonly number[]
}

/** Who asks for a rotation. */
export interface RotationRequest {
  readonly now: Date
  /** The fingerprint of the user agent; null if it did not say. */
  readonly agent: string | null
  /** ISO 3166-1 alpha-2; null if unknown. */
  readonly country: string | null
}

/** What is said of a rotation that is asked for again. */
interface Repeated {
  /**
   * Whether it comes from another country than the first time. People cross borders, and networks are taken for what they are not: it is
   * honoured, and the person is told.
   */
  readonly fromAnotherCountry: boolean
}

/** What a presented refresh token comes to. `next` is what the session holds from then on. */
export type Verdict =
  /** The generation in force: the next one takes its place. */
  | { readonly verdict: 'rotated'; readonly next: Rotation }
  /** Asked again within the window: the same token is given again, and nothing moves. */
  | ({ readonly verdict: 'retried' } & Repeated)
  /** Asked again late, and nobody ever used what was answered then: that response was lost. */
  | ({ readonly verdict: 'recovered'; readonly next: Rotation } & Repeated)
  /** What no honest client does: the session must end. */
  | { readonly verdict: 'reused' }

/** How long after a rotation the same request may be made again (milliseconds): parallel tabs, and quick retries. */
export const RETRY_WINDOW = 30_000

/**
 * Displaced generations that are remembered. Each takes a recovery, each of those at least a retry window: more than an access
 * token can outlive.
 */
const MOST_DISPLACED = 128

/** Where a new session stands: with its first refresh token, which nobody has used. */
export function firstRotation(now: Date): Rotation {
  return { current: 1, retry: 0, seen: 0, rotatedAt: now, agent: null, country: null, displaced: [] }
}

/**
 * Judges a refresh token of this session.
 * @param generation of the presented token, whose authenticity has been checked
 * @param request of whoever presents it
 */
export function judgeRefresh(rotation: Rotation, generation: number, request: RotationRequest): Verdict {
  const { current, retry, seen, rotatedAt } = rotation
  const { now, agent, country } = request
  if (generation === current) return { verdict: 'rotated', next: rotate(rotation, request) }
  if (generation !== retry) return REUSED
  // whoever asks again is whoever asked before
  if (agent !== rotation.agent) return REUSED
  const fromAnotherCountry = isAnotherCountry(rotation.country, country)
  if (now.getTime() - rotatedAt.getTime() < RETRY_WINDOW) return { verdict: 'retried', fromAnotherCountry }
  if (seen >= current) return REUSED
  // not simply the same token again: a thief who rotates ahead in silence would stay in step with the owner for ever
  return {
    verdict: 'recovered',
    fromAnotherCountry,
    next: {
      ...rotation,
      current: current + 1,
      rotatedAt: now,
      country,
      displaced: [...rotation.displaced, current].slice(-MOST_DISPLACED),
    },
  }
}

/** The next generation, at the request of whoever holds the one in force. */
export function rotate(rotation: Rotation, { now, agent, country }: RotationRequest): Rotation {
  const { current, seen } = rotation
  return {
    ...rotation,
    current: current + 1,
    retry: current,
    seen: Math.max(seen, current),
    rotatedAt: now,
    agent,
    country,
  }
}

/**
 * Judges the use of an access token: `first` is the first use of its generation, which has to be written down before it counts;
 * `reused` is a generation that nobody honest holds.
 */
export function judgeUse(rotation: Rotation, generation: number): 'known' | 'first' | 'reused' {
  const { current, seen, displaced } = rotation
  if (generation > current || displaced.includes(generation)) return 'reused'
  if (generation <= seen) return 'known'
  // between the two are displaced ones alone, also if there were more than are remembered
  return generation === current ? 'first' : 'reused'
}

/** Only of two that are known can it be said. */
function isAnotherCountry(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other
}

const REUSED: Verdict = { verdict: 'reused' }
