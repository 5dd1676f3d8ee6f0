import type { IncomingHttpHeaders } from 'node:http'
import { cleanName } from './name.ts'

/** What a browser says of itself beside its user agent, as far as it does so without being asked (User-Agent Client Hints §3). */
export interface ClientHints {
  /** The browser's own name, without the engine that it is built on; null if it says none. */
  readonly browser: string | null
  readonly system: string | null
  /** Whether it asks for pages made for phones; null if it does not say. */
  readonly mobile: boolean | null
}

export const NO_HINTS: ClientHints = { browser: null, system: null, mobile: null }

/** Longer headers are not read: no browser sends them. */
const LONGEST_HEADER = 500

/** What every browser of that engine says, and what some say so that nobody relies on a list. */
const NO_BROWSER = /^chromium$|not.{0,3}a.{0,3}brand/i

/** Names as user agents have them, so that a browser is called the same with hints and without. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['Google Chrome', 'Chrome'],
  ['HeadlessChrome', 'Chrome Headless'],
  ['Chrome OS', 'ChromeOS'],
  ['Chromium OS', 'ChromeOS'],
])

export function readClientHints(headers: IncomingHttpHeaders): ClientHints {
  const brands = headerOf(headers, 'sec-ch-ua')
  const mobile = headerOf(headers, 'sec-ch-ua-mobile')
  return {
    browser: brands === null ? null : browserOf(brands),
    system: nameOf(quoted(headerOf(headers, 'sec-ch-ua-platform') ?? '')[0]),
    mobile: mobile === '?1' ? true : mobile === '?0' ? false : null,
  }
}

function browserOf(brands: string): string | null {
  return nameOf(quoted(brands).find((brand) => !NO_BROWSER.test(brand)))
}

/** The strings of a structured field (RFC 9651 §3.3.3) that are no parameters, whatever stands around them. */
function quoted(field: string): readonly string[] {
  const strings = field.matchAll(/(=?)"((?:[^"\\]|\\.)*)"/g)
  return [...strings].flatMap(([, equals, text = '']) => (equals ? [] : [text.replace(/\\(.)/g, '$1')]))
}

function nameOf(text: string | undefined): string | null {
  const name = cleanName(text)
  return name === null || /^unknown$/i.test(name) ? null : (NAMES.get(name) ?? name)
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' && value.length <= LONGEST_HEADER ? value.trim() : null
}
