import { Alert, Anchor, Button, Chip, Group, Text } from '@mantine/core'
import {
  IconArrowForwardUp,
  IconFlag,
  IconLogin2,
  IconLogout2,
  IconPlayerPause,
  IconPlayerPlay,
} from '@tabler/icons-react'
import { memo, useEffect, useState, useSyncExternalStore } from 'react'
import { Link, useSearchParams } from 'react-router'
import { PageTitle } from '../frame/page-title.tsx'
import { Nothing } from '../lists/nothing.tsx'
import { useIsAttended, useParts } from '../parts.ts'
import { texts } from '../texts.ts'
import { placeText, whose } from '../writing.ts'
import { EVENT_KINDS, isFlagged, isOfKinds, kindOf, readKinds, writeKinds } from './event-kind.ts'
import { type FeedEvent, type FeedStatus, MOST_EVENTS } from './feed.ts'
import styles from './live.module.css'

/** What happens to anybody's session, as it happens. */
export function LivePage() {
  const { feed } = useParts()
  const state = useSyncExternalStore(feed.subscribe, () => feed.state)
  const [parameters, setParameters] = useSearchParams()
  const [held, setHeld] = useState<readonly FeedEvent[] | null>(null)
  useEffect(() => feed.want(), [feed])
  const kinds = readKinds(parameters)
  const known = held ?? state.events
  const shown = known.filter((event) => isOfKinds(event, kinds))
  const newest = held?.[0]?.id
  const waiting = held === null ? [] : state.events.slice(0, indexOf(state.events, newest))
  return (
    <>
      <PageTitle aside={<Status status={state.status} isHeld={held !== null} />}>
        {texts.live.title}
      </PageTitle>
      <Text c="dimmed" mb="md">
        {texts.live.lead}
      </Text>
      <div className={styles['bar']}>
        <Chip.Group
          multiple
          value={[...kinds]}
          onChange={(values) =>
            setParameters(writeKinds(EVENT_KINDS.filter((kind) => values.includes(kind))), { replace: true })
          }
        >
          <fieldset aria-label={texts.live.show} className={styles['kinds']}>
            {EVENT_KINDS.map((kind) => (
              <Chip key={kind} value={kind} size="sm" variant="light">
                {texts.live.kinds[kind]}
              </Chip>
            ))}
          </fieldset>
        </Chip.Group>
        <Group gap="xs">
          <Button
            variant="default"
            size="sm"
            leftSection={
              held ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />
            }
            onClick={() => setHeld(held ? null : state.events)}
          >
            {held ? texts.live.resume : texts.live.pause}
          </Button>
          <Button
            variant="subtle"
            color="gray"
            size="sm"
            disabled={known.length === 0}
            onClick={() => {
              feed.clear()
              setHeld(null)
            }}
          >
            {texts.live.clear}
          </Button>
        </Group>
      </div>
      <Obstacle status={state.status} hasMissed={state.hasMissed} />
      <div role="status">
        {waiting.length > 0 && (
          <Button variant="light" fullWidth mb="sm" onClick={() => setHeld(null)}>
            {texts.live.waiting(waiting.length)}
          </Button>
        )}
      </div>
      <div className={styles['panel']}>
        {shown.length > 0 ? (
          <ol className={styles['feed']} aria-label={texts.live.feed}>
            {shown.map((event) => (
              <EventRow key={event.id} event={event} />
            ))}
          </ol>
        ) : known.length > 0 ? (
          <Nothing title={texts.live.nothingFits} />
        ) : (
          <Nothing title={texts.live.empty} detail={texts.live.emptyDetail} />
        )}
      </div>
      {state.isFull && (
        <Text size="sm" c="dimmed" mt="sm">
          {texts.live.bounded(MOST_EVENTS)}
        </Text>
      )}
    </>
  )
}

/** How many are newer than the newest one that was there; all, if it is not kept any more. */
function indexOf(events: readonly FeedEvent[], id: string | undefined): number {
  const index = events.findIndex((event) => event.id === id)
  return index < 0 ? events.length : index
}

function Status({ status, isHeld }: { status: FeedStatus; isHeld: boolean }) {
  const isAttended = useIsAttended()
  const name = isHeld
    ? texts.live.statuses.paused
    : status === 'paused'
      ? isAttended
        ? texts.live.statuses.connecting
        : texts.live.statuses.away
      : status === 'live' || status === 'connecting'
        ? texts.live.statuses[status]
        : texts.live.statuses.refused
  return (
    <span className={styles['status']} role="status" data-status={isHeld ? 'paused' : status}>
      {name}
    </span>
  )
}

function Obstacle({ status, hasMissed }: { status: FeedStatus; hasMissed: boolean }) {
  const { feed, verification } = useParts()
  const confirm = async () => {
    if (await verification.ask()) feed.again()
  }
  return (
    <div role="alert">
      {hasMissed && (
        <Alert variant="light" color="orange" mb="sm">
          {texts.live.missed}
        </Alert>
      )}
      {status === 'unverified' && (
        <Alert variant="light" color="orange" mb="sm" title={texts.failures.cancelledTitle}>
          <Text size="sm" mb="sm">
            {texts.failures.cancelled}
          </Text>
          <Button size="sm" onClick={() => void confirm()}>
            {texts.failures.confirm}
          </Button>
        </Alert>
      )}
      {status === 'refused' && (
        <Alert variant="light" color="red" mb="sm" title={texts.live.stopped}>
          <Button size="sm" variant="default" onClick={() => feed.again()}>
            {texts.live.again}
          </Button>
        </Alert>
      )}
    </div>
  )
}

const ICONS = { STARTED: IconLogin2, ENDED: IconLogout2, CONTINUED: IconArrowForwardUp }

// drawn once: an event does not change, and hundreds of others come
const EventRow = memo(function EventRow({ event }: { event: FeedEvent }) {
  const { writing } = useParts()
  const { session } = event
  const kind = kindOf(event)
  const Icon = ICONS[kind]
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
          {isFlagged(event) && (
            <span className={styles['flag']}>
              <IconFlag size={14} aria-hidden /> {texts.sessions.flagged}
            </span>
          )}
        </span>
        {event.__typename === 'SessionRevoked' && (
          <span className={styles['why']}>
            {texts.sessions.reasonNames[event.reason]}, {texts.live.by[event.actor.kind]}
          </span>
        )}
        {session && (
          <span className={styles['where']}>
            <Anchor
              inherit
              component={Link}
              to={`/sessions/${encodeURIComponent(event.sessionId)}`}
              aria-label={texts.sessions.open(whose(session.user), session.device.label)}
            >
              {session.device.label}
            </Anchor>
            {place && ` · ${place}`}
          </span>
        )}
      </div>
    </li>
  )
})
