import fc from 'fast-check'
import { expect, it } from 'vitest'
import { argon2Hash, argon2Verify } from '../../src/credentials/argon2.ts'
import { guessedEarly } from '../../src/credentials/common-passwords.ts'
import { WeakPassword } from '../../src/credentials/errors.ts'
import { Passwords } from '../../src/credentials/password.ts'

/** As little work as argon2 can do: these tests are about what is done, not about what it costs. */
const CHEAP = { memoryCost: 8, timeCost: 1, parallelism: 1 }
const cheap = (concurrency = 2) => new Passwords({ concurrency, parameters: CHEAP })

/** From the reference implementation's own tests: argon2id, version 19, t=2, m=256, p=1, "password", salt "somesalt". */
const KNOWN_ANSWER = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'

it('reads what the reference implementation writes', async () => {
  expect(await argon2Verify('password', KNOWN_ANSWER)).toBe(true)
  expect(await argon2Verify('passwore', KNOWN_ANSWER)).toBe(false)
})

it('hashes with argon2id, a salt of its own each time, and no trace of the password', async () => {
  const hashes = [await argon2Hash('xkcd936!', CHEAP), await argon2Hash('xkcd936!', CHEAP)]
  for (const hash of hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/)
  expect(hashes[0]).not.toBe(hashes[1])
})

it('takes every password of 8 to 256 characters that is not common, and none shorter or longer', async () => {
  const passwords = cheap()
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme-composite', maxLength: 300 }), async (password) => {
      const normalized = password.normalize('NFKC')
      const length = [...normalized].length
      const refused = length < 8 || length > 256 || guessedEarly(normalized, null) !== null
      const hash = await passwords.hash(password)
      expect(hash instanceof WeakPassword).toBe(refused)
      if (typeof hash !== 'string') return
      expect(await passwords.check(password, hash)).toEqual({ matches: true, rehashed: null })
      expect((await passwords.check(`${password}x`, hash)).matches).toBe(false)
    }),
    { numRuns: 50 },
  )
})

it.each(['password', 'PassWord', '12345678', 'qwertyuiop', 'iloveyou', 'letmein1'])(
  'knows %s as common',
  async (password) => {
    expect(await cheap().hash(password)).toBeInstanceOf(WeakPassword)
  },
)

it('judges without hashing, in the same words, and by whose it will be', async () => {
  const passwords = cheap()
  for (const [password, email, message] of [
    ['short', null, /too short/],
    ['x'.repeat(257), null, /too long/],
    ['password1', null, /among the most common ones/],
    ['Password2026!', null, /in disguise/],
    ['defghijk2026', null, /run of keys/],
    ['wolstenholme1815', 'ada.wolstenholme@example.com', /your e-mail address/],
  ] as const) {
    expect(passwords.judge(password, email)?.message).toMatch(message)
    expect(await passwords.hash(password, email)).toEqual(passwords.judge(password, email))
  }
  expect(passwords.judge('wolstenholme1815', 'grace@example.com')).toBeNull()
  expect(await passwords.hash('wolstenholme1815', 'grace@example.com')).toMatch(/^\$argon2id\$/)
})

it('says no where no hash is stored, even to the empty password and to one that is far too long', async () => {
  const passwords = cheap()
  for (const password of ['', 'xkcd936!', 'x'.repeat(100_000)]) {
    expect(await passwords.check(password, null)).toEqual({ matches: false, rehashed: null })
  }
})

it('does not take the empty password for one that is too long', async () => {
  const empty = await argon2Hash('', CHEAP)
  expect((await cheap().check('x'.repeat(257), empty)).matches).toBe(false)
})

it('gives a hash under the parameters now in force, if the password matched', async () => {
  const old = await argon2Hash('xkcd936!', { ...CHEAP, timeCost: 2 })
  const { matches, rehashed } = await cheap().check('xkcd936!', old)
  expect(matches).toBe(true)
  expect(rehashed).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/)
  expect(await cheap().check('xkcd936?', old)).toEqual({ matches: false, rehashed: null })
})

it('lets 500 wait for their turn, and tells those behind them to come back', async () => {
  const passwords = cheap(1)
  const outcomes = await Promise.all(
    Array.from({ length: 700 }, () =>
      passwords.check('xkcd936!', null).then(
        () => 'checked',
        (error: { code?: string }) => error.code,
      ),
    ),
  )
  expect(outcomes.filter((outcome) => outcome === 'SERVER_BUSY')).toHaveLength(199)
  expect(outcomes.filter((outcome) => outcome === 'checked')).toHaveLength(501)
  expect((await passwords.check('xkcd936!', null)).matches).toBe(false)
})
