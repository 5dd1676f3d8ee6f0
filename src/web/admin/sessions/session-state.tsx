import { Badge } from '@mantine/core'
import { IconFlag } from '@tabler/icons-react'
import type { SessionRowFragment } from '../generated/operations.ts'
import styles from '../lists/lists.module.css'
import { texts } from '../texts.ts'

/** Whether a session goes on, how it ended, and whether something was noticed. */
export function SessionState({
  session,
}: {
  session: Pick<SessionRowFragment, 'state' | 'endReason' | 'anomalies' | 'isCurrent'>
}) {
  return (
    <span className={styles['tags']}>
      {session.isCurrent && (
        <Badge variant="filled" tt="none">
          {texts.sessions.current}
        </Badge>
      )}
      {session.state === 'ACTIVE' ? (
        <Badge variant="light" color="teal.9" className={styles['active'] ?? ''} tt="none">
          {texts.sessions.active}
        </Badge>
      ) : (
        <Badge variant="default" tt="none" fw={500}>
          {session.endReason ? texts.sessions.reasonNames[session.endReason] : texts.sessions.ended}
        </Badge>
      )}
      {session.anomalies.length > 0 && (
        <Badge
          variant="light"
          color="orange"
          className={styles['flagged'] ?? ''}
          tt="none"
          leftSection={<IconFlag size={12} aria-hidden />}
        >
          {texts.sessions.flagged}
        </Badge>
      )}
    </span>
  )
}
