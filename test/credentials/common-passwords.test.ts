import { dictionary } from '@zxcvbn-ts/language-common'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coresOf, guessedEarly } from '../../src/credentials/common-passwords.ts'
import { generatePassword } from '../../src/server/generated-password.ts'

const EMAIL = 'ada.lovelace@analytical.example'
const COMMON = dictionary['passwords-common'].map(String)
const WORDS = dictionary['diceware-common'].map(String)

describe('what is guessed first', () => {
  it.each([
    ['COMMON', ['password', 'PassWord', '12345678', 'qwertyuiop', 'iloveyou', 'password1234']],
    [
      'DISGUISED',
      [
        'Password123!',
        '!!password!!',
        '2026Welcome',
        'P@ssw0rd!',
        'il0veyou!!',
        'L1verp00l2026',
        'Zürich2024',
        'hunter2hunter2',
      ],
    ],
    [
      'PATTERN',
      [
        'aaaaaaaaaa',
        'abababababab',
        'xyzxyzxyzxyz',
        'abcdefghij',
        'Qwertz2026',
        'poiuzt!!',
        '🦊🦊🦊🦊🦊🦊🦊🦊',
      ],
    ],
    [
      'PERSONAL',
      [
        'ada.lovelace@analytical.example',
        'AdaLovelace1!',
        'ada-lovelace 99',
        'lovelace99',
        'An4lytical',
        'Curfew2026',
        'curfewcurfew',
      ],
    ],
  ])('is known: %s', (reason, passwords) => {
    for (const password of passwords)
      expect([password, guessedEarly(password, EMAIL)]).toEqual([password, reason])
  })

  it.each([
    'correct horse battery',
    'six blue herons at dawn',
    'let me in, said the wolf',
    'dear-password-2026',
    'my password is a secret',
    'crème brûlée',
    'xkcd936!',
    'Tr0ub4dor&3',
    'dragon83920174652',
    '84920193',
    'मेरापासवर्ड',
    '🦊🐢🦉🐙🦔🐝🦀🐡',
    'ada likes analytical engines',
  ])('is not %s', (password) => {
    expect(guessedEarly(password.normalize('NFKC'), EMAIL)).toBeNull()
  })

  it('is what stands around a common one, in any case, as long as it is the shorter part', () => {
    const around = fc.string({ unit: fc.constantFrom(...'0123456789!?.#*'), maxLength: 8 })
    fc.assert(
      fc.property(fc.constantFrom(...COMMON), around, around, fc.boolean(), (word, before, behind, upper) => {
        fc.pre(/^\p{L}.*\p{L}$/u.test(word) && word.length >= 4)
        fc.pre(before.length + behind.length <= Math.min(8, word.length))
        const password = `${before}${upper ? word.toUpperCase() : word}${behind}`
        expect(guessedEarly(password, null)).not.toBeNull()
      }),
      { numRuns: 300 },
    )
  })

  it('is no phrase of four words, and nothing that a generator made', () => {
    const phrase = fc.array(fc.constantFrom(...WORDS), { minLength: 4, maxLength: 8 })
    fc.assert(
      fc.property(phrase, fc.constantFrom(' ', '-', ''), (words, between) => {
        fc.pre(new Set(words).size === words.length)
        expect(guessedEarly(words.join(between), EMAIL)).toBeNull()
      }),
      { numRuns: 300 },
    )
    for (let times = 0; times < 100; times++) expect(guessedEarly(generatePassword(), EMAIL)).toBeNull()
  })

  it('is looked for in a bounded number of places, however long the password', () => {
    for (const password of [
      `${'321'.repeat(40)}a${'321'.repeat(40)}`,
      `${'1!'.repeat(60)}q${'!1'.repeat(60)}`,
    ])
      for (const longest of [20, 254]) expect([...coresOf(password, longest)].length).toBeLessThan(600)
  })
})
