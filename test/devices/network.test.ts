import fc from 'fast-check'
import { expect, it } from 'vitest'
import { networkOf } from '../../src/devices/network.ts'

it.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['::FFFF:203.0.113.77', '203.0.113.0/24'],
  ['::ffff:cb00:714d', '203.0.113.0/24'],
  ['0:0:0:0:0:ffff:cb00:714d', '203.0.113.0/24'],
  ['2001:db8:85a3:8d3:1319:8a2e:370:7348', '2001:db8:85a3::/48'],
  ['2001:0DB8:0005::1', '2001:db8:5::/48'],
  ['2001:db8::1', '2001:db8:0::/48'],
  ['fe80::1%eth0', 'fe80:0:0::/48'],
  ['1:2:3:4:5:6:7::', '1:2:3::/48'],
  ['::2:3:4:5:6:7:8', '0:2:3::/48'],
  ['1:2:3:4:5:6:192.0.2.1', '1:2:3::/48'],
  ['1::192.0.2.1', '1:0:0::/48'],
  ['::1', '0:0:0::/48'],
  ['::', '0:0:0::/48'],
])('%s lies in %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

it.each([
  '',
  'localhost',
  '203.0.113',
  '203.0.113.256',
  '203.0.113.7:443',
  '[2001:db8::1]',
  '2001:db8:::1',
  '1:2:3:4:5:6:7:8:9',
  '-',
  'unknown',
])('%j is no address', (text) => {
  expect(networkOf(text)).toBeNull()
})

it('is the same for all addresses of a /24, and for each of them in IPv6 form', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.nat(255), (address, last) => {
      const [a, b, c] = address.split('.').map(Number)
      const network = `${a}.${b}.${c}.0/24`
      const hex = [a, b, c, last].map((octet) => (octet ?? 0).toString(16).padStart(2, '0'))
      for (const each of [
        `${a}.${b}.${c}.${last}`,
        `::ffff:${a}.${b}.${c}.${last}`,
        `::ffff:${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`,
      ]) {
        expect(networkOf(each)).toBe(network)
      }
    }),
  )
})

it('does not depend on how an IPv6 address is spelled', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
      expect(networkOf(address)).toBe(networkOf(canonical))
      expect(networkOf(address.toUpperCase())).toBe(networkOf(canonical))
    }),
  )
})

it('never throws and never holds more than a network, whatever the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.ipV6(), fc.ipV4()), (text) => {
      expect(networkOf(text) ?? '0:0:0::/48').toMatch(/^(\d+\.\d+\.\d+\.0\/24|([0-9a-f]{1,4}:){3}:\/48)$/)
    }),
  )
})
