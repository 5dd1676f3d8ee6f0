import { isIPv4 } from 'node:net'

/** What a record says, as far as tests write any. */
export type PlaceRecord = string | { readonly [name: string]: PlaceRecord }

const NODE_BYTES = 6
const SEPARATOR = Buffer.alloc(16)
const MARKER = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')])

/** A node of the tree: where an address goes on whose next bit is 0 or 1; a number is the place of a record. */
type Node = [Node | number | null, Node | number | null]

/**
 * Writes place data as its makers do: IPv4 networks, each with its record (MaxMind DB file format 2.0).
 * @param type what the file calls itself
 */
export function placeData(
  networks: Readonly<Record<string, PlaceRecord>>,
  { type = 'Test-City' }: { type?: string } = {},
): Buffer {
  const root: Node = [null, null]
  const records: Buffer[] = []
  let length = 0
  for (const [network, record] of Object.entries(networks)) {
    insert(root, network, length)
    const bytes = encode(record)
    records.push(bytes)
    length += bytes.length
  }
  const nodes = [...nodesOf(root)]
  const numbers = new Map(nodes.map((node, number) => [node, number]))
  const tree = Buffer.alloc(nodes.length * NODE_BYTES)
  for (const [number, node] of nodes.entries()) {
    for (const bit of [0, 1] as const) {
      const next = node[bit]
      const value =
        next === null
          ? nodes.length
          : typeof next === 'number'
            ? nodes.length + SEPARATOR.length + next
            : (numbers.get(next) ?? 0)
      tree.writeUIntBE(value, number * NODE_BYTES + bit * 3, 3)
    }
  }
  const metadata = Buffer.concat([
    Buffer.from([0b111_00000 | 7]),
    ...pair('node_count', number(nodes.length)),
    ...pair('record_size', number(24)),
    ...pair('ip_version', number(4)),
    ...pair('database_type', encode(type)),
    ...pair('binary_format_major_version', number(2)),
    ...pair('binary_format_minor_version', number(0)),
    ...pair('build_epoch', number(1_700_000_000)),
  ])
  return Buffer.concat([tree, SEPARATOR, ...records, MARKER, metadata])
}

function insert(root: Node, network: string, place: number): void {
  const [address = '', length = ''] = network.split('/')
  if (!isIPv4(address)) throw new Error(`not a network of IPv4: ${network}`)
  const bits = address.split('.').flatMap((octet) => [...Number(octet).toString(2).padStart(8, '0')])
  const path = bits.slice(0, Number(length)).map((bit) => (bit === '1' ? 1 : 0))
  const last = path.pop() ?? 0
  let node = root
  for (const side of path) {
    const there = node[side]
    const next: Node = Array.isArray(there) ? there : [null, null]
    node[side] = next
    node = next
  }
  node[last] = place
}

function* nodesOf(node: Node): Generator<Node> {
  yield node
  for (const next of node) if (Array.isArray(next)) yield* nodesOf(next)
}

/** Types 2 (UTF-8 text) and 7 (map) of the data section, both short. */
function encode(record: PlaceRecord): Buffer {
  if (typeof record !== 'string') {
    const pairs = Object.entries(record)
    return Buffer.concat([
      Buffer.from([0b111_00000 | pairs.length]),
      ...pairs.flatMap(([name, value]) => pair(name, encode(value))),
    ])
  }
  const text = Buffer.from(record)
  if (text.length > 28) throw new Error('a longer text is written in another way')
  return Buffer.concat([Buffer.from([0b010_00000 | text.length]), text])
}

function pair(name: string, value: Buffer): readonly Buffer[] {
  return [encode(name), value]
}

/** Type 6, a whole number of four bytes. */
function number(value: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = 0b110_00000 | 4
  bytes.writeUInt32BE(value, 1)
  return bytes
}
