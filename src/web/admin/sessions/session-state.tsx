import { IconFlag } from '@tabler/icons-react'
import type { SessionRowFragment } from '../generated/operations.ts'
import styles from '../lists/lists.module.css'
import { Tag } from '../lists/tag.tsx'
import { texts } from '../texts.ts'

/** Whether a session goes on, how it ended, and whether something was noticed. */
export function SessionState({
  session,
}: {
  session: Pick<SessionRowFragment, 'state' | 'endReason' | 'anomalies' | 'isCurrent'>
}) {
  return (
    <span className={styles['tags']}>
      {session.isCurrent && <Tag tone="own">{texts.sessions.current}</Tag>}
      {session.state === 'ACTIVE' ? (
        <Tag tone="good">{texts.sessions.active}</Tag>
      ) : (
        <Tag>{session.endReason ? texts.sessions.reasonNames[session.endReason] : texts.sessions.ended}</Tag>
      )}
      {session.anomalies.length > 0 && (
        <Tag tone="notable">
          <IconFlag size={12} aria-hidden />
          {texts.sessions.flagged}
        </Tag>
      )}
    </span>
  )
}
