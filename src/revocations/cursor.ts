import { createHash } from 'node:crypto'

/**
 * A position in the event log: everything up to and including (xid, id) has been delivered. Positions of different
 * clusters do not compare.
 */
export interface Position {
  readonly cluster: string
  readonly xid: bigint
  readonly id: bigint
}

/** What a cursor holds: a position (its cluster as a fingerprint), and since when the log must have been kept to go on from it. */
export interface Cursor {
  readonly clusterFingerprint: string
  readonly xid: bigint
  readonly id: bigint
  readonly keptSince: Date
}

const VERSION = 1
const LENGTH = 1 + 8 + 8 + 8 + 6

/** Writes a cursor: opaque to clients, 42 characters of base64url. */
export function encodeCursor(position: Position, keptSince: Date): string {
  const bytes = Buffer.alloc(LENGTH)
  bytes.writeUInt8(VERSION, 0)
  bytes.write(clusterFingerprint(position.cluster), 1, 'hex')
  bytes.writeBigUInt64BE(position.xid, 9)
  bytes.writeBigUInt64BE(position.id, 17)
  bytes.writeUIntBE(keptSince.getTime(), 25, 6)
  return bytes.toString('base64url')
}

/** Reads a cursor; null if the text is not one of ours. */
export function decodeCursor(text: string): Cursor | null {
  if (text.length !== 42) return null
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== LENGTH || bytes.readUInt8(0) !== VERSION || bytes.toString('base64url') !== text)
    return null
  const [xid, id] = [bytes.readBigUInt64BE(9), bytes.readBigUInt64BE(17)]
  // both are signed in PostgreSQL's comparisons of parameters; nothing genuine comes near
  if (xid >> 63n || id >> 63n) return null
  return {
    clusterFingerprint: bytes.toString('hex', 1, 9),
    xid,
    id,
    keptSince: new Date(bytes.readUIntBE(25, 6)),
  }
}

/** Stands for a cluster in a cursor, so that a cursor tells clients nothing about the database. */
export function clusterFingerprint(cluster: string): string {
  return createHash('sha256').update(cluster).digest('hex').slice(0, 16)
}
