import { createHmac } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { encodeGlobalId, encodeId, idToBytes } from '../../src/kernel/ids.ts'
import { SESSION_COOKIE } from '../../src/protocol/credentials.ts'

/** What a table says of a session, for whoever has the dump. */
export interface SessionRow {
  readonly id: string
  readonly user_id: string
  /** As PostgreSQL writes bytes: \x and hex. */
  readonly refresh_salt: string | null
  readonly refresh_current: number | null
}

/** All strings of bytes in a dump that are long enough to be a key or a secret, and what could be cut out of longer ones. */
export function bytesIn(dump: Buffer): readonly Buffer[] {
  const text = dump.toString('latin1')
  const whole = [
    ...text.matchAll(/\\x([0-9a-f]{32,})/g).map(([, hex = '']) => Buffer.from(hex, 'hex')),
    ...text.matchAll(/[\w+/-]{22,}/g).map(([encoded]) => Buffer.from(encoded, 'base64')),
    ...text.matchAll(/\$argon2id\$[^"\s]+/g).map(([phc]) => Buffer.from(phc)),
  ]
  const cut = whole.filter(({ length }) => length > 32 && length < 200)
  const parts = cut.flatMap((each) => [
    each.subarray(0, 32),
    each.subarray(-32),
    each.subarray(12, 44),
    each.subarray(12, -16),
  ])
  return [...new Set([...whole, ...parts].map((each) => each.toString('hex')))].map((hex) =>
    Buffer.from(hex, 'hex'),
  )
}

export function forgeCookie({ id }: SessionRow, secret: Uint8Array): string {
  return `${SESSION_COOKIE}=cfs_${encodeId(id)}.${Buffer.from(secret).toString('base64url')}`
}

export function forgeRefreshToken(row: SessionRow, key: Uint8Array): string {
  const generation = Buffer.alloc(4)
  generation.writeUInt32BE(row.refresh_current ?? 1)
  const salt = Buffer.from((row.refresh_salt ?? '').slice(2), 'hex')
  const body = Buffer.concat([idToBytes(row.id), generation, salt])
  const mac = createHmac('sha256', key).update(body).digest()
  return `cfr_${Buffer.concat([body, mac]).toString('base64url')}`
}

/** An access token, signed with these 32 bytes as an Ed25519 key. */
export async function forgeAccessToken(
  row: SessionRow,
  { kid, x, d, now }: { kid: string; x: string; d: Uint8Array; now: Date },
): Promise<string> {
  const key = await importJWK(
    { kty: 'OKP', crv: 'Ed25519', x, d: Buffer.from(d).toString('base64url') },
    'EdDSA',
  )
  return new SignJWT(claimsOf(row, now)).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid }).sign(key)
}

/** The same, by the tricks that verifiers have fallen for: no algorithm, and the public key as the key of a MAC. */
export function trickedAccessTokens(
  row: SessionRow,
  { kid, x, now }: { kid: string; x: string; now: Date },
): readonly string[] {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unsigned = (alg: string) => `${encode({ alg, typ: 'at+jwt', kid })}.${encode(claimsOf(row, now))}`
  const mac = (key: string | Buffer) =>
    createHmac('sha256', key).update(unsigned('HS256')).digest('base64url')
  return [
    `${unsigned('none')}.`,
    `${unsigned('HS256')}.${mac(x)}`,
    `${unsigned('HS256')}.${mac(Buffer.from(x, 'base64url'))}`,
  ]
}

function claimsOf(row: SessionRow, now: Date) {
  const iat = Math.floor(now.getTime() / 1_000)
  return {
    iss: 'curfew',
    aud: 'curfew',
    sub: encodeGlobalId('User', row.user_id),
    sid: encodeGlobalId('Session', row.id),
    jti: encodeId(row.id),
    iat,
    exp: iat + 600,
    auth_time: iat,
    amr: ['pwd'],
    gen: row.refresh_current ?? 1,
  }
}
