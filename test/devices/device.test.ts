import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DEVICE_KINDS, describeDevice } from '../../src/devices/device.ts'

const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1'
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0'

it.each([
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0',
    { label: 'Firefox on macOS', kind: 'DESKTOP', browser: 'Firefox', system: 'macOS' },
  ],
  [
    `Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Mobile Safari/537.36`,
    { label: 'Chrome on Android', kind: 'PHONE', browser: 'Chrome', system: 'Android' },
  ],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${WEBKIT}`,
    { label: 'Safari on iOS', kind: 'PHONE', browser: 'Safari', system: 'iOS' },
  ],
  [`Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) ${WEBKIT}`, { label: 'Safari on iOS', kind: 'TABLET' }],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${BLINK} Safari/537.36 Edg/129.0.0.0`,
    { label: 'Microsoft Edge on Windows', kind: 'DESKTOP' },
  ],
  ['curl/8.5.0', { label: 'curl', kind: 'OTHER', browser: 'curl', system: null }],
  ['okhttp/4.12.0', { label: 'okhttp', kind: 'OTHER' }],
  ['Googlebot/2.1 (+http://www.google.com/bot.html)', { label: 'Googlebot', kind: 'BOT' }],
  ['Mozilla/5.0', { label: 'Unknown device', kind: 'OTHER' }],
])('%s', (userAgent, device) => {
  expect(describeDevice(userAgent)).toMatchObject(device)
})

it.each([null, '', '   ', '((((', '/', '__proto__', 'constructor', '\u0000', '<script>alert(1)</script>'])(
  'a user agent of %j is an unknown device',
  (userAgent) => {
    expect(describeDevice(userAgent)).toEqual({
      label: 'Unknown device',
      kind: 'OTHER',
      browser: null,
      system: null,
    })
  },
)

it('is short, fit to be shown and of a known kind, whatever the header says', () => {
  const product = fc.string({ unit: 'binary', maxLength: 2_000 })
  const header = fc.oneof(
    product,
    product.map((text) => `${text}/1.0 (Windows NT 10.0)`),
    product.map((text) => `Mozilla/5.0 (${text}) ${BLINK} Mobile Safari/537.36`),
  )
  fc.assert(
    fc.property(header, (userAgent) => {
      const device = describeDevice(userAgent)
      expect(DEVICE_KINDS).toContain(device.kind)
      for (const text of [device.label, device.browser ?? 'x', device.system ?? 'x']) {
        expect(text.length).toBeGreaterThan(0)
        expect(text.length).toBeLessThanOrEqual(124)
        expect(text).toMatch(/^[\p{L}\p{N}\p{P}\p{S} ]+$/u)
      }
    }),
  )
})
