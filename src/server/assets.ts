import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { entityTag, isKept } from './entity-tag.ts'

/** What a file is, by the end of its name. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.woff2', 'font/woff2'],
])

/** The names of encodings, and of the files that the build writes in them; the best one first. */
const ENCODINGS = [
  { name: 'br', end: '.br' },
  { name: 'gzip', end: '.gz' },
] as const

interface Variant {
  readonly body: Uint8Array
  readonly tag: string
  /** Null: as it is. */
  readonly encoding: string | null
}

/** One file: as it is, and in the encodings that it was written in ahead. */
interface Asset {
  readonly type: string
  readonly variants: readonly Variant[]
}

/**
 * Files that are the same for everybody, in memory as they were at the start: nothing else can be asked for, whatever the path says, and
 * no request opens a file, which could be gone by then, or stay open for a reader who has left.
 */
export type Assets = ReadonlyMap<string, Asset>

/** Reads the files of a folder, under the paths that they are asked for by. */
export async function readAssets(folder: string, prefix: string): Promise<Assets> {
  const names = await readdir(folder)
  const files = new Map<string, Uint8Array>()
  for (const name of names) files.set(name, await readFile(join(folder, name)))
  const assets = new Map<string, Asset>()
  for (const [name, body] of files) {
    if (ENCODINGS.some(({ end }) => name.endsWith(end))) continue
    const encoded = ENCODINGS.flatMap(({ name: encoding, end }) => {
      const found = files.get(`${name}${end}`)
      return found ? [toVariant(found, encoding)] : []
    })
    const type = TYPES.get(extname(name)) ?? 'application/octet-stream'
    assets.set(`${prefix}${name}`, { type, variants: [...encoded, toVariant(body, null)] })
  }
  return assets
}

function toVariant(body: Uint8Array, encoding: string | null): Variant {
  return { body, tag: entityTag(body), encoding }
}

/**
 * Answers with a file, for ever: another version has another name. It is sent whole, whatever part is asked for (RFC 9110 §14.2).
 * @returns false if there is no such file, and nothing was answered
 */
export function sendAsset(
  assets: Assets,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const asset = assets.get(path)
  const accepted = acceptedEncodings(request.headers['accept-encoding'])
  const variant = asset?.variants.find(({ encoding }) => encoding === null || accepted.has(encoding))
  if (!asset || !variant) return false
  response.setHeader('Cache-Control', 'public,max-age=31536000,immutable') // a year, in seconds
  response.setHeader('ETag', variant.tag)
  response.setHeader('Vary', 'Accept-Encoding')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  if (isKept(request.headers['if-none-match'], variant.tag)) {
    response.writeHead(304).end()
    return true
  }
  response.writeHead(200, {
    'Content-Type': asset.type,
    'Content-Length': variant.body.byteLength,
    ...(variant.encoding === null ? {} : { 'Content-Encoding': variant.encoding }),
  })
  response.end(variant.body)
  return true
}

/** The encodings that a client names, but for those that it says it does not want (RFC 9110 §12.5.3). */
function acceptedEncodings(header: string | string[] | undefined): ReadonlySet<string> {
  const parts = String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';').map((each) => each.trim()))
  const accepted = parts.filter(([, ...weights]) => !weights.some((weight) => /^q=0(\.0*)?$/.test(weight)))
  return new Set(accepted.map(([name = '']) => name))
}
