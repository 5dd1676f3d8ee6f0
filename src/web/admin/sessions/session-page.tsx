import { Anchor, Button, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link, useParams } from 'react-router'
import { useAnnounce } from '../../shared/announcements.tsx'
import { PageTitle } from '../frame/page-title.tsx'
import { RevokeSessionsDocument, SessionDocument, type SessionQuery } from '../generated/operations.ts'
import { ConfirmDialog } from '../lists/confirm-dialog.tsx'
import { CopyableId } from '../lists/copyable.tsx'
import { Facts } from '../lists/facts.tsx'
import { Failing, Outdated } from '../lists/failing.tsx'
import styles from '../lists/lists.module.css'
import { LoadingPage } from '../lists/loading-page.tsx'
import { Moment } from '../lists/moment.tsx'
import { Nothing } from '../lists/nothing.tsx'
import { useParts } from '../parts.ts'
import { codeOf } from '../server/requests.ts'
import { useQueryOf } from '../server/use-query-of.ts'
import { texts } from '../texts.ts'
import { placeText, whose } from '../writing.ts'
import { DeviceIcon } from './device-icon.tsx'
import { sessionsLink } from './session-filter.ts'
import { SessionState } from './session-state.tsx'

type Session = Extract<SessionQuery['node'], { __typename: 'Session' }>

/** One session: whose it is, where it was, what was noticed, and how it ended. */
export function SessionPage() {
  const { id = '' } = useParams()
  const { feed } = useParts()
  const { data, error, refetch } = useQueryOf('session', SessionDocument, { id })
  useEffect(
    () =>
      feed.want((events) => {
        if (events.length === 0 || events.some(({ sessionId }) => sessionId === id)) void refetch()
      }),
    [feed, id, refetch],
  )
  const isUnknown = codeOf(error) === 'BAD_USER_INPUT'
  if (data?.node?.__typename === 'Session') {
    return (
      <>
        {error && <Outdated error={error} onRetry={() => void refetch()} />}
        <Shown session={data.node} />
      </>
    )
  }
  if (data || isUnknown) {
    return (
      <>
        <PageTitle>{texts.session.missing}</PageTitle>
        <Nothing title={texts.session.missing} detail={texts.session.missingDetail}>
          <Anchor inherit component={Link} to="/sessions">
            {texts.session.toList}
          </Anchor>
        </Nothing>
      </>
    )
  }
  return error ? (
    <>
      <PageTitle>{texts.session.title}</PageTitle>
      <Failing error={error} onRetry={() => void refetch()} />
    </>
  ) : (
    <LoadingPage title={texts.session.title} />
  )
}

function Shown({ session }: { session: Session }) {
  const { writing } = useParts()
  const { user, device, location, network } = session
  const unknown = texts.session.unknown
  return (
    <>
      <PageTitle aside={<End session={session} />}>{device.label}</PageTitle>
      <div className={styles['summary']}>
        <SessionState session={session} />
        <Text span>
          {texts.session.of}{' '}
          <Anchor inherit component={Link} to={`/users/${encodeURIComponent(user.id)}`}>
            {whose(user)}
          </Anchor>
        </Text>
      </div>
      <div className={styles['grid']}>
        <Facts
          title={texts.session.times}
          facts={[
            [texts.session.created, <Moment key="created" at={session.createdAt} />],
            [texts.session.lastActive, <Moment key="active" at={session.lastActiveAt} />],
            [texts.session.verified, <Moment key="verified" at={session.verifiedAt} />],
            ...(session.endedAt
              ? ([[texts.session.endedAt, <Moment key="ended" at={session.endedAt} />]] as const)
              : ([
                  [texts.session.idle, <Moment key="idle" at={session.idleExpiresAt} />],
                  [texts.session.expires, <Moment key="expires" at={session.expiresAt} />],
                ] as const)),
            ...(session.endReason ? [[texts.session.reason, howItEnded(session.endReason)] as const] : []),
          ]}
        />
        <Facts
          title={texts.session.device}
          facts={[
            [
              texts.session.kind,
              <span key="kind" className={styles['device']}>
                <DeviceIcon kind={device.kind} />
                {texts.sessions.kinds[device.kind]}
              </span>,
            ],
            [texts.session.browser, device.browser ?? unknown],
            [texts.session.system, device.system ?? unknown],
            [texts.session.place, placeText(writing, location) ?? unknown],
            [
              texts.session.network,
              network ? (
                <Anchor
                  inherit
                  key="network"
                  component={Link}
                  to={sessionsLink({ network })}
                  title={texts.session.sameNetwork}
                >
                  {network}
                </Anchor>
              ) : (
                unknown
              ),
            ],
            [
              texts.session.factors,
              texts.units.list(session.factors.map((factor) => texts.session.factorNames[factor])),
            ],
            ...(session.replaces
              ? ([
                  [
                    texts.session.replaces,
                    <Anchor
                      inherit
                      key="replaces"
                      component={Link}
                      to={`/sessions/${encodeURIComponent(session.replaces.id)}`}
                    >
                      {texts.session.replacesLink}
                    </Anchor>,
                  ],
                ] as const)
              : []),
            [texts.session.id, <CopyableId key="id" id={session.id} />],
          ]}
        />
        <Facts title={texts.session.places}>
          {session.places.length === 0 ? (
            <Text size="sm" c="dimmed">
              {texts.session.noPlaces}
            </Text>
          ) : (
            <ol className={styles['entries']}>
              {session.places.map((place) => (
                <li key={`${place.network} ${place.firstSeenAt}`}>
                  {placeText(writing, place.location) ?? texts.sessions.unknownPlace}
                  {place.network && <span className={styles['detail']}>{place.network}</span>}
                  <span className={styles['detail']}>
                    {texts.session.since} <Moment at={place.firstSeenAt} /> · {texts.session.until}{' '}
                    <Moment at={place.lastSeenAt} />
                  </span>
                </li>
              ))}
            </ol>
          )}
        </Facts>
        <Facts title={texts.session.anomalies}>
          {session.anomalies.length === 0 ? (
            <Text size="sm" c="dimmed">
              {texts.session.noAnomalies}
            </Text>
          ) : (
            <ul className={styles['entries']} data-tone="warning">
              {session.anomalies.map((anomaly) => (
                <li key={`${anomaly.kind} ${anomaly.occurredAt}`}>
                  {texts.session.anomalyNames[anomaly.kind] ?? anomaly.kind}
                  <span className={styles['detail']}>
                    <Moment at={anomaly.occurredAt} />
                    {anomaly.network && ` · ${anomaly.network}`}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Facts>
      </div>
    </>
  )
}

/** In full: beside it there is room. */
function howItEnded(reason: NonNullable<Session['endReason']>): string {
  return reason === 'REPLACED' ? texts.session.renewed : texts.sessions.reasonNames[reason]
}

function End({ session }: { session: Session }) {
  const { requests } = useParts()
  const store = useQueryClient()
  const announce = useAnnounce()
  const [isAsked, setAsked] = useState(false)
  if (session.isCurrent) {
    return (
      <Text size="sm" c="dimmed">
        {texts.session.endOwn}
      </Text>
    )
  }
  return (
    <>
      {session.state === 'ACTIVE' && (
        <Button color="red.9" onClick={() => setAsked(true)}>
          {texts.session.end}
        </Button>
      )}
      {isAsked && (
        <ConfirmDialog
          title={texts.session.endTitle}
          detail={texts.session.endDetail(whose(session.user), session.device.label)}
          submit={texts.session.end}
          reason="required"
          onClose={() => setAsked(false)}
          perform={async (reason) => {
            const result = await requests.mutate(RevokeSessionsDocument, {
              input: { filter: { sessionId: session.id }, reason, keepCurrent: true },
            })
            if (result.__typename !== 'RevokeSessionsSuccess') return result
            announce(result.revokedCount > 0 ? texts.session.endedNow : texts.session.endedAlready)
            void store.invalidateQueries()
            return null
          }}
        />
      )}
    </>
  )
}
