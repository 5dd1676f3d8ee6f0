import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clusterFingerprint, decodeCursor, encodeCursor } from '../../src/revocations/cursor.ts'
import { isVisibleIn, parseSnapshot } from '../../src/revocations/snapshot.ts'

const number = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
const moment = fc.nat({ max: 2 ** 47 }).map((at) => new Date(at))

describe('a cursor', () => {
  it('is read back as what it was written from', () => {
    fc.assert(
      fc.property(fc.string(), number, number, moment, (cluster, xid, id, keptSince) => {
        expect(decodeCursor(encodeCursor({ cluster, xid, id }, keptSince))).toEqual({
          clusterFingerprint: clusterFingerprint(cluster),
          xid,
          id,
          keptSince,
        })
      }),
    )
  })

  it('has one spelling: whatever is read would be written the same, and all else is refused', () => {
    const genuine = encodeCursor({ cluster: 'here', xid: 7n, id: 8n }, new Date(1e12))
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. '
    fc.assert(
      fc.property(fc.nat(41), fc.constantFrom(...characters), (index, character) => {
        const text = genuine.slice(0, index) + character + genuine.slice(index + 1)
        fc.pre(text !== genuine)
        const cursor = decodeCursor(text)
        if (cursor) expect(cursor).not.toEqual(decodeCursor(genuine))
      }),
      { numRuns: 1_000 },
    )
    fc.assert(fc.property(fc.string(), (text) => decodeCursor(text) === null))
  })
})

describe('a snapshot', () => {
  it('knows of each transaction whether it was over', () => {
    const snapshot = parseSnapshot('10:20:10,14,15')
    expect(snapshot).toEqual({ xmin: 10n, xmax: 20n, open: [10n, 14n, 15n] })
    const visible = [9n, 10n, 11n, 14n, 15n, 19n, 20n, 21n].filter((xid) => isVisibleIn(snapshot, xid))
    expect(visible).toEqual([9n, 11n, 19n])
    expect(parseSnapshot('20:20:')).toEqual({ xmin: 20n, xmax: 20n, open: [] })
  })
})
