const LONGEST_NAME = 60

/**
 * A name as it may be shown and stored, of text that a client or a proxy chose: without control characters, without what turns the
 * direction of writing or piles up over a letter, without letters that nobody sees, and not too long.
 * @returns null if nothing is left
 */
export function cleanName(name: string | null | undefined): string | null {
  const text = name
    ?.replace(/[^\p{L}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}|\u2800/gu, '')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, LONGEST_NAME)
    // half of a character that the limit cut through
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()
  return text ? text : null
}
