import { describe, expect, test } from 'vitest'
import { writingIn } from '../../../src/web/shared/dates.ts'

const NOW = Date.parse('2026-03-10T12:00:00Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('a moment', () => {
  const british = writingIn('en', ['de-DE', 'en-GB', 'en-US'], 'just now')

  test.each([
    [NOW, 'just now'],
    [NOW - 59_999, 'just now'],
    [NOW + 59_999, 'just now'],
    [NOW - MINUTE, '1 minute ago'],
    [NOW - 59 * MINUTE, '59 minutes ago'],
    [NOW - HOUR, '1 hour ago'],
    [NOW - 23 * HOUR, '23 hours ago'],
    [NOW - DAY, 'yesterday'],
    [NOW - 6 * DAY, '6 days ago'],
    [NOW - 59 * DAY, '59 days ago'],
    [NOW - 60 * DAY, '2 months ago'],
    [NOW + 6 * DAY, 'in 6 days'],
  ])('%d is %s', (moment, written) => {
    expect(british.relative(moment, NOW)).toBe(written)
    expect(british.relative(new Date(moment).toISOString(), NOW)).toBe(written)
  })

  test('is written as the person’s region does, where it speaks the language of the page', () => {
    const day = Date.parse('2026-02-03T12:00:00Z')
    expect(british.day(day, NOW)).toMatch(/3 February/)
    expect(writingIn('en', ['en-US'], '').day(day, NOW)).toMatch(/February 3/)
    // nobody is shown a page in two languages
    expect(writingIn('en', ['de-DE', 'fr-FR'], '').day(day, NOW)).toMatch(/February/)
  })

  test('names the day as a calendar does, and not by hours', () => {
    const morning = new Date(2026, 2, 10, 0, 5).getTime()
    expect(british.day(new Date(2026, 2, 10, 0, 1).getTime(), morning)).toBe('Today')
    expect(british.day(new Date(2026, 2, 9, 23, 59).getTime(), morning)).toBe('Yesterday')
    expect(british.day(new Date(2026, 2, 8, 23, 59).getTime(), morning)).toMatch(/8 March/)
    expect(british.day(new Date(2025, 2, 8).getTime(), morning)).toMatch(/2025/)
  })

  test('has no words of its own where none are given', () => {
    expect(writingIn('en', []).relative(NOW, NOW)).toBe('now')
  })
})

describe('a country', () => {
  const writing = writingIn('en', [])

  test.each([
    ['IS', 'Iceland'],
    ['ZZ', 'Unknown Region'],
    ['not one', 'not one'],
    ['', ''],
  ])('%s is %s', (code, name) => {
    expect(writing.country(code)).toBe(name)
  })
})
