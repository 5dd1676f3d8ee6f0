import { cleanName } from './name.ts'

/** A program that is no browser, as its user agent tells of it. */
export interface App {
  /** Its own name; null if only what it is made with is known. */
  readonly name: string | null
  readonly system: string | null
  readonly kind: 'PHONE' | 'TABLET' | 'DESKTOP' | 'OTHER'
  /** What to show if it has no name. */
  readonly label: string
}

/** What programs are made with; none of these is a name that a person knows theirs by. */
const LIBRARY = /^(okhttp|dalvik|dart|alamofire|afnetworking|cfnetwork|ktor-client|cronet|nsurlsession)$/i

const APPLE = { PHONE: 'iPhone app', TABLET: 'iPad app', DESKTOP: 'Mac app' } as const

/** The app that a user agent is of; null if it may be a browser, or anything else. */
export function recognizeApp(userAgent: string): App | null {
  const name = ownName(userAgent)
  const apple = appleKind(userAgent)
  if (apple !== null)
    return { name, system: apple === 'DESKTOP' ? 'macOS' : 'iOS', kind: apple, label: APPLE[apple] }
  if (isAndroid(userAgent)) return { name, system: 'Android', kind: 'PHONE', label: 'Android app' }
  if (/^Dart\/[\d.]+ \(dart:io\)/.test(userAgent))
    return { name: null, system: null, kind: 'OTHER', label: 'Dart app' }
  return null
}

/** What the platform's own library for requests adds, and the views in which apps show pages: those say nothing of Safari. */
function appleKind(userAgent: string): keyof typeof APPLE | null {
  const isNative = !userAgent.startsWith('Mozilla/')
  const isView = /\b(iPhone|iPad|iPod)\b.*\bMobile\/\w+$/.test(userAgent)
  const isApple =
    isView ||
    (isNative && /\bCFNetwork\/[\d.]+ Darwin\/|[(; ](iPhone|iPad|iPod touch|iOS [\d.]+)\b/.test(userAgent))
  if (!isApple) return null
  if (/\biPad\b/.test(userAgent)) return 'TABLET'
  return /\((x86_64|arm64)\)|\bmac ?OS\b/i.test(userAgent) && isNative ? 'DESKTOP' : 'PHONE'
}

function isAndroid(userAgent: string): boolean {
  if (userAgent.startsWith('Mozilla/')) return /\bAndroid\b[^)]*; wv\)/.test(userAgent)
  return /^Dalvik\/|\bokhttp\/\d|[(; ]Android\b/.test(userAgent)
}

/** What stands in front of the first version, if the program wrote that and not what it is made with. */
function ownName(userAgent: string): string | null {
  if (userAgent.startsWith('Mozilla/')) return null
  const [, product = ''] = /^([^/(]{1,120})\/[\w.]/.exec(userAgent) ?? []
  return LIBRARY.test(product.trim()) ? null : cleanName(decoded(product))
}

/** Apple's library writes names with spaces and accents in percent encoding. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
