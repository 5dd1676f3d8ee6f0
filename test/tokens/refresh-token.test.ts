import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import { newSalt, RefreshTokens } from '../../src/tokens/refresh-token.ts'

const SECRETS = { current: 'a secret for tests alone, of 32 bytes and more', previous: null }
const tokens = new RefreshTokens(SECRETS)
const anyToken = (generation = 1) => ({
  sessionId: newId(new Date()),
  generation,
  salt: newSalt(),
})

describe('a refresh token', () => {
  it('reads as what was written, and is written the same each time', () => {
    for (const generation of [1, 2, 65_536, 2 ** 32 - 1]) {
      const token = anyToken(generation)
      const text = tokens.write(token)
      expect(text).toMatch(/^cfr_[\w-]{91}$/)
      expect(tokens.read(text)).toEqual(token)
      expect(tokens.write(token)).toBe(text)
    }
  })

  it('is refused with any one character changed, cut off or added', () => {
    const text = tokens.write(anyToken())
    for (let index = 0; index < text.length; index++) {
      const changed = text[index] === 'A' ? 'B' : 'A'
      expect(tokens.read(`${text.slice(0, index)}${changed}${text.slice(index + 1)}`)).toBeNull()
    }
    for (const other of [text.slice(0, -1), `${text}A`, ` ${text}`, `${text}=`, text.toUpperCase(), ''])
      expect(tokens.read(other)).toBeNull()
  })

  it('of another server, or made from parts of two, is refused', () => {
    const [one, two] = [anyToken(), anyToken()]
    expect(
      new RefreshTokens({ ...SECRETS, current: 'another secret of more than 32 bytes!' }).read(
        tokens.write(one),
      ),
    ).toBeNull()
    const [first, second] = [one, two].map((token) => Buffer.from(tokens.write(token).slice(4), 'base64url'))
    for (const cut of [16, 20, 36]) {
      const spliced = Buffer.concat([first?.subarray(0, cut) ?? [], second?.subarray(cut) ?? []] as Buffer[])
      expect(tokens.read(`cfr_${spliced.toString('base64url')}`)).toBeNull()
    }
  })

  it('is read under the secret before, and written under the one in force', () => {
    const changed = new RefreshTokens({
      current: 'the new secret, which has 32 bytes as well',
      previous: SECRETS.current,
    })
    const token = anyToken()
    expect(changed.read(tokens.write(token))).toEqual(token)
    expect(tokens.read(changed.write(token))).toBeNull()
    expect(changed.write(token)).not.toBe(tokens.write(token))
  })

  it('is not read out of anything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `cfr_${text}`),
        ),
        (text) => tokens.read(text) === null,
      ),
    )
  })
})
