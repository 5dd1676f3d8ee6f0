import { Alert, Badge, Button, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconChevronDown } from '@tabler/icons-react'
import { useId, useState } from 'react'
import type { SessionShownFragment } from '../generated/operations.ts'
import { texts } from '../texts.ts'
import { writing } from '../writing.ts'
import { DeviceIcon } from './device-icon.tsx'
import { Moment } from './moment.tsx'
import { whereabouts } from './place.ts'
import styles from './session-card.module.css'
import { SessionFacts } from './session-facts.tsx'

const MINUTE = 60_000 // ms
const HOUR = 60 * MINUTE

/**
 * One live session.
 * @param props.isNew whether it was started while the page was looked at
 * @param props.onEnd asks whether to end it; null for the one of this device, which is signed out at the top of the page
 */
export function SessionCard({
  session,
  now,
  isNew = false,
  onEnd,
}: {
  session: SessionShownFragment
  now: number
  isNew?: boolean
  onEnd: (() => void) | null
}) {
  const [open, setOpen] = useState(false)
  const facts = useId()
  const { device, isCurrent, anomalies } = session
  // written once an hour at most, so it was active then, and perhaps since
  const idle = now - Date.parse(session.lastActiveAt)
  const lately = idle < HOUR
  return (
    <li className={styles['card']} data-current={isCurrent || undefined} data-new={isNew || undefined}>
      <div className={styles['row']}>
        <DeviceIcon kind={device.kind} strong={isCurrent} />
        <div className={styles['what']}>
          <div className={styles['name']}>
            <Title order={onEnd ? 3 : 2} size="h5">
              <bdi>{device.label}</bdi>
            </Title>
            {isCurrent && <Badge variant="filled">{texts.devices.thisDevice}</Badge>}
            {isNew && (
              <Badge variant="light" color="teal" className={styles['fresh']}>
                {texts.devices.newDevice}
              </Badge>
            )}
          </div>
          <Text size="sm" c="dimmed">
            {whereabouts(session)}
          </Text>
          <Text size="sm" c="dimmed" className={styles['times']}>
            <span className={styles['active']} data-lately={lately || undefined}>
              <Moment at={session.lastActiveAt}>
                {isCurrent
                  ? texts.devices.activeNow
                  : idle < MINUTE
                    ? texts.devices.activeJustNow
                    : lately
                      ? texts.devices.activeLately
                      : texts.devices.lastActive(writing.relative(session.lastActiveAt, now))}
              </Moment>
            </span>
            <Moment at={session.createdAt}>
              {texts.devices.signedIn(writing.relative(session.createdAt, now))}
            </Moment>
          </Text>
        </div>
        <div className={styles['actions']}>
          <Button
            variant="subtle"
            color="gray"
            size="xs"
            className={styles['details']}
            rightSection={<IconChevronDown size={14} aria-hidden className={styles['chevron']} />}
            aria-expanded={open}
            aria-controls={facts}
            aria-label={texts.devices.detailsOf(device.label)}
            onClick={() => setOpen(!open)}
          >
            {texts.devices.details}
          </Button>
          {onEnd && (
            <Button
              variant="default"
              size="xs"
              aria-label={texts.devices.endOf(device.label, whereabouts(session))}
              onClick={onEnd}
            >
              {texts.devices.end}
            </Button>
          )}
        </div>
      </div>
      {anomalies.length > 0 && (
        <Alert
          color="orange"
          variant="light"
          mt="sm"
          icon={<IconAlertTriangle aria-hidden />}
          title={texts.devices.anomalies}
        >
          {anomalies.map(({ kind, occurredAt }) => (
            <Text size="sm" key={`${kind} ${occurredAt}`}>
              <Moment at={occurredAt}>
                {texts.anomalyAt(
                  texts.anomalies[kind] ?? texts.anomalies.other,
                  writing.relative(occurredAt, now),
                )}
              </Moment>
            </Text>
          ))}
        </Alert>
      )}
      <div id={facts} hidden={!open}>
        {open && <SessionFacts session={session} />}
      </div>
    </li>
  )
}
