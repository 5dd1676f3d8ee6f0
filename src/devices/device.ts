import Bowser from 'bowser'

export const DEVICE_KINDS = ['DESKTOP', 'PHONE', 'TABLET', 'TV', 'BOT', 'OTHER'] as const
export type DeviceKind = (typeof DEVICE_KINDS)[number]

/** What is kept of the device that a session was started on: enough for its owner to recognise it. */
export interface Device {
  /** "Firefox on macOS". */
  readonly label: string
  readonly kind: DeviceKind
  readonly browser: string | null
  readonly system: string | null
}

const KINDS: Readonly<Record<string, DeviceKind>> = {
  desktop: 'DESKTOP',
  mobile: 'PHONE',
  tablet: 'TABLET',
  tv: 'TV',
  bot: 'BOT',
}

/** Longer user agents are not read: the header is the client's to choose. */
const LONGEST_USER_AGENT = 1_000
const LONGEST_NAME = 60

/** What a program calls itself at the start of its user agent: "curl" of "curl/8.5.0". Browsers all say "Mozilla". */
const PRODUCT = /^(?!Mozilla\b)([\p{L}\p{N}][\p{L}\p{N}._-]*)\/\d/u

/** Recognises a device by its user agent; what cannot be recognised is null, and the label says so. */
export function describeDevice(userAgent: string | null): Device {
  if (!userAgent) return { label: 'Unknown device', kind: 'OTHER', browser: null, system: null }
  const read = userAgent.slice(0, LONGEST_USER_AGENT)
  const parsed = Bowser.parse(read)
  const system = clean(parsed.os.name)
  const browser = clean(parsed.browser.name) ?? clean(PRODUCT.exec(read)?.[1])
  return {
    label: browser && system ? `${browser} on ${system}` : (browser ?? system ?? 'Unknown device'),
    kind: KINDS[parsed.platform.type ?? ''] ?? 'OTHER',
    browser,
    system,
  }
}

/** A name as it may be shown: without control characters, and not too long. */
function clean(name: string | undefined): string | null {
  const text = name
    ?.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '')
    .trim()
    .slice(0, LONGEST_NAME)
  return text ? text : null
}
