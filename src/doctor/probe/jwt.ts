import { createHmac, timingSafeEqual } from 'node:crypto'
import { formatDuration } from '../../kernel/duration.ts'
import { doubtful, met, unsafe, type Verdict } from '../finding.ts'
import { at, nameAt, textAt } from './json.ts'

/** A JWT, read and not verified. */
export interface Jwt {
  readonly text: string
  readonly header: unknown
  readonly payload: unknown
}

const FORM = /(?<![\w-])eyJ[\w-]*\.eyJ[\w-]*\.[\w-]*(?![\w-])/g

/** Every JWT in a text. */
export function findJwts(text: string): readonly Jwt[] {
  return [...new Set(text.match(FORM))].flatMap((each) => readJwt(each) ?? [])
}

/** Reads a JWT; null if the text is none. */
export function readJwt(text: string): Jwt | null {
  const [header = '', payload = '', signature] = text.split('.')
  if (signature === undefined) return null
  try {
    return { text, header: decode(header), payload: decode(payload) }
  } catch {
    return null
  }
}

/** Writes a JWT that nobody signed. */
export function writeUnsigned(header: object, payload: object): string {
  return `${encode(header)}.${encode(payload)}.`
}

/** Writes a JWT under a shared secret (HS256, RFC 7518 §3.2). */
export function writeMac(header: object, payload: object, secret: string): string {
  const body = `${encode({ ...header, alg: 'HS256' })}.${encode(payload)}`
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
}

const HOUR = 3_600 // seconds
const DAY = 24 * HOUR

/** How long a token is good for: `exp`, from `iat` or else from now (ASVS 9.2.1). */
export function judgeLifetime(
  { payload }: Jwt,
  { now, refreshes }: { now: Date; refreshes: boolean },
): Verdict {
  const exp = at(payload, 'exp')
  const iat = at(payload, 'iat')
  if (typeof exp !== 'number')
    return unsafe(
      'it has no exp: whoever has it is signed in for ever.',
      'Give each token an exp, minutes after its iat.',
    )
  const start = typeof iat === 'number' ? iat : now.getTime() / 1_000
  const seconds = Math.max(0, Math.round(exp - start))
  const figures = `it expires ${formatDuration(seconds * 1_000)} after ${typeof iat === 'number' ? 'iat' : 'now'}`
  if (refreshes) return met(`${figures}; it is a refresh token.`)
  if (seconds > DAY)
    return unsafe(
      `${figures}: whoever verifies it alone accepts it that long after signing out.`,
      'Let access tokens expire after minutes, and refresh them.',
    )
  if (seconds > HOUR)
    return doubtful(
      `${figures}: long for what nobody can call back.`,
      'Let access tokens expire after 15m or so.',
    )
  return met(`${figures}.`)
}

/** Secrets out of tutorials. Not a search: what falls to these falls to anybody. */
const TRIVIAL_SECRETS = [
  'secret',
  'password',
  'changeme',
  'key',
  'jwt',
  'jwt-secret',
  'jwt_secret',
  'mysecret',
  'my-secret',
  'supersecret',
  'super-secret',
  'secretkey',
  'secret-key',
  'secret_key',
  'default',
  'test',
  'dev',
  '123456',
  'your-256-bit-secret',
  'a-string-secret-at-least-256-bits-long',
  'shhhhh',
  '',
] as const

/** What a token is signed with (ASVS 9.1.1, 9.1.2). */
export function judgeAlgorithm({ text, header }: Jwt): Verdict {
  // one that is no name is none that anybody has specified
  const alg = textAt(header, 'alg') === null ? 'none' : (nameAt(header, 'alg') ?? 'unknown')
  if (alg.toLowerCase() === 'none' || text.endsWith('.'))
    return unsafe('its alg is none: anybody can write such a token.', 'Sign tokens: EdDSA or ES256.')
  if (!/^HS(256|384|512)$/.test(alg)) return met(`its alg is ${alg}.`)
  if (TRIVIAL_SECRETS.some((secret) => isMacOf(text, alg, secret)))
    return unsafe(
      `its alg is ${alg}, under a secret out of a tutorial: anybody can write such a token.`,
      'Use a random secret of 32 bytes, or better EdDSA or ES256.',
    )
  return doubtful(
    `its alg is ${alg}: whoever can verify such a token can write one too.`,
    'Sign with EdDSA or ES256 where others verify tokens.',
  )
}

function isMacOf(text: string, alg: string, secret: string): boolean {
  const end = text.lastIndexOf('.')
  const mac = createHmac(`sha${alg.slice(2)}`, secret)
    .update(text.slice(0, end))
    .digest()
  const given = Buffer.from(text.slice(end + 1), 'base64url')
  return given.length === mac.length && timingSafeEqual(given, mac)
}

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
