import { createHash } from 'node:crypto'

/** What tells this body from any other one (RFC 9110 §8.8.3). */
export function entityTag(body: string | Uint8Array): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
}

/** Whether the caller has this version already (RFC 9110 §13.1.2). A proxy may have made the tag a weak one. */
export function isKept(condition: string | undefined, tag: string): boolean {
  const tags = condition?.split(',').map((each) => each.trim().replace(/^W\//, '')) ?? []
  return tags.includes(tag) || tags.includes('*')
}
