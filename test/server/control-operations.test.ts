import { describe, expect, it } from 'vitest'
import { OPERATIONS } from '../../src/server/control-operations.ts'

describe('an operation of the command line', () => {
  it.each(Object.entries(OPERATIONS))(
    '%s passes over nothing that it does not know: a condition of a newer command line would be left out',
    (_name, { input }) => {
      expect(input.safeParse({ mood: 'bad' }).error?.issues).toContainEqual(
        expect.objectContaining({ code: 'unrecognized_keys', keys: ['mood'] }),
      )
    },
  )

  it('has another name where older servers would leave out what they do not know', () => {
    expect(Object.keys(OPERATIONS)).not.toContain('listSessions')
    expect(Object.keys(OPERATIONS)).not.toContain('revokeSessions')
  })
})
