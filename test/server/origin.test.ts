import { describe, expect, it } from 'vitest'
import { isAllowedOrigin } from '../../src/server/origin.ts'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'

const FRIEND = 'https://app.example.com'

describeEachDatabase('a request of a page', (open) => {
  const use = useApp(open, { environment: { CURFEW_ORIGINS: `${FRIEND},https://other.example.com` } })

  const ask = async (headers: Record<string, string>) =>
    new Browser(use.app).send({ query: '{ viewer { id } }' }, headers)

  it.each([
    ['another site', { Origin: 'https://evil.example' }],
    ['a sandboxed frame or a file', { Origin: 'null' }],
    ['nothing that is an origin', { Origin: 'garbage' }],
    ['a site whose name begins with ours', { Origin: `${FRIEND}.evil.example` }],
    ['an allowed site over plain HTTP', { Origin: 'http://app.example.com' }],
    ['an allowed site on another port', { Origin: `${FRIEND}:8443` }],
    ['another port of this machine', { Origin: 'http://localhost:1' }],
    ['another site, which hides its name', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a neighbour, which hides its name', { 'Sec-Fetch-Site': 'same-site' }],
    ['an extension', { Origin: 'chrome-extension://abcdefgh' }],
  ])('of %s is refused, and changes nothing', async (_name, headers) => {
    const victim = new Browser(use.app)
    await victim.signUp(anyEmail())
    const {
      status,
      errors,
      headers: sent,
    } = await victim.copy().send({ query: 'mutation { revokeAllSessions { __typename } }' }, headers)
    expect(status).toBe(403)
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN_ORIGIN')
    expect(sent.get('access-control-allow-origin')).toBeNull()
    expect(await victim.currentSessionId()).not.toBeNull()
  })

  it('of our own, of an allowed site, and of no browser at all is served', async () => {
    for (const headers of [
      { Origin: use.app.url },
      { Origin: FRIEND },
      { Origin: FRIEND, 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-origin' },
      { 'Sec-Fetch-Site': 'none' },
      {},
    ]) {
      expect((await ask(headers)).status, JSON.stringify(headers)).toBe(200)
    }
  })

  it('of an allowed site may read the answer, with its cookie', async () => {
    const { headers } = await ask({ Origin: FRIEND })
    expect(headers.get('access-control-allow-origin')).toBe(FRIEND)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('vary')?.toLowerCase()).toContain('origin')
  })

  it('asks first, and is told', async () => {
    const preflight = (origin: string) =>
      fetch(`${use.app.url}/graphql`, {
        method: 'OPTIONS',
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'content-type',
        },
      })
    const friend = await preflight(FRIEND)
    expect(friend.status).toBe(204)
    expect(friend.headers.get('access-control-allow-origin')).toBe(FRIEND)
    expect(friend.headers.get('access-control-allow-credentials')).toBe('true')
    expect(friend.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('content-type')
    expect(friend.headers.get('access-control-allow-methods')).toContain('POST')
    const evil = await preflight('https://evil.example')
    expect(evil.status).toBe(403)
    expect(evil.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('never lets everybody read an answer', async () => {
    for (const origin of [FRIEND, use.app.url]) {
      const { headers } = await ask({ Origin: origin })
      expect([origin, null]).toContain(headers.get('access-control-allow-origin'))
    }
  })
})

describe('our own origin', () => {
  const own = (origin: string, host: string) => isAllowedOrigin({ origin, host }, { allowed: [] })

  it.each([
    ['https://example.com', 'example.com'],
    ['https://example.com', 'EXAMPLE.com'],
    ['https://example.com', 'example.com:443'],
    ['http://example.com', 'example.com:80'],
    ['https://example.com:8443', 'example.com:8443'],
    ['http://[::1]:4000', '[::1]:4000'],
  ])('is %s at the host %s', (origin, host) => {
    expect(own(origin, host)).toBe(true)
  })

  it.each([
    ['https://example.com', 'example.org'],
    ['https://example.com:8443', 'example.com'],
    ['https://example.com.evil.example', 'example.com'],
    ['ws://example.com', 'example.com'],
    ['null', 'null'],
    ['', ''],
    ['https://', ''],
  ])('is not %s at the host %s', (origin, host) => {
    expect(own(origin, host)).toBe(false)
  })
})
