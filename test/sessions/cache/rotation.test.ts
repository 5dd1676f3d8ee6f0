import fc from 'fast-check'
import { expect, it } from 'vitest'
import { firstRotation, judgeRefresh, judgeUse, type Rotation } from '../../../src/tokens/rotation.ts'

/** What a cache rests on that holds a rotation: it may be old, and `known` is true all the same. */
it('a generation that was seen in use is known for ever, whatever is presented later and whenever', () => {
  const step = fc.record({ generation: fc.nat(12), wait: fc.nat(60_000), used: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let now = new Date(0)
      let rotation: Rotation = firstRotation(now)
      const known = new Set<number>()
      for (const { generation, wait, used } of steps) {
        now = new Date(now.getTime() + wait)
        const verdict = judgeRefresh(rotation, generation, { now, agent: null, country: null })
        if ('next' in verdict) rotation = verdict.next
        if (used && judgeUse(rotation, rotation.current) === 'first')
          rotation = { ...rotation, seen: rotation.current }
        for (let each = 0; each <= rotation.current; each++)
          if (judgeUse(rotation, each) === 'known') known.add(each)
        for (const each of known) expect(judgeUse(rotation, each)).toBe('known')
      }
    }),
  )
})
