/** How many there are, as the page says it: "10,000+" where nobody counted further. */
export function countText(
  count: { readonly value: number; readonly isExact: boolean } | undefined,
  words: { count(amount: number): string; atLeast(amount: number): string },
): string | null {
  if (!count) return null
  return count.isExact ? words.count(count.value) : words.atLeast(count.value)
}
