/** The longest address that SMTP can carry (RFC 5321 §4.5.3.1.3, less the angle brackets). */
const LONGEST_EMAIL = 254

/**
 * What browsers accept in `<input type="email">` (HTML Living Standard), with letters of all scripts; it allows
 * `admin@localhost`.
 */
const EMAIL =
  /^[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?)*$/u

/** Whether the text can be an e-mail address; one with characters that nobody sees cannot. */
export function isEmail(text: string): boolean {
  return text.length <= LONGEST_EMAIL && EMAIL.test(text) && !/\p{Default_Ignorable_Code_Point}/u.test(text)
}

/**
 * What makes an address unique. Two spellings that look alike to a person (case, composed and compatibility characters) are
 * one account.
 */
export function emailKey(email: string): string {
  // lowering the case can take a composed character apart
  return email.trim().normalize('NFKC').toLowerCase().normalize('NFKC')
}
