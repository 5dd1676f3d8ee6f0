import { Button, NativeSelect } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { PageTitle } from '../frame/page-title.tsx'
import { SessionCountDocument, SessionsDocument } from '../generated/operations.ts'
import { countText } from '../lists/count-text.ts'
import { Failing, Outdated } from '../lists/failing.tsx'
import { LeftBehind } from '../lists/left-behind.tsx'
import styles from '../lists/lists.module.css'
import { LoadingRows } from '../lists/loading-rows.tsx'
import { Nothing } from '../lists/nothing.tsx'
import { Notice } from '../lists/notice.tsx'
import { Pages } from '../lists/pages.tsx'
import { useChanges } from '../lists/use-changes.ts'
import { useListAddress } from '../lists/use-list-address.ts'
import { codeOf } from '../server/requests.ts'
import { useQueryOf } from '../server/use-query-of.ts'
import { texts } from '../texts.ts'
import { EndMatching } from './end-matching.tsx'
import { SESSION_ADDRESS, toFilterInput, toOrderInput } from './filter-input.ts'
import { NO_FILTER, partsOf, type SessionOrder, TIMES } from './session-filter.ts'
import { SessionFilters } from './session-filters.tsx'
import { SessionsTable } from './sessions-table.tsx'

/** How many sessions a page has. */
const PAGE = 50

/** Everybody's sessions: found, sorted, and ended if need be. */
export function SessionsPage() {
  const { place, change, turn } = useListAddress(SESSION_ADDRESS)
  const [notice, setNotice] = useState<string | null>(null)
  const { filter, order, search } = place
  const input = toFilterInput(filter, search)
  const orderBy = toOrderInput(order)
  const list = useQueryOf(
    'sessions',
    SessionsDocument,
    { filter: input, orderBy, first: PAGE, after: place.after },
    { keepPrevious: true },
  )
  const counted = useQueryOf(
    'session count',
    SessionCountDocument,
    { filter: input, orderBy },
    { keepPrevious: true },
  )
  const changes = useChanges(list.dataUpdatedAt)
  const isMisread = codeOf(list.error) === 'BAD_USER_INPUT'
  const message = list.error?.message ?? ''
  // a link from elsewhere may be wrong or old: what it gets wrong is taken away, and said
  useEffect(() => {
    if (!isMisread) return
    if (message.startsWith('filter.network')) {
      setNotice(texts.sessions.badNetwork)
      change((now) => ({ filter: { ...now.filter, network: null } }), { isTyping: true })
    } else if (place.after !== null) {
      setNotice(texts.sessions.badPage)
      change({}, { isTyping: true })
    } else {
      setNotice(texts.sessions.badFilter)
      change({ filter: NO_FILTER }, { isTyping: true })
    }
  }, [isMisread, message, place.after, change])
  const refresh = () => {
    void list.refetch()
    void counted.refetch()
  }
  const isFiltered = partsOf(filter).length > 0 || filter.state !== null || search !== ''
  const clear = () => {
    setNotice(null)
    change({ filter: NO_FILTER, search: '' })
  }
  const sessions = list.data?.sessions.edges.map(({ node }) => node) ?? []
  const [first] = sessions
  // deleted accounts have none
  const userEmail = (filter.user !== null && first?.user.id === filter.user && first.user.email) || null
  const total = countText(counted.data?.sessions.count, texts.sessions)
  return (
    <>
      <PageTitle>{texts.sessions.title}</PageTitle>
      <SessionFilters
        filter={filter}
        search={search}
        userEmail={userEmail}
        onChange={(part, options) => {
          setNotice(null)
          change((now) => ({ filter: { ...now.filter, ...part } }), options)
        }}
        onSearch={(text) => change({ search: text }, { isTyping: true })}
        onClear={clear}
      />
      <Notice onClose={() => setNotice(null)}>{notice}</Notice>
      <div className={styles['bar']}>
        <p className={styles['count']} role="status">
          {total ?? (counted.error ? '' : texts.sessions.counting)}
        </p>
        <div className={styles['actions']}>
          {changes > 0 && (
            <Button
              variant="subtle"
              size="sm"
              leftSection={<IconRefresh size={16} aria-hidden />}
              onClick={refresh}
            >
              {texts.sessions.changedSince(changes)}
            </Button>
          )}
          <EndMatching filter={filter} search={search} userEmail={userEmail} onDone={refresh} />
        </div>
      </div>
      <SortSelect order={order} onSort={(next) => change({ order: next })} />
      {list.error && list.data && !isMisread && (
        <Outdated error={list.error} onRetry={() => void list.refetch()} />
      )}
      <div className={styles['panel']} aria-busy={list.isFetching}>
        {list.data ? (
          sessions.length > 0 ? (
            <div className={list.isPlaceholderData ? styles['loading'] : undefined}>
              <SessionsTable
                sessions={sessions}
                label={texts.sessions.table}
                order={order}
                onSort={(next) => change({ order: next })}
              />
            </div>
          ) : place.after !== null ? (
            <LeftBehind onFirst={() => turn(null)} />
          ) : isFiltered ? (
            <Nothing title={texts.sessions.none} detail={texts.sessions.noneDetail}>
              <Button variant="light" onClick={clear}>
                {texts.sessions.clear}
              </Button>
            </Nothing>
          ) : (
            <Nothing title={texts.sessions.noneAtAll} detail={texts.sessions.noneAtAllDetail} />
          )
        ) : list.error && !isMisread ? (
          <Failing error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <LoadingRows />
        )}
      </div>
      {list.data && (
        <Pages
          page={place.page}
          endCursor={list.data.sessions.pageInfo.endCursor}
          hasNext={list.data.sessions.pageInfo.hasNextPage && !list.isPlaceholderData}
          onTurn={(after) => {
            turn(after)
            window.scrollTo({ top: 0 })
          }}
        />
      )}
    </>
  )
}

const SORT_NAMES = {
  created: texts.sessions.created,
  lastActive: texts.sessions.lastActive,
  ended: texts.sessions.ended,
}

/** The order, where there is no head of a table to press. */
function SortSelect({ order, onSort }: { order: SessionOrder; onSort: (order: SessionOrder) => void }) {
  const orders = TIMES.flatMap((by) => [true, false].map((descending) => ({ by, descending })))
  return (
    <NativeSelect
      className={styles['narrowOnly'] ?? ''}
      mb="sm"
      size="sm"
      label={texts.sessions.sort}
      value={`${order.by} ${order.descending}`}
      data={orders.map(({ by, descending }) => ({
        value: `${by} ${descending}`,
        label: `${SORT_NAMES[by]}, ${descending ? texts.sessions.newestFirst : texts.sessions.oldestFirst}`,
      }))}
      onChange={({ currentTarget: { value } }) => {
        const next = orders.find(({ by, descending }) => value === `${by} ${descending}`)
        if (next) onSort(next)
      }}
    />
  )
}
