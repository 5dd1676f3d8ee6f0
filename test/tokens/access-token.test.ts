import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import fc from 'fast-check'
import { type CryptoKey, exportJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signingKeys } from '../../src/database/tables.ts'
import { decodeGlobalId, newId } from '../../src/kernel/ids.ts'
import { type AccessTokenSubject, AccessTokens } from '../../src/tokens/access-token.ts'
import { openTestDatabase, type TestDatabase } from '../kit/databases.ts'
import { AUDIENCE, DAY, ISSUER, type KeyNode, LIFETIME, startKeyNode } from './kit.ts'

let database: TestDatabase
let node: KeyNode
beforeAll(async () => {
  database = await openTestDatabase('embedded')
})
afterAll(() => database[Symbol.asyncDispose]())

function subject(changes: Partial<AccessTokenSubject> = {}): AccessTokenSubject {
  const now = node.clock.now()
  return {
    sessionId: newId(now),
    userId: newId(now),
    generation: 3,
    authenticatedAt: new Date(now.getTime() - 90_000),
    factors: ['PASSWORD'],
    notAfter: new Date(now.getTime() + DAY),
    ...changes,
  }
}

const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
/** A token with other parts, signed by our own key: only what it says can be wrong with it. */
async function signedByUs(changes: { header?: object; payload?: object | string } = {}): Promise<string> {
  const { token } = await node.tokens.issue(subject())
  const [header, payload] = token.split('.')
  const content =
    typeof changes.payload === 'string' ? changes.payload : { ...decode(payload), ...changes.payload }
  const input = `${encode({ ...decode(header), ...changes.header })}.${encode(content)}`
  return `${input}.${await signatureOf(input)}`
}

/** Web Crypto, past all checks of a JWT library. */
async function signatureOf(input: string): Promise<string> {
  const { privateKey } = node.keys.signer()
  const algorithm = privateKey.algorithm.name === 'ECDSA' ? { name: 'ECDSA', hash: 'SHA-256' } : 'Ed25519'
  const bytes = await crypto.subtle.sign(algorithm, privateKey as never, Buffer.from(input))
  return Buffer.from(bytes).toString('base64url')
}

describe.each(['EdDSA', 'ES256'] as const)('an access token (%s)', (algorithm) => {
  beforeAll(async () => {
    await database.database.queries.delete(signingKeys)
    node = await startKeyNode(database, { policy: { algorithm } })
    return () => node[Symbol.asyncDispose]()
  })

  it('says what it is about, and is read as that', async () => {
    const about = subject()
    const { token, expiresAt } = await node.tokens.issue(about)
    const now = Math.floor(node.clock.now().getTime() / 1_000)
    expect(decode(token.split('.')[0])).toEqual({
      alg: algorithm,
      typ: 'at+jwt',
      kid: node.keys.publicKeys()[0]?.kid,
    })
    const payload = decode(token.split('.')[1])
    expect(payload).toEqual({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: expect.any(String),
      sid: expect.any(String),
      jti: expect.stringMatching(/^[\w-]{22}$/),
      iat: now,
      exp: now + LIFETIME / 1_000,
      auth_time: Math.floor(about.authenticatedAt.getTime() / 1_000),
      amr: ['pwd'],
      gen: 3,
    })
    expect(decodeGlobalId(String(payload['sub']))).toEqual({ typename: 'User', id: about.userId })
    expect(decodeGlobalId(String(payload['sid']))).toEqual({ typename: 'Session', id: about.sessionId })
    expect(expiresAt).toEqual(new Date((now + LIFETIME / 1_000) * 1_000))
    expect(await node.tokens.verify(token)).toEqual({
      state: 'valid',
      claims: {
        sessionId: about.sessionId,
        userId: about.userId,
        generation: 3,
        issuedAt: new Date(now * 1_000),
        expiresAt,
      },
    })
  })

  it('differs from every other', async () => {
    const about = subject()
    const tokens = await Promise.all(Array.from({ length: 5 }, () => node.tokens.issue(about)))
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(5)
  })

  it('names the methods as RFC 8176 does', async () => {
    const methods = async (factors: AccessTokenSubject['factors']) =>
      decode((await node.tokens.issue(subject({ factors }))).token.split('.')[1])['amr']
    expect(await methods(['PASSKEY'])).toEqual(['pop'])
    expect(await methods(['PASSWORD', 'PASSKEY'])).toEqual(['pwd', 'pop', 'mfa'])
  })

  it('is never good past the end of its session', async () => {
    const notAfter = new Date(node.clock.now().getTime() + 61_999)
    const { token, expiresAt } = await node.tokens.issue(subject({ notAfter }))
    expect(expiresAt.getTime()).toBeLessThanOrEqual(notAfter.getTime())
    expect(expiresAt.getTime()).toBeGreaterThan(notAfter.getTime() - 1_000)
    node.clock.advance(expiresAt.getTime() - node.clock.now().getTime() - 1)
    expect(await node.tokens.verify(token)).toMatchObject({ state: 'valid' })
    node.clock.advance(1)
    expect(await node.tokens.verify(token)).toMatchObject({ state: 'expired' })
  })

  it('is expired, and not refused, when it is genuine and past its time; seen before or not', async () => {
    const [seen, unseen] = [await node.tokens.issue(subject()), await node.tokens.issue(subject())]
    expect(await node.tokens.verify(seen.token)).toMatchObject({ state: 'valid' })
    node.clock.advance(LIFETIME)
    for (const { token } of [seen, unseen])
      expect(await node.tokens.verify(token)).toMatchObject({ state: 'expired', claims: { generation: 3 } })
  })

  it('may come from a node whose clock is ahead by five seconds, and not from the future', async () => {
    const now = Math.floor(node.clock.now().getTime() / 1_000)
    const from = async (seconds: number) =>
      node.tokens.verify(await signedByUs({ payload: { iat: now + seconds, exp: now + seconds + 60 } }))
    expect(await from(5)).toMatchObject({ state: 'valid' })
    expect(await from(7)).toBeNull()
    const later = await signedByUs({ payload: { iat: now + 60, exp: now + 90 } })
    expect(await node.tokens.verify(later)).toBeNull()
    node.clock.advance(60_000)
    expect(await node.tokens.verify(later)).toMatchObject({ state: 'valid' })
  })

  it('is read as it was written: what the other cases change is what they are refused for', async () => {
    expect(await node.tokens.verify(await signedByUs())).toMatchObject({ state: 'valid' })
  })

  it.each<[string, { header?: object; payload?: object | string }]>([
    ['another typ', { header: { typ: 'JWT' } }],
    ['a typ in full', { header: { typ: 'application/at+jwt' } }],
    ['no typ', { header: { typ: undefined } }],
    ['no kid', { header: { kid: undefined } }],
    ['an unknown kid', { header: { kid: 'A'.repeat(43) } }],
    ['a kid that is none', { header: { kid: "' OR 1=1 --" } }],
    ['a kid that is no text', { header: { kid: ['x'] } }],
    ['no algorithm', { header: { alg: undefined } }],
    ['the algorithm none', { header: { alg: 'none' } }],
    ['another algorithm', { header: { alg: algorithm === 'EdDSA' ? 'ES256' : 'EdDSA' } }],
    ['the other name of the algorithm', { header: { alg: 'Ed25519' } }],
    ['an extension that must be understood', { header: { crit: ['x'], x: 1 } }],
    ['a place of keys', { header: { jku: 'https://evil.example.com/jwks.json' } }],
    ['a certificate', { header: { x5c: ['MIIB'] } }],
    ['another issuer', { payload: { iss: 'https://evil.example.com' } }],
    ['no issuer', { payload: { iss: undefined } }],
    ['another audience', { payload: { aud: 'https://other.example.com' } }],
    ['several audiences', { payload: { aud: [AUDIENCE, 'https://other.example.com'] } }],
    ['no audience', { payload: { aud: undefined } }],
    ['no exp', { payload: { exp: undefined } }],
    ['an exp that is no number', { payload: { exp: '99999999999' } }],
    ['an exp beyond all dates', { payload: { exp: 1e300 } }],
    ['no iat', { payload: { iat: undefined } }],
    ['no user', { payload: { sub: undefined } }],
    ['a user that is none', { payload: { sub: 'ada@example.com' } }],
    ['a session for a user', { payload: { sub: encode(`Session:${newId(new Date(0))}`) } }],
    ['no session', { payload: { sid: undefined } }],
    ['no generation', { payload: { gen: undefined } }],
    ['a generation that is none', { payload: { gen: 0.5 } }],
    ['a payload that is no JSON', { payload: 'not JSON' }],
    ['a payload that is no object', { payload: 'null' }],
  ])('is refused with %s, though we signed it', async (_, changes) => {
    expect(await node.tokens.verify(await signedByUs(changes))).toBeNull()
  })

  it('is refused if somebody else signed it, with any key that they could bring', async () => {
    const [header, payload] = (await node.tokens.issue(subject())).token.split('.')
    const claims = decode(payload)
    const { kid } = decode(header) as { kid: string }
    const theirs =
      algorithm === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = await exportJWK(theirs.publicKey)
    const typ = 'at+jwt'
    const forge = (extra: object) =>
      new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ, kid, ...extra }).sign(theirs.privateKey)
    for (const extra of [{}, { jwk }, { kid: 'A'.repeat(43), jwk }, { jku: 'https://evil.example.com' }])
      expect(await node.tokens.verify(await forge(extra))).toBeNull()
  })

  it('is refused if it is signed with nothing, or with our public key as a secret', async () => {
    const [header, payload] = (await node.tokens.issue(subject())).token.split('.')
    const [jwk] = node.keys.publicKeys()
    const publicKey = await publicKeyObject()
    for (const alg of ['none', 'HS256', 'None', algorithm]) {
      const input = `${encode({ ...decode(header), alg })}.${payload}`
      const secrets = [
        JSON.stringify(jwk),
        Buffer.from(jwk?.x ?? '', 'base64url'),
        publicKey.export({ type: 'spki', format: 'pem' }),
        publicKey.export({ type: 'spki', format: 'der' }),
      ]
      const signatures = ['', 'A'.repeat(86), ...secrets.map((secret) => hmac(secret, input))]
      for (const signature of signatures) expect(await node.tokens.verify(`${input}.${signature}`)).toBeNull()
    }
  })

  it('is never as long as that, whatever the names of issuer and audience', async () => {
    const { keys, clock } = node
    const long = 'x'.repeat(256)
    const tokens = new AccessTokens({ keys, clock, issuer: long, audience: long, lifetime: LIFETIME })
    const about = subject({ generation: 2 ** 31 - 1, factors: ['PASSWORD', 'PASSKEY'] })
    const { token } = await tokens.issue(about)
    expect(await tokens.verify(token)).toMatchObject({ state: 'valid' })
    expect(await node.tokens.verify(token)).toBeNull()
  })

  it('is refused unread if it is long', async () => {
    const { token } = await node.tokens.issue(subject())
    const [header, , signature] = token.split('.')
    for (const long of [
      'x'.repeat(100_000),
      `${header}.${'A'.repeat(100_000)}.${signature}`,
      `${token}${'A'.repeat(100_000)}`,
      await signedByUs({ payload: { more: 'x'.repeat(2_000) } }),
    ])
      expect(await node.tokens.verify(long)).toBeNull()
  })

  it('is worth nothing with any character changed, also after it was seen', async () => {
    const { token } = await node.tokens.issue(subject())
    expect(await node.tokens.verify(token)).toMatchObject({ state: 'valid' })
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.constantFrom('A', 'b', '9', '-', '.', '=', '\0', 'é'),
        async (index, character) => {
          const changed = token.slice(0, index) + character + token.slice(index + 1)
          fc.pre(changed !== token)
          expect(await node.tokens.verify(changed)).toBeNull()
        },
      ),
      { numRuns: 300 },
    )
    // the last character carries two bits of the signature only: one text alone stands for them
    for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const changed = token.slice(0, -1) + character
      expect(await node.tokens.verify(changed)).toEqual(changed === token ? expect.anything() : null)
    }
  })

  it('is nothing but what we issued: no text is one', async () => {
    const { token } = await node.tokens.issue(subject())
    const parts = token.split('.')
    const part = fc.oneof(
      fc.constantFrom(...parts),
      fc.base64String().map((text) => text.replace(/[+/=]/g, '-')),
      fc.json().map(encode),
      fc.string(),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (texts) => {
        const text = texts.join('.')
        fc.pre(text !== token)
        expect(await node.tokens.verify(text)).toBeNull()
      }),
      { numRuns: 500 },
    )
  })

  it('goes with its key, and what was remembered of it too', async () => {
    const { token } = await node.tokens.issue(subject())
    expect(await node.tokens.verify(token)).toMatchObject({ state: 'valid' })
    await node.keys.rotate({ atOnce: true })
    expect(await node.tokens.verify(token)).toBeNull()
  })
})

describe('a forged token', () => {
  beforeEach(async () => {
    await database.database.queries.delete(signingKeys)
  })

  it('is refused when the database is gone, without it', async () => {
    const own = await openTestDatabase('embedded')
    node = await startKeyNode(own)
    await using _ = node
    const { token } = await node.tokens.issue(subject())
    await own[Symbol.asyncDispose]()
    expect(await node.tokens.verify(token)).toMatchObject({ state: 'valid' })
    const [header, payload] = token.split('.')
    expect(await node.tokens.verify(`${header}.${payload}.${'A'.repeat(86)}`)).toBeNull()
    const { privateKey } = generateKeyPairSync('ed25519')
    const input = `${header}.${payload}`
    const signature = sign(null, Buffer.from(input), privateKey).toString('base64url')
    expect(await node.tokens.verify(`${input}.${signature}`)).toBeNull()
  })
})

function hmac(secret: string | Buffer, input: string): string {
  return createHmac('sha256', secret).update(input).digest('base64url')
}

async function publicKeyObject(): Promise<KeyObject> {
  const { KeyObject } = await import('node:crypto')
  const [kid = ''] = node.keys.publicKeys().map((jwk) => jwk.kid)
  return KeyObject.from(node.keys.known(kid)?.publicKey as CryptoKey as never)
}
