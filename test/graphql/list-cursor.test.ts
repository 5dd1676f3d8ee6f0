import { expect, it } from 'vitest'
import { encodeUserCursor, readUsersPage } from '../../src/graphql/list-cursor.ts'
import { emailKey, isEmail } from '../../src/users/email.ts'

it.each([
  [
    'in letters of another script',
    `${'山'.repeat(64)}@${'山'.repeat(61)}.${'山'.repeat(61)}.${'山'.repeat(60)}.jp`,
  ],
  ['that is longer once it is normalised', `${'ﷺ'.repeat(64)}@${`${'ﷺ'.repeat(46)}.`.repeat(4)}x`],
])('whoever has the longest address %s does not end the list of users', (_which, email) => {
  expect(isEmail(email)).toBe(true)
  const after = encodeUserCursor('EMAIL_ASC', emailKey(email))
  expect(readUsersPage({ after }, 'EMAIL_ASC')).toMatchObject({ after: emailKey(email) })
})
