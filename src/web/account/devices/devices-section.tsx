import { Alert, Button, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconMoonStars } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { useAnnounce } from '../../shared/announcements.tsx'
import { useNow } from '../../shared/use-now.ts'
import { GraveButton } from '../forms/grave-button.tsx'
import type { SessionShownFragment } from '../generated/operations.ts'
import { revokeOtherSessions, revokeSession } from '../server/sensitive.ts'
import type { Viewer } from '../server/session.ts'
import { useLiveSessions } from '../server/use-live-sessions.ts'
import type { Liveness } from '../server/use-liveness.ts'
import { Failing } from '../states/failing.tsx'
import { LivenessNote } from '../states/liveness-note.tsx'
import { Quiet } from '../states/quiet.tsx'
import { ListSkeleton } from '../states/skeletons.tsx'
import { texts } from '../texts.ts'
import { VerifyDialog } from '../verification/verify-dialog.tsx'
import { writing } from '../writing.ts'
import styles from './devices-section.module.css'
import { EverywhereDialog } from './everywhere-dialog.tsx'
import { whereabouts } from './place.ts'
import { SessionCard } from './session-card.tsx'

type Question = { ask: 'end'; session: SessionShownFragment } | { ask: 'others' } | { ask: 'everywhere' }

/** Where the viewer is signed in, live. */
export function DevicesSection({ viewer, liveness }: { viewer: Viewer; liveness: Liveness }) {
  const now = useNow()
  const announce = useAnnounce()
  const sessions = useLiveSessions(viewer)
  const [question, setQuestion] = useState<Question | null>(null)
  const othersHeading = useRef<HTMLHeadingElement>(null)
  const close = () => setQuestion(null)
  const outcome = useRef<string | null>(null)
  // while the question is open, the page behind it can neither be read out nor take the focus
  useEffect(() => {
    if (question !== null || outcome.current === null) return
    announce(outcome.current)
    outcome.current = null
    // what was ended took its button with it
    othersHeading.current?.focus()
  }, [question, announce])
  const { current, others } = sessions
  const unusual = [...(current ? [current] : []), ...others].filter(
    ({ anomalies }) => anomalies.length > 0,
  ).length
  return (
    <>
      <div className={styles['head']}>
        <div>
          <Title order={1} size="h2">
            {texts.devices.title}
          </Title>
          <Text c="dimmed" mt={4}>
            {texts.devices.lead}
          </Text>
          <LivenessNote liveness={liveness} />
        </div>
        <GraveButton onClick={() => setQuestion({ ask: 'everywhere' })}>
          {texts.devices.endEverywhere}
        </GraveButton>
      </div>
      {unusual > 0 && (
        <Alert color="orange" variant="light" mb="md" role="alert" icon={<IconAlertTriangle aria-hidden />}>
          {texts.anomalyBanner(unusual)}
        </Alert>
      )}
      {sessions.state === 'failing' && <Failing failure={sessions.failure} onRetry={sessions.retry} />}
      {sessions.state === 'loading' && <ListSkeleton />}
      {sessions.state === 'loaded' && (
        <>
          {current && (
            <ul className={styles['list']} aria-label={texts.devices.thisDevice}>
              <SessionCard session={current} now={now} onEnd={null} />
            </ul>
          )}
          <div className={styles['between']}>
            <Title order={2} size="h4" ref={othersHeading} tabIndex={-1} className={styles['heading']}>
              {others.length === 0
                ? texts.devices.others
                : sessions.hasMore
                  ? texts.devices.othersAtLeast(others.length)
                  : texts.devices.othersCount(others.length)}
            </Title>
            {others.length > 0 && (
              <Button variant="default" size="xs" onClick={() => setQuestion({ ask: 'others' })}>
                {texts.devices.endOthers}
              </Button>
            )}
          </div>
          {others.length === 0 ? (
            <Quiet
              icon={<IconMoonStars size={36} stroke={1.4} aria-hidden />}
              title={texts.devices.nobodyElse}
              detail={texts.devices.nobodyElseDetail}
            />
          ) : (
            <ul className={styles['list']} aria-label={texts.devices.others}>
              {others.map((session) => (
                <SessionCard
                  key={session.id}
                  session={session}
                  now={now}
                  isNew={sessions.isNew(session)}
                  onEnd={() => setQuestion({ ask: 'end', session })}
                />
              ))}
            </ul>
          )}
          {sessions.hasMore && (
            <div className={styles['more']}>
              <Button variant="default" loading={sessions.isLoadingMore} onClick={sessions.loadMore}>
                {texts.devices.more}
              </Button>
            </div>
          )}
        </>
      )}
      {question?.ask === 'end' && (
        <VerifyDialog
          action="REVOKE_SESSION"
          label={question.session.device.label}
          email={viewer.email}
          onClose={close}
          perform={async (password) => {
            const { device, id } = question.session
            const result = await revokeSession(id, password)
            if ('failure' in result) return result.failure
            outcome.current = result.wasLive
              ? texts.done.ended(device.label)
              : texts.done.endedAlready(device.label)
            await sessions.refresh()
            return null
          }}
        >
          <Text>
            {whereabouts(question.session)}
            <br />
            {texts.devices.signedIn(writing.relative(question.session.createdAt, now))}
          </Text>
        </VerifyDialog>
      )}
      {question?.ask === 'others' && (
        <VerifyDialog
          action="REVOKE_OTHER_SESSIONS"
          email={viewer.email}
          onClose={close}
          perform={async (password) => {
            const result = await revokeOtherSessions(password)
            if ('failure' in result) return result.failure
            outcome.current = result.count > 0 ? texts.done.endedOthers(result.count) : texts.done.endedNone
            await sessions.refresh()
            return null
          }}
        >
          <Text>{texts.verify.othersLead}</Text>
        </VerifyDialog>
      )}
      {question?.ask === 'everywhere' && <EverywhereDialog onClose={close} />}
    </>
  )
}
