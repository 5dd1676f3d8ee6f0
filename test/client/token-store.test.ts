import { describe, expect, test } from 'vitest'
import { type HeldTokens, lifetimeOf, memoryTokenStore } from '../../src/client/token-store.ts'

const held = (refreshToken: string): HeldTokens => ({
  sessionId: 's',
  accessToken: `a-${refreshToken}`,
  refreshToken,
  receivedAt: 0,
  lifetime: 1,
})

describe('a store of tokens', () => {
  test('takes the next ones only from whoever knows the ones that it holds', async () => {
    const store = memoryTokenStore()
    expect(await store.replace(null, held('1'))).toBe(true)
    expect(await store.replace(null, held('2'))).toBe(false)
    expect(await store.replace(held('1'), held('2'))).toBe(true)
    expect(await store.replace(held('1'), held('3'))).toBe(false)
    expect(await store.replace(held('1'), null)).toBe(false)
    expect(await store.read()).toEqual(held('2'))
    expect(await store.replace(held('2'), null)).toBe(true)
    expect(await store.read()).toBeNull()
  })
})

describe('how long an access token is good for', () => {
  const token = (payload: object): string =>
    `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`

  test('is what it says of itself', () => {
    expect(lifetimeOf(token({ iat: 1_000, exp: 1_900 }))).toBe(900_000)
    expect(lifetimeOf(token({ iat: 1_000, exp: 1_900, sub: 'ÿ?>~' }))).toBe(900_000)
  })

  test('is nothing for what is none', () => {
    for (const text of ['', 'a.b', 'a.b.c', token({}), token({ iat: 2, exp: 1 })])
      expect(lifetimeOf(text)).toBe(0)
  })
})
