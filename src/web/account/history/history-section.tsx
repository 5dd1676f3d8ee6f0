import { Button, Text, Title } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useNow } from '../../shared/use-now.ts'
import type { SessionShownFragment } from '../generated/operations.ts'
import type { Viewer } from '../server/session.ts'
import { useEndedSessions } from '../server/use-ended-sessions.ts'
import type { Liveness } from '../server/use-liveness.ts'
import { Failing } from '../states/failing.tsx'
import { LivenessNote } from '../states/liveness-note.tsx'
import { Quiet } from '../states/quiet.tsx'
import { ListSkeleton } from '../states/skeletons.tsx'
import { texts } from '../texts.ts'
import { writing } from '../writing.ts'
import { EndedSession } from './ended-session.tsx'
import styles from './history-section.module.css'

/** Sessions that are over, day by day, the newest sign-in first. */
export function HistorySection({ viewer, liveness }: { viewer: Viewer; liveness: Liveness }) {
  const now = useNow()
  const history = useEndedSessions(viewer)
  return (
    <>
      <Title order={1} size="h2">
        {texts.history.title}
      </Title>
      <Text c="dimmed" mt={4}>
        {texts.history.lead}
      </Text>
      <LivenessNote liveness={liveness} />
      {history.state === 'failing' && <Failing failure={history.failure} onRetry={history.retry} />}
      {history.state === 'loading' && <ListSkeleton rows={6} />}
      {history.state === 'loaded' && history.sessions.length === 0 && (
        <Quiet
          icon={<IconHistory size={36} stroke={1.4} aria-hidden />}
          title={texts.history.empty}
          detail={texts.history.emptyDetail}
        />
      )}
      {byDay(history.sessions, now).map(({ day, sessions }) => (
        <section key={day} aria-label={day}>
          <Title order={2} size="h5" className={styles['day']}>
            {day}
          </Title>
          <ol className={styles['list']}>
            {sessions.map((session) => (
              <EndedSession key={session.id} session={session} now={now} />
            ))}
          </ol>
        </section>
      ))}
      {history.hasMore ? (
        <div className={styles['more']}>
          <Button variant="default" loading={history.isLoadingMore} onClick={history.loadMore}>
            {texts.history.more}
          </Button>
        </div>
      ) : (
        history.sessions.length > 0 && (
          <Text size="sm" c="dimmed" ta="center" mt="xl">
            {texts.history.end}
          </Text>
        )
      )}
    </>
  )
}

/** In the order that they came in, which is by sign-in. */
function byDay(sessions: readonly SessionShownFragment[], now: number) {
  const days: { day: string; sessions: SessionShownFragment[] }[] = []
  for (const session of sessions) {
    const day = writing.day(session.createdAt, now)
    const last = days.at(-1)
    if (last?.day === day) last.sessions.push(session)
    else days.push({ day, sessions: [session] })
  }
  return days
}
