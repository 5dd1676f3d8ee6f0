import { dictionary } from '@zxcvbn-ts/language-common'

let common: ReadonlySet<string> | null = null

/** Whether the password, in any case, is among the most common ones in leaked lists. */
export function isCommonPassword(password: string): boolean {
  common ??= new Set(dictionary['passwords-common'].map((each) => String(each).toLowerCase()))
  return common.has(password.toLowerCase())
}
