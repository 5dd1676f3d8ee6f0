/** @returns the zone's own IANA name, as in `Europe/Paris`; null if there is no such zone */
export function canonicalTimeZone(name: string): string | null {
  // an offset is no name, and there are thousands
  if (!/^[A-Za-z]/.test(name)) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
