import { sessions } from '../database/tables.ts'
import { DEVICE_KINDS, type DeviceKind } from '../devices/device.ts'
import type { Location } from '../devices/place.ts'
import { ANOMALY_KINDS } from '../protocol/sessions.ts'
import type { Rotation } from '../tokens/rotation.ts'
import { endedAt, endReason } from './eras.ts'
import type { SeenPlace, Session } from './session.ts'

/** The columns that make a {@link Session}: all but the hash of its secret. */
export const sessionColumns = {
  id: sessions.id,
  userId: sessions.userId,
  transport: sessions.transport,
  factors: sessions.factors,
  remembered: sessions.remembered,
  createdAt: sessions.createdAt,
  lastActiveAt: sessions.lastActiveAt,
  verifiedAt: sessions.verifiedAt,
  expiresAt: sessions.expiresAt,
  endedAt,
  endReason,
  replacesId: sessions.replacesId,
  lineageId: sessions.lineageId,
  deviceLabel: sessions.deviceLabel,
  deviceKind: sessions.deviceKind,
  deviceBrowser: sessions.deviceBrowser,
  deviceSystem: sessions.deviceSystem,
  network: sessions.network,
  countryCode: sessions.countryCode,
  city: sessions.city,
  places: sessions.places,
  anomalies: sessions.anomalies,
  era: sessions.era,
}

/** The columns that make a {@link Rotation}; all null for a session whose transport is COOKIE. */
export const rotationColumns = {
  refreshSalt: sessions.refreshSalt,
  refreshCurrent: sessions.refreshCurrent,
  refreshRetry: sessions.refreshRetry,
  refreshSeen: sessions.refreshSeen,
  refreshRotatedAt: sessions.refreshRotatedAt,
  refreshAgent: sessions.refreshAgent,
  refreshCountry: sessions.refreshCountry,
  refreshDisplaced: sessions.refreshDisplaced,
}

type RotationRow = Pick<typeof sessions.$inferSelect, keyof typeof rotationColumns>

/** How far a session's refresh tokens have come, and their salt; null if it has none. */
export function toRotation(row: RotationRow): { rotation: Rotation; salt: Uint8Array } | null {
  const { refreshSalt: salt, refreshCurrent: current, refreshRetry: retry, refreshSeen: seen } = row
  const { refreshRotatedAt: rotatedAt, refreshAgent: agent } = row
  const { refreshCountry: country, refreshDisplaced: displaced } = row
  if (salt === null || current === null || retry === null || seen === null || rotatedAt === null) return null
  return { rotation: { current, retry, seen, rotatedAt, agent, country, displaced }, salt }
}

/** What is written for a {@link Rotation}. */
export function fromRotation({ current, retry, seen, rotatedAt, agent, country, displaced }: Rotation) {
  return {
    refreshCurrent: current,
    refreshRetry: retry,
    refreshSeen: seen,
    refreshRotatedAt: rotatedAt,
    refreshAgent: agent,
    refreshCountry: country,
    refreshDisplaced: [...displaced],
  }
}

type PlaceEntry = SessionRow['places'][number]

export type SessionRow = Pick<typeof sessions.$inferSelect, keyof typeof sessionColumns>

/** A session as the rooms know it. */
export function toSession(row: SessionRow): Session {
  const { deviceLabel, deviceKind, deviceBrowser, deviceSystem, ...undescribed } = row
  const { countryCode, city, places, anomalies, ...rest } = undescribed
  return {
    ...rest,
    device: {
      label: deviceLabel,
      kind: toDeviceKind(deviceKind),
      browser: deviceBrowser,
      system: deviceSystem,
    },
    location: toLocation(countryCode, city),
    places: places.map(toSeenPlace),
    // a newer node may have written what this one has no word for: whoever looks at a list is shown the rest of it
    anomalies: anomalies
      .filter(({ kind }) => ANOMALY_KINDS.includes(kind))
      .map(({ occurredAt, ...anomaly }) => ({ ...anomaly, occurredAt: new Date(occurredAt) })),
  }
}

function toLocation(countryCode: string | null, city: string | null): Location | null {
  return countryCode === null ? null : { countryCode, city }
}

function toSeenPlace({ network, countryCode, city, firstSeenAt, lastSeenAt }: PlaceEntry): SeenPlace {
  return {
    network,
    location: toLocation(countryCode, city),
    firstSeenAt: new Date(firstSeenAt),
    lastSeenAt: new Date(lastSeenAt),
  }
}

function toDeviceKind(text: string): DeviceKind {
  return DEVICE_KINDS.find((kind) => kind === text) ?? 'OTHER'
}
