/** What a field for a date and a time holds while somebody types. */
export interface TypedMoment {
  /** As the field has it, in the person's own time: `2026-03-01T12:00`; empty if it is not complete. */
  readonly value: string
  /** Whether something is typed that is no date yet. */
  readonly isHalfTyped: boolean
}

/** What becomes of the filter: a new moment (null takes the filter away), or nothing yet, and why. */
export type Reading =
  | { readonly moment: string | null; readonly problem: null }
  | { readonly moment?: never; readonly problem: 'HALF_TYPED' | 'OUT_OF_RANGE' }

/** Years that anybody looks for: while "2026" is typed the field goes through 0002, 0020 and 0202. */
const [FIRST_YEAR, LAST_YEAR] = [2000, 2199]

/** Reads what was typed. Only a field that is really empty takes the filter away: a half-typed date leaves it as it was. */
export function readTypedMoment({ value, isHalfTyped }: TypedMoment): Reading {
  if (value === '') return isHalfTyped ? { problem: 'HALF_TYPED' } : { moment: null, problem: null }
  const moment = new Date(value)
  if (Number.isNaN(moment.getTime())) return { problem: 'HALF_TYPED' }
  const year = moment.getFullYear()
  if (year < FIRST_YEAR || year > LAST_YEAR) return { problem: 'OUT_OF_RANGE' }
  return { moment: moment.toISOString(), problem: null }
}

/** The moment as a field for a date and a time wants it, in the person's own time. */
export function writeTypedMoment(moment: string | null): string {
  if (moment === null) return ''
  const local = new Date(moment)
  const date = [pad(local.getFullYear(), 4), pad(local.getMonth() + 1), pad(local.getDate())].join('-')
  const isWholeMinute = local.getSeconds() === 0 && local.getMilliseconds() === 0
  const seconds = isWholeMinute ? '' : `:${pad(local.getSeconds())}`
  return `${date}T${pad(local.getHours())}:${pad(local.getMinutes())}${seconds}`
}

function pad(number: number, length = 2): string {
  return String(number).padStart(length, '0')
}
