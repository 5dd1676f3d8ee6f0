import { randomBytes } from 'node:crypto'

/**
 * A new identifier: UUID version 7 (RFC 9562 §5.7), so that rows written together lie together. Never a secret and never
 * proof of anything.
 */
export function newId(now: Date): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now.getTime(), 0, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return idFromBytes(bytes)
}

/** Whether the text is an identifier in its canonical lower-case form. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}

/** The 16 bytes of an identifier as base64url (22 characters), as it stands in tokens. */
export function encodeId(id: string): string {
  return idToBytes(id).toString('base64url')
}

/** The 16 bytes of an identifier. */
export function idToBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

/** The inverse of {@link encodeId}; null unless the text is exactly what it would have written. */
export function decodeId(text: string): string | null {
  if (!/^[\w-]{22}$/.test(text)) return null
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === 16 && bytes.toString('base64url') === text ? idFromBytes(bytes) : null
}

/** The identifier that 16 bytes stand for. */
export function idFromBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The opaque id that the API gives out. */
export function encodeGlobalId(typename: string, id: string | number | bigint): string {
  return Buffer.from(`${typename}:${id}`).toString('base64url')
}

/** The inverse of {@link encodeGlobalId}; null unless the text is exactly what it would have written for an identifier. */
export function decodeGlobalId(globalId: string): { typename: string; id: string } | null {
  const [typename = '', id = '', ...rest] = Buffer.from(globalId.slice(0, 100), 'base64url')
    .toString('utf8')
    .split(':')
  const exact = typename !== '' && isId(id) && rest.length === 0 && encodeGlobalId(typename, id) === globalId
  return exact ? { typename, id } : null
}

/** The identifier behind an opaque id of the API; null if it is malformed or of another type. */
export function localId(globalId: string, typename: string): string | null {
  const decoded = decodeGlobalId(globalId)
  return decoded?.typename === typename ? decoded.id : null
}
