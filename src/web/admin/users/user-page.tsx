import { Alert, Anchor, Button, Text, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link, useParams } from 'react-router'
import { useAnnounce } from '../../shared/announcements.tsx'
import { useNow } from '../../shared/use-now.ts'
import { PageTitle } from '../frame/page-title.tsx'
import {
  DisableUserDocument,
  EnableUserDocument,
  RevokeUserSessionsDocument,
  type SessionRowFragment,
  UserDocument,
  type UserQuery,
} from '../generated/operations.ts'
import { Address } from '../lists/address.tsx'
import { ConfirmDialog } from '../lists/confirm-dialog.tsx'
import { CopyableId } from '../lists/copyable.tsx'
import { Failing, Outdated } from '../lists/failing.tsx'
import styles from '../lists/lists.module.css'
import { LoadingPage } from '../lists/loading-page.tsx'
import { Nothing } from '../lists/nothing.tsx'
import { useParts } from '../parts.ts'
import { codeOf } from '../server/requests.ts'
import { useQueryOf } from '../server/use-query-of.ts'
import { sessionsLink } from '../sessions/session-filter.ts'
import { SessionsTable } from '../sessions/sessions-table.tsx'
import { texts } from '../texts.ts'
import { whose } from '../writing.ts'
import { UserStateTag, UserTags } from './user-state.tsx'

type User = Extract<UserQuery['node'], { __typename: 'User' }>

/** One user: where they are signed in, where they were, and what can be done about it. */
export function UserPage() {
  const { id = '' } = useParams()
  const { feed } = useParts()
  const { data, error, refetch } = useQueryOf('user', UserDocument, { id })
  useEffect(
    () =>
      feed.want((events) => {
        if (events.length === 0 || events.some(({ session }) => session?.user.id === id)) void refetch()
      }),
    [feed, id, refetch],
  )
  if (data?.node?.__typename === 'User') {
    return (
      <>
        {error && <Outdated error={error} onRetry={() => void refetch()} />}
        <Shown user={data.node} />
      </>
    )
  }
  if (data || codeOf(error) === 'BAD_USER_INPUT') {
    return (
      <>
        <PageTitle>{texts.user.missing}</PageTitle>
        <Nothing title={texts.user.missing} detail={texts.user.missingDetail}>
          <Anchor component={Link} to="/users">
            {texts.user.toList}
          </Anchor>
        </Nothing>
      </>
    )
  }
  return error ? (
    <>
      <PageTitle>{texts.user.title}</PageTitle>
      <Failing error={error} onRetry={() => void refetch()} />
    </>
  ) : (
    <LoadingPage title={texts.user.title} />
  )
}

function Shown({ user }: { user: User }) {
  const { writing } = useParts()
  const now = useNow()
  const isDeleted = user.email === ''
  return (
    <>
      <PageTitle shown={<Address of={user} />} aside={isDeleted ? null : <Actions user={user} />}>
        {whose(user)}
      </PageTitle>
      <div className={styles['summary']}>
        <UserStateTag user={user} />
        <UserTags user={user} />
        <Text span size="sm" c="dimmed">
          {texts.user.since(writing.short(user.createdAt))}
        </Text>
        <CopyableId id={user.id} />
      </div>
      {isDeleted && <Text mb="md">{texts.user.deletedDetail}</Text>}
      {!isDeleted && user.disabledAt && (
        <Alert variant="light" color="orange" mb="md">
          {texts.user.disabledSince(writing.relative(user.disabledAt, now))}
        </Alert>
      )}
      <Sessions
        title={texts.user.activeSessions}
        empty={texts.user.noActive}
        sessions={user.active}
        link={sessionsLink({ user: user.id, state: 'ACTIVE' })}
      />
      <Sessions
        title={texts.user.endedSessions}
        empty={texts.user.noEnded}
        sessions={user.ended}
        link={sessionsLink({ user: user.id, state: 'ENDED' })}
      />
    </>
  )
}

function Sessions({
  title,
  empty,
  sessions,
  link,
}: {
  title: string
  empty: string
  sessions: { readonly edges: readonly { readonly node: SessionRowFragment }[] }
  link: string
}) {
  return (
    <section className={styles['section']} aria-label={title}>
      <div className={styles['sectionHead']}>
        <Title order={2} size="h4">
          {title}
        </Title>
        {sessions.edges.length > 0 && (
          <Anchor component={Link} to={link} size="sm">
            {texts.user.all}
          </Anchor>
        )}
      </div>
      <div className={styles['panel']}>
        {sessions.edges.length === 0 ? (
          <Text p="lg" c="dimmed" size="sm">
            {empty}
          </Text>
        ) : (
          <SessionsTable
            sessions={sessions.edges.map(({ node }) => node)}
            label={title}
            order={null}
            withUser={false}
          />
        )}
      </div>
    </section>
  )
}

function Actions({ user }: { user: User }) {
  const { requests, viewer } = useParts()
  const store = useQueryClient()
  const announce = useAnnounce()
  const [asked, setAsked] = useState<'end' | 'disable' | 'enable' | null>(null)
  const isOwn = user.id === viewer.id
  const done = (message: string) => {
    announce(message)
    void store.invalidateQueries()
  }
  const close = () => setAsked(null)
  return (
    <div className={styles['actions']}>
      {user.active.edges.length > 0 && (
        <Button variant="light" color="red" onClick={() => setAsked('end')}>
          {texts.user.endAll}
        </Button>
      )}
      {user.disabledAt === null
        ? !isOwn && (
            <Button color="red.9" onClick={() => setAsked('disable')}>
              {texts.user.disable}
            </Button>
          )
        : !isOwn && <Button onClick={() => setAsked('enable')}>{texts.user.enable}</Button>}
      {asked === 'end' && (
        <ConfirmDialog
          title={texts.user.endAllTitle}
          detail={isOwn ? texts.user.endAllOwn : texts.user.endAllDetail(user.email)}
          submit={texts.user.endAll}
          reason="optional"
          onClose={close}
          perform={async (reason) => {
            const result = await requests.mutate(RevokeUserSessionsDocument, {
              input: { userId: user.id, reason: reason || null },
            })
            if (result.__typename !== 'RevokeUserSessionsSuccess') return result
            done(texts.user.endedNow(result.revokedCount))
            return null
          }}
        />
      )}
      {asked === 'disable' && (
        <ConfirmDialog
          title={texts.user.disableTitle}
          detail={texts.user.disableDetail(user.email)}
          submit={texts.user.disable}
          reason="optional"
          onClose={close}
          perform={async (reason) => {
            const result = await requests.mutate(DisableUserDocument, {
              input: { userId: user.id, reason: reason || null },
            })
            if (result.__typename !== 'DisableUserSuccess') return result
            done(texts.user.disabledNow(result.revokedCount))
            return null
          }}
        />
      )}
      {asked === 'enable' && (
        <ConfirmDialog
          title={texts.user.enableTitle}
          detail={texts.user.enableDetail(user.email)}
          submit={texts.user.enable}
          isHarmless
          reason={null}
          onClose={close}
          perform={async () => {
            const result = await requests.mutate(EnableUserDocument, { input: { userId: user.id } })
            if (result.__typename !== 'EnableUserSuccess') return result
            done(texts.user.enabledNow)
            return null
          }}
        />
      )}
    </div>
  )
}
