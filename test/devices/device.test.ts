import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NO_HINTS, readClientHints } from '../../src/devices/client-hints.ts'
import { DEVICE_KINDS, describeDevice } from '../../src/devices/device.ts'
import { cleanName } from '../../src/devices/name.ts'

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
  [
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${BLINK.replace(' Chrome', ' Slack/4.39.95 Chrome')} Electron/31.1.0 Safari/537.36`,
    { label: 'Slack on macOS', kind: 'DESKTOP', browser: 'Slack' },
  ],
  ['Googlebot/2.1 (+http://www.google.com/bot.html)', { label: 'Googlebot', kind: 'BOT' }],
  ['Mozilla/5.0', { label: 'Unknown device', kind: 'OTHER' }],
])('%s', (userAgent, device) => {
  expect(describeDevice(userAgent)).toMatchObject(device)
})

// a person knows their app by its name, or else the phone that it is on; the library that it is made with tells them nothing
it.each([
  ['Curfew/1.2 CFNetwork/1494.0.7 Darwin/23.4.0', 'Curfew on iOS', 'PHONE'],
  ['My%20Caf%C3%A9/12 CFNetwork/1494.0.7 Darwin/23.4.0', 'My Café on iOS', 'PHONE'],
  ['50%/1 CFNetwork/1494.0.7 Darwin/23.4.0', '50% on iOS', 'PHONE'],
  ['Curfew/7 CFNetwork/1333.0.4 Darwin/21.5.0 (x86_64)', 'Curfew on macOS', 'DESKTOP'],
  ['CFNetwork/1494.0.7 Darwin/23.4.0', 'iPhone app', 'PHONE'],
  ['Curfew/1.2 (iPhone; iOS 17.5; Scale/3.00)', 'Curfew on iOS', 'PHONE'],
  ['Curfew/1.2 (iPad; iOS 17.5; Scale/2.00)', 'Curfew on iOS', 'TABLET'],
  ['Curfew/1.2 (com.example.curfew; build:7; iOS 17.5.0) Alamofire/5.9.1', 'Curfew on iOS', 'PHONE'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
    'iPhone app',
    'PHONE',
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
    'iPad app',
    'TABLET',
  ],
  ['okhttp/4.12.0', 'Android app', 'PHONE'],
  ['Curfew/2.0 (Linux; Android 14; Pixel 8) okhttp/4.12.0', 'Curfew on Android', 'PHONE'],
  ['Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ3A.230805.001)', 'Android app', 'PHONE'],
  [
    'Mozilla/5.0 (Linux; Android 13; Pixel 7 Build/X; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/115.0.0.0 Mobile Safari/537.36',
    'Android app',
    'PHONE',
  ],
  ['Dart/3.4 (dart:io)', 'Dart app', 'OTHER'],
])('%s is %s', (userAgent, label, kind) => {
  expect(describeDevice(userAgent)).toMatchObject({ label, kind })
})

const CHROME_ON_MAC = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${BLINK} Safari/537.36`
const CHROME_ON_TABLET = `Mozilla/5.0 (X11; Linux x86_64) ${BLINK} Safari/537.36`

const brands = (...names: string[]) =>
  ['Not/A)Brand', 'Chromium', ...names].map((name, at) => `"${name}";v="${at + 1}"`).join(', ')

it.each([
  // what pretends to be Chrome for old pages says here what it is
  [CHROME_ON_MAC, brands('Brave'), '?0', '"macOS"', { label: 'Brave on macOS', kind: 'DESKTOP' }],
  [CHROME_ON_MAC, brands('Google Chrome'), '?0', '"macOS"', { label: 'Chrome on macOS' }],
  [CHROME_ON_MAC, brands(), '?0', '"macOS"', { label: 'Chrome on macOS' }],
  [
    CHROME_ON_MAC,
    '" Not A;Brand";v="99", "Opera";v="80"',
    '?0',
    '"Chrome OS"',
    { label: 'Opera on ChromeOS' },
  ],
  // a tablet that asks for pages made for computers
  [
    CHROME_ON_TABLET,
    brands('Google Chrome'),
    '?0',
    '"Android"',
    { label: 'Chrome on Android', kind: 'TABLET' },
  ],
  [
    CHROME_ON_TABLET,
    brands('Google Chrome'),
    '?1',
    '"Android"',
    { label: 'Chrome on Android', kind: 'PHONE' },
  ],
  [CHROME_ON_MAC, brands('Google Chrome'), '?0', '"Unknown"', { label: 'Chrome on macOS', kind: 'DESKTOP' }],
  [CHROME_ON_MAC, 'Brave', 'yes', 'macOS', { label: 'Chrome on macOS', kind: 'DESKTOP' }],
  [CHROME_ON_MAC, `"${'x'.repeat(600)}";v="1"`, '?0', '"macOS"', { label: 'Chrome on macOS' }],
  [CHROME_ON_MAC, '"\\"><script>\u202e";v="1"', '?0', '"\u0000"', { label: '"><script> on macOS' }],
  ['', brands('Vivaldi'), '?0', '"Linux"', { label: 'Vivaldi on Linux', kind: 'DESKTOP' }],
  [
    'Mozilla/5.0 AppleWebKit/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/129.0.0.0 Safari/537.36',
    brands('Google Chrome'),
    '?0',
    '"Linux"',
    { kind: 'BOT' },
  ],
])('%s with the hints %s, %s and %s', (userAgent, ua, mobile, platform, device) => {
  const hints = readClientHints({
    'sec-ch-ua': ua,
    'sec-ch-ua-mobile': mobile,
    'sec-ch-ua-platform': platform,
  })
  expect(describeDevice(userAgent, hints)).toMatchObject(device)
})

it('reads nothing into hints that are not there', () => {
  expect(readClientHints({})).toEqual(NO_HINTS)
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
    product.map((text) => `${text}/1 CFNetwork/1494.0.7 Darwin/23.4.0`),
    product.map((text) => `${encodeURIComponent(text.toWellFormed())}/1 CFNetwork/1494.0.7 Darwin/23.4.0`),
  )
  fc.assert(
    fc.property(header, product, product, (userAgent, brand, platform) => {
      const hints = readClientHints({ 'sec-ch-ua': `"${brand}"`, 'sec-ch-ua-platform': `"${platform}"` })
      const device = describeDevice(userAgent, hints)
      expect(DEVICE_KINDS).toContain(device.kind)
      for (const text of [device.label, device.browser ?? 'x', device.system ?? 'x']) {
        expect(text.length).toBeGreaterThan(0)
        expect(text.length).toBeLessThanOrEqual(124)
        expect(text).toMatch(/^[\p{L}\p{N}\p{P}\p{S} ]+$/u)
      }
    }),
  )
})

it.each(['\u3164', '\u2800', '\u115F\u1160', '\uFFA0', '\u00AD', '\u{E0041}'])(
  'a name that nobody would see (%j) is none',
  (blank) => {
    expect(cleanName(blank)).toBeNull()
    expect(cleanName(`Chr${blank}ome`)).toBe('Chrome')
  },
)
