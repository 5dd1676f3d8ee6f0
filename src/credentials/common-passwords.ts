import { dictionary } from '@zxcvbn-ts/language-common'

/** Why a password is guessed early: it is a common one, one in disguise, a pattern, or made of what is known of its owner. */
export type EarlyGuess = 'COMMON' | 'DISGUISED' | 'PATTERN' | 'PERSONAL'

/** Known to everybody who stands before a sign-in form of ours. */
const SERVICE_NAME = 'curfew'

/** The keys that lie side by side on the keyboards of most people, and the alphabet. */
const ROWS = [
  '1234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  'abcdefghijklmnopqrstuvwxyz',
].flatMap((row) => [row, [...row].reverse().join('')])

/** What is repeated is no secret if it is shorter, nor is a run that is (characters). */
const SHORTEST_UNIT = 4
const SHORTEST_RUN = 3

/** What is put around a word to disguise it is shorter than the word, and than this (characters). */
const MOST_AROUND = 8

/** Digits and signs that stand for letters. What may be an i is tried as an l as well. */
const LETTERS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
  '+': 't',
}

let common: ReadonlySet<string> | null = null
let longestCommon = 0

/**
 * Whether a password is among those that are guessed first (NIST SP 800-63B-4 §3.1.1.2): one that is common in leaked lists, the
 * name of the service, a part of the owner's address, and what simple rules make of these. It is always the whole password that
 * is compared: a phrase may hold common words.
 * @param password in NFKC
 * @param email whose it will be; null if nobody's
 * @returns null if it is not
 */
export function guessedEarly(password: string, email: string | null): EarlyGuess | null {
  const lower = password.toLowerCase()
  const list = commonPasswords()
  if (list.has(lower)) return 'COMMON'
  const unit = repeatedUnit(lower)
  if ([...unit].length < SHORTEST_UNIT || new Set(lower).size <= 2) return 'PATTERN'
  const own = personalWords(email)
  const longest = Math.max(longestCommon, ...own.map((word) => word.length))
  let disguised: EarlyGuess | null = null
  for (const core of coresOf(withoutMarks(unit), longest)) {
    // whatever the owner puts between the parts of the address
    if (own.includes(core) || own.includes(core.replace(/[\s\p{P}]/gu, ''))) return 'PERSONAL'
    if (isMadeOfRuns(core)) disguised ??= 'PATTERN'
    else if (list.has(core)) disguised ??= 'DISGUISED'
  }
  return disguised
}

function commonPasswords(): ReadonlySet<string> {
  if (common) return common
  const listed = dictionary['passwords-common'].map((each) => String(each).toLowerCase())
  // as it is typed where there is no such key, too
  common = new Set([...listed, ...listed.filter((each) => /\P{ASCII}/u.test(each)).map(withoutMarks)])
  for (const { length } of common) longestCommon = Math.max(longestCommon, length)
  return common
}

/** "abab" is "ab" said twice. */
function repeatedUnit(text: string): string {
  return text.slice(0, (text + text).indexOf(text, 1))
}

/** "crème" is guessed with "creme". */
function withoutMarks(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '')
}

/**
 * What a password may have been made from: without the digits and signs around it, and with letters for the digits and signs
 * that stand for some. Where more was put around it than it has itself, that is the secret. Words with something between them
 * are a phrase, and stay one.
 * @param longest no longer one is looked for
 */
export function* coresOf(text: string, longest: number): Generator<string> {
  if (text.length > longest + MOST_AROUND) return
  const [lead = ''] = /^\P{L}*/u.exec(text) ?? []
  const [tail = ''] = /\P{L}*$/u.exec(text) ?? []
  // digits alone have nothing around them
  const most = lead === text ? 0 : Math.min(MOST_AROUND, text.length / 2)
  for (let before = 0; before <= Math.min(lead.length, most); before++) {
    for (let behind = 0; behind <= Math.min(tail.length, most - before); behind++) {
      const core = text.slice(before, text.length - behind)
      yield core
      const letters = core.replace(/[^\p{L}\s]/gu, (sign) => LETTERS[sign] ?? sign)
      if (letters === core) continue
      yield letters
      yield core.replace(/[1!|]/g, 'l').replace(/[^\p{L}\s]/gu, (sign) => LETTERS[sign] ?? sign)
    }
  }
}

/** "qwertz", "asdf1234": nothing but keys that lie side by side. */
function isMadeOfRuns(text: string): boolean {
  for (let at = 0; at < text.length; ) {
    const length = runAt(text, at)
    if (length < SHORTEST_RUN) return false
    at += length
  }
  return text.length > 0
}

function runAt(text: string, at: number): number {
  let length = 0
  while (at + length < text.length && ROWS.some((row) => row.includes(text.slice(at, at + length + 1))))
    length += 1
  return length
}

/** What whoever knows the address and the service tries. */
function personalWords(email: string | null): string[] {
  const address = withoutMarks((email ?? '').normalize('NFKC').toLowerCase())
  const [local = '', domain = ''] = address.split('@')
  const words = [address, local, domain].flatMap((word) => [
    word,
    word.replace(/[\s\p{P}]/gu, ''),
    ...word.split(/[^\p{L}\p{N}]+/u),
  ])
  return [SERVICE_NAME, ...new Set(words)].filter((word) => word.length >= SHORTEST_UNIT)
}
