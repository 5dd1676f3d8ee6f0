import type { DeviceKind } from '../devices/device.ts'
import type { SessionEndReason, SessionTransport } from '../protocol/sessions.ts'

/** A country, its largest cities, and how far its clocks are ahead of UTC (hours). */
export interface Country {
  readonly code: string
  readonly weight: number
  readonly cities: readonly string[]
  readonly ahead: number
}

export const COUNTRIES: readonly Country[] = [
  { code: 'DE', weight: 24, cities: ['Berlin', 'Hamburg', 'Munich', 'Cologne', 'Leipzig'], ahead: 1 },
  { code: 'US', weight: 18, cities: ['New York', 'Chicago', 'Seattle', 'Austin', 'Boston'], ahead: -6 },
  { code: 'FR', weight: 11, cities: ['Paris', 'Lyon', 'Toulouse', 'Nantes'], ahead: 1 },
  { code: 'GB', weight: 10, cities: ['London', 'Leeds', 'Bristol', 'Glasgow'], ahead: 0 },
  { code: 'NL', weight: 6, cities: ['Amsterdam', 'Utrecht', 'Rotterdam'], ahead: 1 },
  { code: 'AT', weight: 5, cities: ['Vienna', 'Graz', 'Linz'], ahead: 1 },
  { code: 'CH', weight: 4, cities: ['Zurich', 'Basel', 'Geneva'], ahead: 1 },
  { code: 'PL', weight: 4, cities: ['Warsaw', 'Krakow', 'Gdansk'], ahead: 1 },
  { code: 'ES', weight: 4, cities: ['Madrid', 'Barcelona', 'Valencia'], ahead: 1 },
  { code: 'IT', weight: 4, cities: ['Rome', 'Milan', 'Turin'], ahead: 1 },
  { code: 'SE', weight: 2.5, cities: ['Stockholm', 'Gothenburg'], ahead: 1 },
  { code: 'IN', weight: 2.5, cities: ['Bengaluru', 'Mumbai', 'Delhi'], ahead: 5.5 },
  { code: 'BR', weight: 2, cities: ['São Paulo', 'Rio de Janeiro'], ahead: -3 },
  { code: 'JP', weight: 1.5, cities: ['Tokyo', 'Osaka'], ahead: 9 },
  { code: 'CA', weight: 1.2, cities: ['Toronto', 'Montreal'], ahead: -5 },
  { code: 'AU', weight: 0.8, cities: ['Sydney', 'Melbourne'], ahead: 10 },
  { code: 'ZA', weight: 0.3, cities: ['Cape Town', 'Johannesburg'], ahead: 2 },
  { code: 'NZ', weight: 0.15, cities: ['Auckland'], ahead: 12 },
  { code: 'IS', weight: 0.05, cities: ['Reykjavík'], ahead: 0 },
]

/** What people sign in on. */
export interface SeedDevice {
  readonly weight: number
  readonly kind: DeviceKind
  readonly label: string
  readonly browser: string | null
  readonly system: string | null
  readonly transport: SessionTransport
}

const browsers: readonly [weight: number, kind: DeviceKind, browser: string, system: string][] = [
  [24, 'DESKTOP', 'Chrome', 'Windows'],
  [9, 'DESKTOP', 'Chrome', 'macOS'],
  [7, 'DESKTOP', 'Safari', 'macOS'],
  [7, 'DESKTOP', 'Microsoft Edge', 'Windows'],
  [5, 'DESKTOP', 'Firefox', 'Windows'],
  [2.5, 'DESKTOP', 'Firefox', 'Linux'],
  [1.5, 'DESKTOP', 'Firefox', 'macOS'],
  [1.2, 'DESKTOP', 'Chrome', 'Linux'],
  [0.8, 'DESKTOP', 'Opera', 'Windows'],
  [0.3, 'DESKTOP', 'Vivaldi', 'Linux'],
  [14, 'PHONE', 'Safari', 'iOS'],
  [12, 'PHONE', 'Chrome', 'Android'],
  [1.5, 'PHONE', 'Samsung Internet for Android', 'Android'],
  [0.8, 'PHONE', 'Firefox', 'Android'],
  [2.5, 'TABLET', 'Safari', 'iOS'],
  [0.9, 'TABLET', 'Chrome', 'Android'],
  [0.05, 'TV', 'Chrome', 'Tizen'],
]

export const DEVICES: readonly SeedDevice[] = [
  ...browsers.map(
    ([weight, kind, browser, system]): SeedDevice => ({
      weight,
      kind,
      browser,
      system,
      label: `${browser} on ${system}`,
      transport: 'COOKIE',
    }),
  ),
  { weight: 5, kind: 'PHONE', label: 'iPhone app', browser: null, system: 'iOS', transport: 'TOKEN' },
  { weight: 4, kind: 'PHONE', label: 'Android app', browser: null, system: 'Android', transport: 'TOKEN' },
  { weight: 0.4, kind: 'OTHER', label: 'curl', browser: 'curl', system: null, transport: 'TOKEN' },
]

/** How sessions end, if nothing comes before: of a timeout that comes by itself, or after so long (hours, on average). */
export const ENDINGS: readonly {
  readonly weight: number
  readonly reason: SessionEndReason
  readonly after: number
}[] = [
  { weight: 40, reason: 'IDLE_TIMEOUT', after: 40 },
  { weight: 13, reason: 'ABSOLUTE_TIMEOUT', after: 0 },
  { weight: 32, reason: 'SIGNED_OUT', after: 7 },
  { weight: 5, reason: 'SIGNED_OUT_EVERYWHERE', after: 60 },
  { weight: 4, reason: 'REPLACED', after: 30 },
  { weight: 2.2, reason: 'REVOKED_BY_USER', after: 90 },
  { weight: 1.5, reason: 'PASSWORD_UPDATED', after: 100 },
  { weight: 0.9, reason: 'SESSION_LIMIT', after: 120 },
  { weight: 0.7, reason: 'REVOKED_BY_ADMINISTRATOR', after: 80 },
  { weight: 0.3, reason: 'ACCOUNT_DISABLED', after: 100 },
  { weight: 0.25, reason: 'REFRESH_TOKEN_REUSED', after: 50 },
  { weight: 0.1, reason: 'ANOMALY', after: 30 },
]

/** How many sign in on each day of the week, from Sunday on, and in each hour where they are. */
export const WEEKDAYS: readonly number[] = [0.5, 1, 1.05, 1.02, 1, 0.9, 0.55]
export const HOURS: readonly number[] = [
  2, 1, 1, 1, 1, 2, 5, 11, 18, 20, 17, 14, 13, 15, 15, 14, 13, 12, 12, 13, 13, 11, 7, 4,
]

export const FIRST_NAMES: readonly string[] =
  'ada alan amara anna anton aoife arjun astrid bela bruno carla chen clara daria david elena elias emil emma eva felix fatima finn greta hana hugo ines ivan jana joao jonas julia kaito karin lara lea leo lina lucas maja marie mateo mei mila nadia nina noah olga oscar paul petra rosa sara sofia theo tomas vera yusuf zoe'.split(
    ' ',
  )
export const LAST_NAMES: readonly string[] =
  'adler almeida andersson bauer bernard bianchi braun castro chen dubois eriksen fischer fontaine garcia gruber hansen haas horvat ito jansen johnson kaya keller kim klein kowalski kumar lang laurent lindqvist lopez maier martin mendes meyer moreau nakamura nguyen novak okafor olsen patel peeters pereira richter rossi roux santos sato schmidt schulz silva singh smith suzuki tanaka thomas visser wagner weber wolf wright'.split(
    ' ',
  )
