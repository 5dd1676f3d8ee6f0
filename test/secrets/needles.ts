/** A secret under a name that may be shown. */
export interface Secret {
  readonly name: string
  /** As it was handed out or sent; or the bytes of a key. */
  readonly value: string | Uint8Array
}

/** Shorter pieces would be found by chance. */
const SHORTEST = 8

/** How a secret can stand somewhere: plain, in hex and base64 of either alphabet, on its own or inside of something longer, and as a list of numbers. */
export function formsOf({ value }: Secret): readonly Buffer[] {
  const bytes = Buffer.from(value)
  // what is base64url itself stands for other bytes, which are as good as the text
  const decoded =
    typeof value === 'string' && /^[\w-]{40,}$/.test(value) ? [Buffer.from(value, 'base64url')] : []
  const texts = [bytes, ...decoded].flatMap((each) => [
    each.toString('hex'),
    each.toString('hex').toUpperCase(),
    ...alignments(each),
    [...each].join(','),
  ])
  const forms = [bytes, ...decoded, ...texts.map((text) => Buffer.from(text))]
  return forms.filter(({ length }) => length >= SHORTEST)
}

/** The base64 of what is in the middle of something longer depends on where in it that begins; the characters at its ends on what is beside it. */
function alignments(bytes: Uint8Array): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
    const begin = offset === 0 ? 0 : offset + 1
    const whole = padded.toString('base64url').slice(begin, Math.floor((padded.length * 8) / 6))
    return [whole, whole.replaceAll('-', '+').replaceAll('_', '/')]
  })
}

/** Finds which secrets stand in a text or file, in any form. @returns their names */
export function findSecrets(haystack: Buffer, secrets: readonly Secret[]): readonly string[] {
  const byBeginning = new Map<number, { name: string; form: Buffer }[]>()
  for (const secret of secrets) {
    for (const form of formsOf(secret)) {
      const beginning = form.readUInt32LE(0)
      const entries = byBeginning.get(beginning) ?? []
      byBeginning.set(beginning, [...entries, { name: secret.name, form }])
    }
  }
  const found = new Set<string>()
  for (let at = 0; at + 4 <= haystack.length; at++) {
    for (const { name, form } of byBeginning.get(haystack.readUInt32LE(at)) ?? []) {
      if (haystack.subarray(at, at + form.length).equals(form)) found.add(name)
    }
  }
  return [...found]
}
