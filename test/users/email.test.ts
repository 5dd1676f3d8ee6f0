import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emailKey, isEmail } from '../../src/users/email.ts'

describe('an e-mail address', () => {
  it.each([
    'ada@example.com',
    'ada+curfew@mail.example.com',
    'admin@localhost',
    "o'hara@example.ie",
    'josé@example.es',
    'josé@example.es'.normalize('NFD'),
    'उपयोगकर्ता@उदाहरण.कॉम',
    `${'a'.repeat(64)}@example.com`,
  ])('can be %s', (text) => {
    expect(isEmail(text)).toBe(true)
  })

  it.each([
    '',
    'ada',
    'ada@',
    '@example.com',
    'ada@@example.com',
    'ada@-example.com',
    'ada@example..com',
    'ada@example.com.',
    'a da@example.com',
    'ada@example.com\n',
    'ada\0@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    `ada@${'a.'.repeat(125)}com`,
  ])('cannot be %j', (text) => {
    expect(isEmail(text)).toBe(false)
  })

  it('is never longer than mail can carry', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !isEmail(text) || text.length <= 254))
  })
})

describe("an address's key", () => {
  it.each([
    ['case', 'ADA@Example.COM'],
    ['spaces around it', ' ada@example.com\t\n'],
    ['compatibility characters', 'ａda@example.com'],
  ])('is the same in any %s', (_name, spelling) => {
    expect(emailKey(spelling)).toBe('ada@example.com')
  })

  it('is the same composed and decomposed', () => {
    expect(emailKey('JOSÉ@example.es'.normalize('NFD'))).toBe(emailKey('josé@example.es'))
  })

  it('is the key of itself: looking an address up by its key finds it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(emailKey(emailKey(text))).toBe(emailKey(text))
      }),
    )
  })

  it('tells addresses apart that a person tells apart', () => {
    const keys = ['ada@example.com', 'a.da@example.com', 'ada+1@example.com', 'ada@example.org'].map(emailKey)
    expect(new Set(keys).size).toBe(4)
  })
})
