/** A Set-Cookie header taken apart. */
export interface SetCookie {
  readonly name: string
  /** Never shown. */
  readonly value: string
  /** Names of its attributes in lower case, with their values. */
  readonly attributes: ReadonlyMap<string, string>
}

/** Reads a Set-Cookie header as browsers do (RFC 6265bis §5.6). */
export function readSetCookie(header: string): SetCookie {
  const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
  const [name, value] = split(pair)
  return {
    name,
    value,
    attributes: new Map(
      attributes.map((each) => {
        const [key, text] = split(each)
        return [key.toLowerCase(), text]
      }),
    ),
  }
}

/** Whether the header takes a cookie away instead of setting one. */
export function isCleared({ value, attributes }: SetCookie, now: Date): boolean {
  const age = attributes.get('max-age')
  const expires = attributes.get('expires')
  return (
    value === '' || (age !== undefined && Number(age) <= 0) || (age === undefined && isPast(expires, now))
  )
}

function isPast(expires: string | undefined, now: Date): boolean {
  return expires !== undefined && Date.parse(expires) <= now.getTime()
}

function split(text: string): [string, string] {
  const at = text.indexOf('=')
  return at === -1 ? [text, ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
