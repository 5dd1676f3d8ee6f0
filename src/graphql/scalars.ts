import { GraphQLError } from 'graphql'
import { decodeCursor } from '../revocations/cursor.ts'
import { builder } from './builder.ts'

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/
/** The years 1 to 9999: others are written with a sign, and PostgreSQL knows no year 0. */
const [FIRST, LAST] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]

export const DateTime = builder.scalarType('DateTime', {
  description: 'A moment as RFC 3339 writes it, in UTC: `2026-03-01T12:00:00.000Z`.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const moment = typeof value === 'string' && DATE_TIME.test(value) ? new Date(value) : null
    // also false if it is no time at all
    if (!moment || !(moment.getTime() >= FIRST && moment.getTime() <= LAST))
      throw invalid('a moment as RFC 3339 writes it, such as "2026-03-01T12:00:00Z"')
    return moment
  },
})

export const EventCursor = builder.scalarType('EventCursor', {
  description:
    'An opaque position in the event log. Give the last one that you received as `after` to resume behind it.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'string' || !decodeCursor(value)) throw invalid('a cursor that this server gave out')
    return value
  },
})

function invalid(expected: string): GraphQLError {
  return new GraphQLError(`Expected ${expected}.`, { extensions: { code: 'BAD_USER_INPUT' } })
}
