import { createPublicKey, verify } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, it } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'

interface Jwks {
  readonly keys: readonly (Record<string, string> & { kid: string })[]
}

describeEachDatabase('the public keys', (open) => {
  const use = useApp(open)
  const get = (init?: RequestInit) => fetch(`${use.app.url}/.well-known/jwks.json`, init)
  const issue = () => {
    const now = use.app.clock.now()
    return use.app.server.house.accounts.accessTokens.issue({
      sessionId: newId(now),
      userId: newId(now),
      generation: 1,
      authenticatedAt: now,
      factors: ['PASSWORD'],
      notAfter: new Date(now.getTime() + 3_600_000),
    })
  }

  it('are there for everybody, to keep for five minutes, without anything private', async () => {
    const response = await get({ headers: { Origin: 'https://anywhere.example.com' } })
    expect(response.status).toBe(200)
    const { headers } = response
    expect(headers.get('content-type')).toBe('application/jwk-set+json')
    expect(headers.get('cache-control')).toBe('public, max-age=300')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(await response.json()).toEqual({
      keys: [
        {
          kty: 'OKP',
          crv: 'Ed25519',
          x: expect.stringMatching(/^[\w-]{43}$/),
          kid: expect.stringMatching(/^[\w-]{43}$/),
          alg: 'EdDSA',
          use: 'sig',
        },
      ],
    })
  })

  it('come with a tag, so that they are sent again only when they are others', async () => {
    const first = await get()
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toMatch(/^"[\w-]{22}"$/)
    for (const condition of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await get({ headers: { 'If-None-Match': condition } })
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag])
      expect(again.headers.get('cache-control')).toBe('public, max-age=300')
    }
    expect((await get({ headers: { 'If-None-Match': '"other"' } })).status).toBe(200)
    await use.app.server.house.accounts.signingKeys.rotate({ atOnce: false })
    const changed = await get({ headers: { 'If-None-Match': tag } })
    expect(changed.status).toBe(200)
    expect(((await changed.json()) as Jwks).keys).toHaveLength(2)
  })

  it('answer to HEAD, and to nothing else but GET', async () => {
    const head = await get({ method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(head.headers.get('content-type')).toBe('application/jwk-set+json')
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get({ method })).status).toBe(404)
  })

  it('are all that somebody else needs to verify a token: with a library, and with a bare signature', async () => {
    const { token } = await issue()
    const keySet = createRemoteJWKSet(new URL(`${use.app.url}/.well-known/jwks.json`))
    const { payload } = await jwtVerify(token, keySet, {
      issuer: 'curfew',
      audience: 'curfew',
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
    })
    expect(payload).toMatchObject({ amr: ['pwd'], gen: 1 })
    const { keys } = (await (await get()).json()) as Jwks
    const [header = '', body = '', signature = ''] = token.split('.')
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
    const jwk = keys.find((key) => key.kid === kid) ?? {}
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const bytes = Buffer.from(signature, 'base64url')
    expect(verify(null, Buffer.from(`${header}.${body}`), key, bytes)).toBe(true)
    expect(verify(null, Buffer.from(`${header}.${body}x`), key, bytes)).toBe(false)
  })
})
