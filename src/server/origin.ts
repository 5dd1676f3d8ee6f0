import type { IncomingHttpHeaders } from 'node:http'

/** Decides which pages may make requests. */
export interface OriginPolicy {
  /** Origins beside our own. */
  readonly allowed: readonly string[]
}

/**
 * Whether a request may come from where it says it comes from (ASVS 3.5.1, 4.4.2). Browsers name the page's origin on every
 * cross-origin request that can do harm and on every WebSocket upgrade, and its relation to us in `Sec-Fetch-Site`; programs
 * that are no browsers send neither, and have no cookies that somebody else could use.
 */
export function isAllowedOrigin(headers: IncomingHttpHeaders, { allowed }: OriginPolicy): boolean {
  const { origin, host } = headers
  if (origin !== undefined) return isOwn(origin, host) || allowed.includes(origin)
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

/** Scheme aside, which a proxy in front of us may have changed. */
function isOwn(origin: string, host: string | undefined): boolean {
  const url = URL.parse(origin)
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    host !== undefined &&
    url.host === normalizedHost(host, url.protocol)
  )
}

/** A Host header as URLs write it: in lower case, and without the scheme's own port. */
function normalizedHost(host: string, protocol: string): string | null {
  return URL.parse(`${protocol}//${host}`)?.host ?? null
}
