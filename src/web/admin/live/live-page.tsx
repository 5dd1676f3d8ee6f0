import { Alert, Button, Chip, Group, Text } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import { useSearchParams } from 'react-router'
import { PageTitle } from '../frame/page-title.tsx'
import { Nothing } from '../lists/nothing.tsx'
import { useIsAttended, useParts } from '../parts.ts'
import { texts } from '../texts.ts'
import { EVENT_KINDS, isOfKinds, readKinds, writeKinds } from './event-kind.ts'
import { EventRow } from './event-row.tsx'
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
      <Obstacle status={state.status} hasMissed={state.hasMissed} isAway={state.isAway} />
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
        ) : state.status === 'live' || state.status === 'paused' ? (
          <Nothing title={texts.live.empty} detail={texts.live.emptyDetail} />
        ) : (
          // nobody listens, so nobody knows
          <Nothing title={texts.live.unknown} />
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

function Obstacle({
  status,
  hasMissed,
  isAway,
}: {
  status: FeedStatus
  hasMissed: boolean
  isAway: boolean
}) {
  const { feed, verification } = useParts()
  const confirm = async () => {
    if (await verification.ask()) feed.again()
  }
  const { stops } = texts.live
  return (
    <div role="alert">
      {hasMissed && (
        <Alert variant="light" color="orange" mb="sm">
          {texts.live.missed}
        </Alert>
      )}
      {status === 'connecting' && isAway && (
        <Stopped title={texts.failures.network} detail={stops.away}>
          <Button size="sm" variant="default" onClick={() => feed.again()}>
            {texts.live.again}
          </Button>
        </Stopped>
      )}
      {status === 'unverified' && (
        <Stopped title={texts.failures.cancelledTitle} detail={stops.unverified}>
          <Button size="sm" onClick={() => void confirm()}>
            {texts.failures.confirm}
          </Button>
        </Stopped>
      )}
      {status === 'forbidden' && (
        <Stopped title={stops.forbiddenTitle} detail={stops.forbidden}>
          <Button size="sm" variant="default" onClick={() => location.reload()}>
            {texts.frame.reload}
          </Button>
        </Stopped>
      )}
      {(status === 'crowded' || status === 'refused') && (
        <Stopped title={texts.live.stopped} detail={stops[status]}>
          <Button size="sm" variant="default" onClick={() => feed.again()}>
            {texts.live.again}
          </Button>
        </Stopped>
      )}
    </div>
  )
}

/** Why nothing comes any more, and what can be done about it. */
function Stopped({ title, detail, children }: { title: string; detail: string; children: ReactNode }) {
  return (
    <Alert variant="light" color="orange" mb="sm" title={title}>
      <Text size="sm" mb="sm">
        {detail}
      </Text>
      {children}
    </Alert>
  )
}
