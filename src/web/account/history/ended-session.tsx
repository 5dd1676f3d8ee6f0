import { Text } from '@mantine/core'
import {
  IconAlertTriangle,
  IconClockOff,
  IconLogout,
  IconRefresh,
  IconShieldX,
  IconUserShield,
} from '@tabler/icons-react'
import { DeviceIcon } from '../devices/device-icon.tsx'
import { Moment } from '../devices/moment.tsx'
import { whereabouts } from '../devices/place.ts'
import type { SessionEndReason, SessionShownFragment } from '../generated/operations.ts'
import { texts } from '../texts.ts'
import { writing } from '../writing.ts'
import styles from './ended-session.module.css'

/** What ended it, at a glance: the person, a limit, somebody else, or something odd. */
const ICONS = {
  SIGNED_OUT: IconLogout,
  SIGNED_OUT_EVERYWHERE: IconLogout,
  REVOKED_BY_USER: IconLogout,
  REVOKED_BY_ADMINISTRATOR: IconUserShield,
  REPLACED: IconRefresh,
  PASSWORD_UPDATED: IconShieldX,
  ACCOUNT_DISABLED: IconUserShield,
  ACCOUNT_DELETED: IconUserShield,
  IDLE_TIMEOUT: IconClockOff,
  ABSOLUTE_TIMEOUT: IconClockOff,
  SESSION_LIMIT: IconClockOff,
  REFRESH_TOKEN_REUSED: IconAlertTriangle,
  ANOMALY: IconAlertTriangle,
} satisfies Record<SessionEndReason, unknown>

const ODD: readonly SessionEndReason[] = ['REFRESH_TOKEN_REUSED', 'ANOMALY']

/** One session that is over. */
export function EndedSession({ session, now }: { session: SessionShownFragment; now: number }) {
  const { device, endReason, endedAt, createdAt, anomalies } = session
  if (endReason === null || endedAt === null) return null
  const Icon = ICONS[endReason]
  return (
    <li className={styles['row']} data-replaced={endReason === 'REPLACED' || undefined}>
      <DeviceIcon kind={device.kind} />
      <div className={styles['what']}>
        <Text fw={600}>
          <bdi>{device.label}</bdi>
        </Text>
        <Text size="sm" c="dimmed">
          {whereabouts(session)}
        </Text>
        {anomalies.map(({ kind, occurredAt }) => (
          <Text size="sm" key={`${kind} ${occurredAt}`} className={styles['anomaly']}>
            <Moment at={occurredAt}>
              {texts.anomalyAt(
                texts.anomalies[kind] ?? texts.anomalies.other,
                writing.relative(occurredAt, now),
              )}
            </Moment>
          </Text>
        ))}
      </div>
      <div className={styles['end']}>
        <Text size="sm" fw={550} className={styles['reason']} data-odd={ODD.includes(endReason) || undefined}>
          <Icon size={16} aria-hidden />
          {texts.endReasons[endReason]}
        </Text>
        <Text size="sm" c="dimmed" className={styles['times']}>
          <Moment at={createdAt}>{texts.history.began(writing.time(createdAt))}</Moment>
          <Moment at={endedAt}>{texts.history.ended(writing.relative(endedAt, now))}</Moment>
        </Text>
      </div>
    </li>
  )
}
