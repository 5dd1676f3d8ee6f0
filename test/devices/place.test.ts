import fc from 'fast-check'
import { expect, it } from 'vitest'
import { headerText, toLocation } from '../../src/devices/place.ts'

it.each(['XX', 'ZZ', 'T1', 'A1', '', ' ', 'D', 'DEU', 'DE, US', 'D\u0000', null, undefined, 7, ['DE']])(
  'there is no country %j',
  (country) => {
    expect(toLocation(country, 'Cologne')).toBeNull()
  },
)

it.each([
  ['Cologne', 'Cologne'],
  [Buffer.from('Köln').toString('latin1'), 'Köln'],
  ['K%C3%B6ln', 'Köln'],
  ['K\u00f6ln', 'Köln'],
  ['100%', '100%'],
])('a header %j is the text %j', (header, text) => {
  expect(headerText(header)).toBe(text)
})

it('is fit to be shown, whatever a proxy says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const location = toLocation('DE', headerText(text))
      expect(location?.city ?? 'x').toMatch(/^[\p{L}\p{N}\p{P}\p{S} ]{1,60}$/u)
    }),
  )
})
