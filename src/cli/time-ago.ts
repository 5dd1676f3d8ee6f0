const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** How long ago that was, in the largest unit that fits: `3 h ago`. */
export function timeAgo(then: Date, now: Date): string {
  const passed = now.getTime() - then.getTime()
  for (const [unit, length] of UNITS)
    if (passed >= length) return `${Math.floor(passed / length)} ${unit} ago`
  return 'just now'
}
