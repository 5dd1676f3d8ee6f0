import Bowser from 'bowser'
import { recognizeApp } from './app.ts'
import { type ClientHints, NO_HINTS } from './client-hints.ts'
import { cleanName } from './name.ts'

export const DEVICE_KINDS = ['DESKTOP', 'PHONE', 'TABLET', 'TV', 'BOT', 'OTHER'] as const
export type DeviceKind = (typeof DEVICE_KINDS)[number]

/** What is kept of the device that a session was started on: enough for its owner to recognise it. */
export interface Device {
  /** "Firefox on macOS", "iPhone app". */
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

/** What a program calls itself at the start of its user agent: "curl" of "curl/8.5.0". Browsers all say "Mozilla". */
const PRODUCT = /^(?!Mozilla\b)([\p{L}\p{N}][\p{L}\p{N}._-]*)\/\d/u

/** What a desktop app calls itself that is built on a browser's engine: "Slack" of "… Gecko) Slack/4.39 Chrome/128 Electron/32". */
const ELECTRON_PRODUCT = /Gecko\) ([\w.-]+)\/\d.* Electron\/\d/

/** Recognises a device by what it says of itself; what cannot be recognised is null, and the label says so. */
export function describeDevice(userAgent: string | null, hints: ClientHints = NO_HINTS): Device {
  const read = userAgent?.slice(0, LONGEST_USER_AGENT) ?? ''
  const app = recognizeApp(read)
  if (app) {
    const { name: browser, system, kind } = app
    return { label: browser && system ? `${browser} on ${system}` : app.label, kind, browser, system }
  }
  const parsed = read.trim() === '' ? null : Bowser.parse(read)
  const kind = KINDS[parsed?.platform.type ?? ''] ?? 'OTHER'
  // a robot that has a browser's engine has its hints too
  const said = kind === 'BOT' ? NO_HINTS : hints
  // what it says of itself beside the user agent is not made for old pages to be pleased with
  const system = said.system ?? cleanName(parsed?.os.name)
  const browser =
    said.browser ??
    cleanName(ELECTRON_PRODUCT.exec(read)?.[1]) ??
    cleanName(parsed?.browser.name) ??
    cleanName(PRODUCT.exec(read)?.[1])
  return {
    label: browser && system ? `${browser} on ${system}` : (browser ?? system ?? 'Unknown device'),
    kind: kindBy(said, kind),
    browser,
    system,
  }
}

/** By the hints where these say more: on Android, what is no phone is a tablet; elsewhere a computer. */
function kindBy({ mobile, system }: ClientHints, kind: DeviceKind): DeviceKind {
  if (mobile === null || kind === 'TV') return kind
  if (mobile) return kind === 'TABLET' && system !== 'Android' ? kind : 'PHONE'
  if (system === 'Android') return 'TABLET'
  return kind === 'OTHER' || kind === 'PHONE' ? 'DESKTOP' : kind
}
