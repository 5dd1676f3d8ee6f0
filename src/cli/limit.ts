import { InvalidArgumentError } from 'commander'
import { LONGEST_LIST } from '../server/operation-refusal.ts'

/** How long a list is if nobody says. */
export const DEFAULT_LIMIT = 20

/** Reads how long a list may be. */
export function readLimit(text: string): number {
  const limit = Number(text)
  if (/^\d+$/.test(text) && limit >= 1 && limit <= LONGEST_LIST) return limit
  throw new InvalidArgumentError(`Give a whole number from 1 to ${LONGEST_LIST}.`)
}
