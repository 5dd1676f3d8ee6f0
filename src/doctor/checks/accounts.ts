import type { Config } from '../../server/config.ts'
import { met, unsafe, type Verdict } from '../finding.ts'

/** ASVS 7.4.3: whoever changes a password can throw everybody else out by it. */
export function updateMaySignOut({ accounts }: Config): Verdict {
  switch (accounts.passwordUpdateSignsOut) {
    case 'ask':
      return met(
        'the person is asked (CURFEW_PASSWORD_UPDATE_SIGNS_OUT is ask), and the answer says what happened.',
      )
    case 'always':
      return met(
        'changing the password always signs out everywhere (CURFEW_PASSWORD_UPDATE_SIGNS_OUT is always).',
      )
    case 'never':
      return unsafe(
        'CURFEW_PASSWORD_UPDATE_SIGNS_OUT is never: a thief stays signed in when the password is changed because of them.',
        'Set CURFEW_PASSWORD_UPDATE_SIGNS_OUT to ask or always.',
      )
  }
}
