import { expect, test } from 'vitest'
import { backoff } from '../../src/client/backoff.ts'

test('waits longer from try to try, thirty seconds at most, and never two the same', () => {
  expect([0, 1, 2, 6, 7, 100].map((tries) => backoff(tries, 1))).toEqual([
    500, 1_000, 2_000, 30_000, 30_000, 30_000,
  ])
  expect([0, 1, 2, 6, 7, 100].map((tries) => backoff(tries, 0))).toEqual([
    250, 500, 1_000, 15_000, 15_000, 15_000,
  ])
  expect(new Set(Array.from({ length: 100 }, () => backoff(7))).size).toBeGreaterThan(90)
})
