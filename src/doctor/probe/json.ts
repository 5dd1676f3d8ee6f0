/** What stands at a path of keys in parsed JSON; undefined if nothing does. Answers come from servers that nobody vouches for. */
export function at(value: unknown, path: string): unknown {
  let found = value
  for (const key of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    // an object that has the key just tested
    found = (found as Record<string, unknown>)[key]
  }
  return found
}

/** A name at a path, fit to be shown; null if there is none. Anything else may quote what was sent, with a password in it. */
export function nameAt(value: unknown, path: string): string | null {
  const text = textAt(value, path)
  return text !== null && /^[\w+-]{1,40}$/.test(text) ? text : null
}

/** The text at a path; null if there is none. */
export function textAt(value: unknown, path: string): string | null {
  const found = at(value, path)
  return typeof found === 'string' ? found : null
}
