import { Anchor } from '@mantine/core'
import { IconFlag, IconLogin2, IconLogout2, IconMapPin, IconRefresh } from '@tabler/icons-react'
import { memo } from 'react'
import { Link } from 'react-router'
import { useParts } from '../parts.ts'
import { texts } from '../texts.ts'
import { placeText, whose } from '../writing.ts'
import { changesIn, type EventKind, isFlagged, kindOf, noticedIn } from './event-kind.ts'
import type { FeedEvent } from './feed.ts'
import styles from './live.module.css'

const ICONS: Readonly<Record<EventKind, typeof IconFlag>> = {
  STARTED: IconLogin2,
  ENDED: IconLogout2,
  CONTINUED: IconRefresh,
  FLAGGED: IconFlag,
  CHANGED: IconMapPin,
}

// drawn once: an event does not change, and hundreds of others come
export const EventRow = memo(function EventRow({ event }: { event: FeedEvent }) {
  const { writing } = useParts()
  const { session } = event
  const kind = kindOf(event)
  const Icon = ICONS[kind]
  const why = whyOf(event, kind)
  const place = session && [placeText(writing, session.location), session.network].filter(Boolean).join(' · ')
  return (
    <li className={styles['event']} data-kind={kind}>
      <time dateTime={event.occurredAt} title={writing.exact(event.occurredAt)} className={styles['time']}>
        {writing.clock(event.occurredAt)}
      </time>
      <Icon size={18} stroke={1.7} aria-hidden className={styles['icon'] ?? ''} />
      <div className={styles['what']}>
        <span>
          <strong>{texts.live.whats[kind]}</strong>
          {session && (
            <>
              {' '}
              <Anchor inherit component={Link} to={`/users/${encodeURIComponent(session.user.id)}`}>
                {whose(session.user)}
              </Anchor>
            </>
          )}
          {kind !== 'FLAGGED' && isFlagged(event) && (
            <span className={styles['flag']}>
              <IconFlag size={14} aria-hidden /> {texts.sessions.flagged}
            </span>
          )}
        </span>
        {why && <span className={styles['why']}>{why}</span>}
        <span className={styles['where']}>
          <Anchor
            inherit
            component={Link}
            to={`/sessions/${encodeURIComponent(event.sessionId)}`}
            {...(session
              ? { 'aria-label': texts.sessions.open(whose(session.user), session.device.label) }
              : {})}
          >
            {session ? session.device.label : texts.live.session}
          </Anchor>
          {place && ` · ${place}`}
        </span>
      </div>
    </li>
  )
})

/** Why it happened, or what exactly; null if there is no more to say. */
function whyOf(event: FeedEvent, kind: EventKind): string | null {
  if (kind === 'CONTINUED') return 'reason' in event ? texts.live.endedByRenewal : texts.live.begunByRenewal
  if ('reason' in event)
    return texts.live.endedBy(texts.sessions.reasonNames[event.reason], texts.live.by[event.actor.kind])
  const noticed = noticedIn(event)
  if (noticed !== null) return texts.session.anomalyNames[noticed] ?? noticed
  const changes = changesIn(event).map((change) => texts.live.changeNames[change] ?? change)
  return changes.length > 0 ? texts.units.list(changes) : null
}
