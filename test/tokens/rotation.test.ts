import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  firstRotation,
  judgeRefresh,
  judgeUse,
  RETRY_WINDOW,
  type Rotation,
  rotate,
} from '../../src/tokens/rotation.ts'

const START = new Date('2026-03-01T12:00:00Z')
const BROWSER = 'a browser'
const later = (milliseconds: number) => new Date(START.getTime() + milliseconds)
const at = (milliseconds: number, agent: string | null = BROWSER, country: string | null = 'NL') => ({
  now: later(milliseconds),
  agent,
  country,
})

/** What comes of whoever asks again at home. */
const RETRIED = { verdict: 'retried', fromAnotherCountry: false }

/** Where a session stands that was rotated once, from 1 to 2, at the start. */
const rotated = rotate(firstRotation(START), at(0))

function next(rotation: Rotation, generation: number, request: ReturnType<typeof at>): Rotation {
  const judged = judgeRefresh(rotation, generation, request)
  if (!('next' in judged)) throw new Error(judged.verdict)
  return judged.next
}

describe('a presented refresh token', () => {
  it('of the generation in force is rotated', () => {
    const judged = judgeRefresh(firstRotation(START), 1, at(1_000))
    expect(judged).toEqual({
      verdict: 'rotated',
      next: {
        current: 2,
        retry: 1,
        seen: 1,
        rotatedAt: later(1_000),
        agent: BROWSER,
        country: 'NL',
        displaced: [],
      },
    })
  })

  it('is retried up to the last moment of the window, and moves nothing', () => {
    for (const moment of [0, 1, RETRY_WINDOW - 1])
      expect(judgeRefresh(rotated, 1, at(moment))).toEqual(RETRIED)
    expect(judgeRefresh({ ...rotated, seen: 2 }, 1, at(RETRY_WINDOW - 1))).toEqual(RETRIED)
  })

  it('is recovered behind the window if nobody used what was answered, and what was answered is displaced', () => {
    expect(judgeRefresh(rotated, 1, at(RETRY_WINDOW))).toEqual({
      verdict: 'recovered',
      fromAnotherCountry: false,
      next: { ...rotated, current: 3, rotatedAt: later(RETRY_WINDOW), displaced: [2] },
    })
    const twice = next(next(rotated, 1, at(RETRY_WINDOW)), 1, at(2 * RETRY_WINDOW))
    expect(twice).toMatchObject({ current: 4, retry: 1, displaced: [2, 3] })
    // and within the window of a recovery it is retried
    expect(judgeRefresh(twice, 1, at(2 * RETRY_WINDOW + 1))).toEqual(RETRIED)
  })

  it('is reused behind the window once what was answered was used', () => {
    expect(judgeRefresh({ ...rotated, seen: 2 }, 1, at(RETRY_WINDOW))).toEqual({ verdict: 'reused' })
  })

  it('is reused if it is older than the one before, displaced, or of a generation never given out', () => {
    const further = rotate(rotated, at(10))
    expect(judgeRefresh(further, 1, at(20))).toEqual({ verdict: 'reused' })
    const recovered = next(rotated, 1, at(RETRY_WINDOW))
    expect(judgeRefresh(recovered, 2, at(RETRY_WINDOW))).toEqual({ verdict: 'reused' })
    expect(judgeRefresh(next(recovered, 3, at(RETRY_WINDOW)), 2, at(RETRY_WINDOW))).toEqual({
      verdict: 'reused',
    })
    expect(judgeRefresh(rotated, 3, at(0))).toEqual({ verdict: 'reused' })
  })

  it('is reused if another user agent asks again for what one asked before', () => {
    for (const agent of ['another browser', null]) {
      expect(judgeRefresh(rotated, 1, at(1, agent))).toEqual({ verdict: 'reused' })
      expect(judgeRefresh(rotated, 1, at(RETRY_WINDOW, agent))).toEqual({ verdict: 'reused' })
    }
    // the one in force may come from a browser that was updated
    expect(judgeRefresh(rotated, 2, at(1, 'another browser')).verdict).toBe('rotated')
  })
})

describe('a refresh that is asked for again from another country', () => {
  it('is honoured as any other, and said to be', () => {
    for (const [moment, verdict] of [
      [1, 'retried'],
      [RETRY_WINDOW, 'recovered'],
    ] as const) {
      const abroad = judgeRefresh(rotated, 1, at(moment, BROWSER, 'US'))
      expect(abroad).toMatchObject({ verdict, fromAnotherCountry: true })
      expect(judgeRefresh(rotated, 1, at(moment))).toMatchObject({ verdict, fromAnotherCountry: false })
    }
    // another user agent is a reuse, wherever it is
    expect(judgeRefresh(rotated, 1, at(1, 'another browser', 'US'))).toEqual({ verdict: 'reused' })
  })

  it('is measured by the rotation that it repeats: a recovery is one, from where it was asked for', () => {
    const recovered = next(rotated, 1, at(RETRY_WINDOW, BROWSER, 'US'))
    expect(recovered.country).toBe('US')
    const again = (country: string | null) =>
      judgeRefresh(recovered, 1, at(RETRY_WINDOW + 1, BROWSER, country))
    expect(again('US')).toMatchObject({ verdict: 'retried', fromAnotherCountry: false })
    expect(again('NL')).toMatchObject({ verdict: 'retried', fromAnotherCountry: true })
  })

  it('cannot be told where either country is unknown', () => {
    const unknown = rotate(firstRotation(START), at(0, BROWSER, null))
    for (const moment of [1, RETRY_WINDOW]) {
      expect(judgeRefresh(unknown, 1, at(moment, BROWSER, 'US'))).toMatchObject({ fromAnotherCountry: false })
      expect(judgeRefresh(rotated, 1, at(moment, BROWSER, null))).toMatchObject({ fromAnotherCountry: false })
    }
  })

  it('has the verdict that it would have had at home, wherever the session stands', () => {
    const country = fc.constantFrom(null, 'NL', 'US')
    const standing = fc.record({ generation: fc.nat(5), moment: fc.nat(2 * RETRY_WINDOW), seen: fc.nat(3) })
    fc.assert(
      fc.property(standing, country, country, ({ generation, moment, seen }, first, second) => {
        const rotation = { ...rotate(rotated, at(0)), seen, country: first }
        const judged = judgeRefresh(rotation, generation, at(moment, BROWSER, second))
        expect(judged.verdict).toBe(judgeRefresh(rotation, generation, at(moment, BROWSER, first)).verdict)
        if ('fromAnotherCountry' in judged)
          expect(judged.fromAnotherCountry).toBe(first !== null && second !== null && first !== second)
        // the next one is measured by this one
        if ('next' in judged) expect(judged.next.country).toBe(second)
      }),
    )
  })
})

describe('the use of an access token', () => {
  it('is the first of its generation once, and known from then on', () => {
    expect(judgeUse(rotated, 2)).toBe('first')
    expect(judgeUse({ ...rotated, seen: 2 }, 2)).toBe('known')
    // presenting the refresh token was a use too
    expect(judgeUse(rotated, 1)).toBe('known')
  })

  it('of a generation that was passed over is a reuse, also if nobody remembers that it was displaced', () => {
    const rotation = next(rotated, 1, at(RETRY_WINDOW))
    expect(judgeUse({ ...rotation, displaced: [] }, 2)).toBe('reused')
  })

  it('of a displaced generation is a reuse, for as long as such a token can live', () => {
    let rotation = next(rotated, 1, at(RETRY_WINDOW))
    expect(judgeUse(rotation, 2)).toBe('reused')
    for (let hour = 0; hour < 120; hour++) rotation = rotate(rotation, at(hour))
    expect(judgeUse(rotation, 2)).toBe('reused')
    expect(judgeUse(rotation, rotation.current + 1)).toBe('reused')
  })
})

/**
 * Every way in which one owner and one thief, who stole a token at some moment, can take turns: who holds which tokens is all
 * that matters. Walked through exhaustively: what an honest client may never see, and what a thief may never keep up.
 */
describe('an owner and a thief', () => {
  interface Party {
    /** The refresh token that they would present next. */
    readonly refresh: number
    readonly access: number
  }
  interface World {
    readonly rotation: Rotation
    readonly owner: Party
    readonly thief: Party
    readonly now: number
  }
  type Outcome = { readonly world: World } | 'ended'

  const present = (world: World, who: 'owner' | 'thief', lost = false): Outcome => {
    const party = world[who]
    const judged = judgeRefresh(world.rotation, party.refresh, at(world.now))
    if (judged.verdict === 'reused') return 'ended'
    const rotation = 'next' in judged ? judged.next : world.rotation
    const held = lost ? party : { refresh: rotation.current, access: rotation.current }
    return { world: { ...world, rotation, [who]: held } }
  }
  const use = (world: World, who: 'owner' | 'thief'): Outcome => {
    const judged = judgeUse(world.rotation, world[who].access)
    if (judged === 'reused') return 'ended'
    if (judged === 'known') return { world }
    return { world: { ...world, rotation: { ...world.rotation, seen: world[who].access } } }
  }

  it('the owner alone, with any responses lost and any delays, is never signed out', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('refresh' as const), lost: fc.boolean() }),
      fc.record({ kind: fc.constant('use' as const) }),
      fc.record({
        kind: fc.constant('wait' as const),
        time: fc.constantFrom(1, RETRY_WINDOW - 1, RETRY_WINDOW, 86_400_000),
      }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const first = { refresh: 1, access: 1 }
        let world: World = { rotation: firstRotation(START), owner: first, thief: first, now: 0 }
        for (const each of steps) {
          if (each.kind === 'wait') {
            world = { ...world, now: world.now + each.time }
            continue
          }
          const outcome = each.kind === 'use' ? use(world, 'owner') : present(world, 'owner', each.lost)
          if (outcome === 'ended') return false
          world = outcome.world
        }
        return true
      }),
      { numRuns: 2_000 },
    )
  })

  it('a thief who stays silent for longer than the window is found out by the next refresh of either, for every order', () => {
    // both hold the token in force; each takes a turn beyond the window of the other's, again and again, without using access tokens
    const first = { refresh: 1, access: 1 }
    let worlds: World[] = [{ rotation: firstRotation(START), owner: first, thief: first, now: 0 }]
    let survivors = 0
    for (let turn = 0; turn < 10; turn++) {
      const following: World[] = []
      for (const world of worlds) {
        for (const who of ['owner', 'thief'] as const) {
          const outcome = present({ ...world, now: world.now + RETRY_WINDOW }, who)
          if (outcome !== 'ended') following.push(outcome.world)
        }
      }
      worlds = following
    }
    for (const { rotation, owner, thief } of worlds) {
      // whoever is left holds a token that the other's turn has made worthless, or never had another
      if (owner.refresh === thief.refresh) survivors += 1
      expect(judgeRefresh(rotation, Math.min(owner.refresh, thief.refresh), at(1e12)).verdict).not.toBe(
        'rotated',
      )
    }
    expect(survivors).toBe(0)
  })
})
