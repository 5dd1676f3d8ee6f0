import { isIPv4, isIPv6 } from 'node:net'

/**
 * The network that an address belongs to: /24 of IPv4, /48 of IPv6. What is stored of an address, and what attempts are counted
 * by: one person is easily given a whole /64, often a /48. An IPv4 address in IPv6 form is an IPv4 address, however it is spelled.
 * @returns null if the text is not an address
 */
export function networkOf(address: string): string | null {
  const bare = address.replace(/%.*$/s, '')
  if (isIPv4(bare)) return networkOf4(bare.split('.').map(Number))
  if (!isIPv6(bare)) return null
  const groups = groupsOf(bare)
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
  if (isMapped) return networkOf4([high >> 8, high & 0xff, low >> 8])
  const prefix = groups.slice(0, 3).map((group) => group.toString(16))
  return `${prefix.join(':')}::/48`
}

function networkOf4(octets: readonly number[]): string {
  return `${octets.slice(0, 3).join('.')}.0/24`
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = address.split('::')
  const left = readGroups(head)
  if (tail === undefined) return left
  const right = readGroups(tail)
  return [...left, ...Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right]
}

function readGroups(text: string): readonly number[] {
  if (text === '') return []
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)]
    // an address may end in dotted form, which stands for two groups
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
    return [(a << 8) | b, (c << 8) | d]
  })
}
