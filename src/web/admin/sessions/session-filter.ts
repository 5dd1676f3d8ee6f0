import {
  SESSION_END_REASONS,
  SESSION_TRANSPORTS,
  type SessionEndReason,
  type SessionTransport,
} from '../../../protocol/sessions.ts'

export const SESSION_STATES = ['ACTIVE', 'ENDED'] as const
export type SessionState = (typeof SESSION_STATES)[number]

export const DEVICE_KINDS = ['DESKTOP', 'PHONE', 'TABLET', 'TV', 'BOT', 'OTHER'] as const
export type DeviceKind = (typeof DEVICE_KINDS)[number]

/** What of a session has a time that a filter can be about. */
export const TIMES = ['created', 'lastActive', 'ended'] as const
export type TimeField = (typeof TIMES)[number]

/** Which sessions: all that is set has to fit; null says nothing. Moments as RFC 3339 writes them. */
export interface SessionFilter {
  readonly state: SessionState | null
  /** Any of these; empty says nothing. */
  readonly reasons: readonly SessionEndReason[]
  readonly createdAfter: string | null
  readonly createdBefore: string | null
  readonly lastActiveAfter: string | null
  readonly lastActiveBefore: string | null
  readonly endedAfter: string | null
  readonly endedBefore: string | null
  readonly deviceKind: DeviceKind | null
  readonly browser: string | null
  readonly system: string | null
  readonly country: string | null
  readonly network: string | null
  readonly transport: SessionTransport | null
  readonly flagged: boolean
  /** The id of the user whose they are. */
  readonly user: string | null
}

export const NO_FILTER: SessionFilter = {
  state: null,
  reasons: [],
  createdAfter: null,
  createdBefore: null,
  lastActiveAfter: null,
  lastActiveBefore: null,
  endedAfter: null,
  endedBefore: null,
  deviceKind: null,
  browser: null,
  system: null,
  country: null,
  network: null,
  transport: null,
  flagged: false,
  user: null,
}

/** What the list is sorted by. */
export interface SessionOrder {
  readonly by: TimeField
  readonly descending: boolean
}

export const NEWEST_FIRST: SessionOrder = { by: 'created', descending: true }

/** What of the list of sessions stands in the address: all but the search for an e-mail address, which is nobody else's business. */
export interface SessionAddress {
  readonly filter: SessionFilter
  readonly order: SessionOrder
  /** The cursor that the page begins behind. */
  readonly after: string | null
}

/** The parameter of the address for each part of the filter that is one text. */
const TEXTS = {
  createdAfter: 'created-from',
  createdBefore: 'created-before',
  lastActiveAfter: 'active-from',
  lastActiveBefore: 'active-before',
  endedAfter: 'ended-from',
  endedBefore: 'ended-before',
  deviceKind: 'device',
  browser: 'browser',
  system: 'system',
  country: 'country',
  network: 'network',
  transport: 'transport',
  user: 'user',
} as const satisfies Partial<Record<keyof SessionFilter, string>>
type TextField = keyof typeof TEXTS

const SORTS: Record<TimeField, string> = { created: 'created', lastActive: 'active', ended: 'ended' }

/** Reads an address that anybody may have written: what it cannot mean is passed over. */
export function readSessionAddress(parameters: URLSearchParams): SessionAddress {
  const text = (field: TextField) => parameters.get(TEXTS[field])?.trim() || null
  const moment = (field: TextField) => readMoment(text(field))
  return {
    filter: {
      state: oneOf(SESSION_STATES, parameters.get('state')?.toUpperCase()),
      reasons: SESSION_END_REASONS.filter((reason) => parameters.getAll('reason').includes(reason)),
      createdAfter: moment('createdAfter'),
      createdBefore: moment('createdBefore'),
      lastActiveAfter: moment('lastActiveAfter'),
      lastActiveBefore: moment('lastActiveBefore'),
      endedAfter: moment('endedAfter'),
      endedBefore: moment('endedBefore'),
      deviceKind: oneOf(DEVICE_KINDS, text('deviceKind')),
      browser: text('browser'),
      system: text('system'),
      country: readCountry(text('country') ?? ''),
      network: text('network'),
      transport: oneOf(SESSION_TRANSPORTS, text('transport')),
      flagged: parameters.get('flagged') === 'yes',
      user: text('user'),
    },
    order: readOrder(parameters.get('sort')),
    after: parameters.get('after') || null,
  }
}

/** Writes the address, always in the same order, and only what it says. */
export function writeSessionAddress({ filter, order, after }: SessionAddress): URLSearchParams {
  const parameters = new URLSearchParams()
  if (filter.state) parameters.set('state', filter.state.toLowerCase())
  for (const reason of filter.reasons) parameters.append('reason', reason)
  for (const [field, name] of Object.entries(TEXTS)) {
    const value = filter[field as TextField]
    if (value !== null) parameters.set(name, value)
  }
  if (filter.flagged) parameters.set('flagged', 'yes')
  const sort = `${SORTS[order.by]}${order.descending ? '' : '-up'}`
  if (sort !== SORTS[NEWEST_FIRST.by]) parameters.set('sort', sort)
  if (after !== null) parameters.set('after', after)
  return parameters
}

/** The link to the sessions that fit. */
export function sessionsLink(filter: Partial<SessionFilter>): string {
  const parameters = writeSessionAddress({
    filter: { ...NO_FILTER, ...filter },
    order: NEWEST_FIRST,
    after: null,
  })
  return `/sessions${parameters.size > 0 ? `?${parameters}` : ''}`
}

/** The parts of the filter that say something, but for the state. */
export function partsOf(filter: SessionFilter): readonly Exclude<keyof SessionFilter, 'state'>[] {
  const { state: _, ...rest } = filter
  return (Object.keys(rest) as (keyof typeof rest)[]).filter((part) => {
    const value = rest[part]
    return Array.isArray(value) ? value.length > 0 : value !== null && value !== false
  })
}

/** Whether only sessions that have ended can fit. */
export function fitsOnlyEnded({ state, reasons, endedAfter, endedBefore }: SessionFilter): boolean {
  return state === 'ENDED' || reasons.length > 0 || endedAfter !== null || endedBefore !== null
}

/** The country as sessions have it; null if the text can be none. */
export function readCountry(text: string): string | null {
  return /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : null
}

function readOrder(text: string | null): SessionOrder {
  const [name, direction] = [text?.replace(/-up$/, ''), text?.endsWith('-up')]
  const by = TIMES.find((field) => SORTS[field] === name)
  return by ? { by, descending: !direction } : NEWEST_FIRST
}

/** @returns null if it is no moment with a zone: one without would mean another to somebody elsewhere */
function readMoment(text: string | null): string | null {
  if (text === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text))
    return null
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}

function oneOf<T extends string>(values: readonly T[], value: string | null | undefined): T | null {
  return values.find((each) => each === value) ?? null
}
