import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../src/kernel/duration.ts'
import { decodeId, encodeId, isId, newId } from '../../src/kernel/ids.ts'
import { LARGEST_PAGE, pageSize, toPage } from '../../src/kernel/page.ts'
import {
  deriveKey,
  fingerprint,
  hashSecret,
  isSecret,
  newSecret,
  secretMatches,
} from '../../src/kernel/secret.ts'

describe('an id', () => {
  it('is a UUID of version 7 that says when it was made, and sorts by it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 1 }), fc.nat({ max: 2 ** 48 - 1 }), (one, two) => {
        const [first, second] = [newId(new Date(Math.min(one, two))), newId(new Date(Math.max(one, two)))]
        expect(isId(first)).toBe(true)
        expect(first[14]).toBe('7')
        expect('89ab').toContain(first[19])
        expect(Number.parseInt(first.replaceAll('-', '').slice(0, 12), 16)).toBe(Math.min(one, two))
        if (one !== two) expect(first < second).toBe(true)
      }),
    )
  })

  it('has one spelling as a text and one in tokens', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const encoded = encodeId(id)
        expect(encoded).toHaveLength(22)
        expect(decodeId(encoded)).toBe(id)
      }),
    )
    // 22 characters hold four bits more than 16 bytes: only zeros there are ours
    expect(decodeId('AAAAAAAAAAAAAAAAAAAAAA')).toBe('00000000-0000-0000-0000-000000000000')
    for (const last of 'BCDEFGHIJKLMNOP') expect(decodeId(`AAAAAAAAAAAAAAAAAAAAA${last}`)).toBeNull()
    fc.assert(
      fc.property(fc.string(), (text) => {
        const id = decodeId(text)
        if (id !== null) expect(encodeId(id)).toBe(text)
      }),
    )
  })
})

describe('a secret', () => {
  it('has 256 bits, one spelling, and is known by its hash', () => {
    const secret = newSecret()
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(isSecret(secret)).toBe(true)
    expect(newSecret()).not.toBe(secret)
    expect(secretMatches(secret, hashSecret(secret))).toBe(true)
    expect(secretMatches(newSecret(), hashSecret(secret))).toBe(false)
    expect(secretMatches(secret, hashSecret(secret).subarray(0, 31))).toBe(false)
    for (const text of ['', secret.slice(1), `${secret}A`, `${secret.slice(0, 42)}B`, `${secret} `])
      expect(isSecret(text) && text !== secret).toBe(false)
  })

  it('is hashed with SHA-256 (a known answer)', () => {
    expect(hashSecret('abc').toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('gives keys and fingerprints that differ by purpose', () => {
    const [one, two] = [deriveKey('a master secret', 'one'), deriveKey('a master secret', 'two')]
    expect(one).toHaveLength(32)
    expect(one.equals(two)).toBe(false)
    expect(deriveKey('a master secret', 'one').equals(one)).toBe(true)
    expect(fingerprint(one, 'ada')).not.toBe(fingerprint(two, 'ada'))
  })
})

describe('a duration', () => {
  it('is written in the largest unit that holds it, and read back the same', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999_999 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds)
      }),
    )
    expect(formatDuration(604_800_000)).toBe('7d')
    expect(formatDuration(90_000)).toBe('90s')
    expect(formatDuration(0)).toBe('0ms')
  })

  it('is nothing else', () => {
    for (const text of [
      '',
      '7',
      'd',
      '-1s',
      '1.5h',
      '1 h',
      '1H',
      '1h30m',
      '1e3s',
      '9999999999s',
      '１s',
      '7d\n8',
    ])
      expect(parseDuration(text)).toBeNull()
  })
})

describe('a page', () => {
  it('has between none and a hundred items, and knows whether there is more', () => {
    fc.assert(
      fc.property(fc.option(fc.integer()), fc.nat({ max: 150 }), (first, count) => {
        const size = pageSize(first)
        expect(size).toBeGreaterThanOrEqual(0)
        expect(size).toBeLessThanOrEqual(LARGEST_PAGE)
        const rows = Array.from({ length: Math.min(count, size + 1) }, (_, index) => index)
        const page = toPage(rows, { size, after: null })
        expect(page.items).toEqual(rows.slice(0, size))
        expect(page.hasMore).toBe(count > size)
      }),
    )
  })
})
