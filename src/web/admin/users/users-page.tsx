import { Button, NativeSelect, SegmentedControl } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { Link } from 'react-router'
import { PageTitle } from '../frame/page-title.tsx'
import { UserCountDocument, type UserShownFragment, UsersDocument } from '../generated/operations.ts'
import { Address } from '../lists/address.tsx'
import { countText } from '../lists/count-text.ts'
import { DraftField } from '../lists/draft-field.tsx'
import { Failing, Outdated } from '../lists/failing.tsx'
import { LeftBehind } from '../lists/left-behind.tsx'
import styles from '../lists/lists.module.css'
import { LoadingRows } from '../lists/loading-rows.tsx'
import { Moment } from '../lists/moment.tsx'
import { Nothing } from '../lists/nothing.tsx'
import { Notice } from '../lists/notice.tsx'
import { Pages } from '../lists/pages.tsx'
import { useListAddress } from '../lists/use-list-address.ts'
import { codeOf } from '../server/requests.ts'
import { useQueryOf } from '../server/use-query-of.ts'
import filterStyles from '../sessions/filters.module.css'
import { texts } from '../texts.ts'
import {
  readUserAddress,
  USER_SORTS,
  type UserSort,
  type UserState,
  writeUserAddress,
} from './user-filter.ts'
import { UserStateTag, UserTags } from './user-state.tsx'

/** How many users a page has. */
const PAGE = 50

const USER_ADDRESS = { read: readUserAddress, write: writeUserAddress }

/** Everybody who can sign in, or could. */
export function UsersPage() {
  const { place, change, turn } = useListAddress(USER_ADDRESS)
  const [notice, setNotice] = useState<string | null>(null)
  const { search, state, sort } = place
  const which = { search: search || null, state }
  const list = useQueryOf(
    'users',
    UsersDocument,
    { ...which, orderBy: sort, first: PAGE, after: place.after },
    { keepPrevious: true },
  )
  const counted = useQueryOf('user count', UserCountDocument, which, { keepPrevious: true })
  const isMisread = codeOf(list.error) === 'BAD_USER_INPUT' && place.after !== null
  // a link to a page of the list that is not there any more
  useEffect(() => {
    if (!isMisread) return
    setNotice(texts.sessions.badPage)
    change({}, { isTyping: true })
  }, [isMisread, change])
  const alter: typeof change = (...how) => {
    setNotice(null)
    change(...how)
  }
  const users = list.data?.users.edges.map(({ node }) => node) ?? []
  return (
    <>
      <PageTitle>{texts.users.title}</PageTitle>
      <search className={filterStyles['filters']} aria-label={texts.sessions.filters}>
        <div className={filterStyles['always']}>
          <DraftField
            type="search"
            label={texts.users.search}
            placeholder="ada@"
            autoComplete="off"
            spellCheck={false}
            value={search}
            onCommit={(text) => alter({ search: text }, { isTyping: true })}
            className={filterStyles['search'] ?? ''}
          />
          <SegmentedControl
            aria-label={texts.users.state}
            value={state ?? 'ALL'}
            data={(['ALL', 'ENABLED', 'DISABLED'] as const).map((value) => ({
              value,
              label: texts.users.states[value],
            }))}
            onChange={(value) => alter({ state: value === 'ALL' ? null : (value as UserState) })}
          />
        </div>
      </search>
      <Notice onClose={() => setNotice(null)}>{notice}</Notice>
      <div className={styles['bar']}>
        <p className={styles['count']} role="status">
          {countText(counted.data?.users.count, texts.users) ??
            (counted.error ? '' : texts.sessions.counting)}
        </p>
      </div>
      <NativeSelect
        className={styles['narrowOnly'] ?? ''}
        mb="sm"
        size="sm"
        label={texts.sessions.sort}
        value={sort}
        data={USER_SORTS.map((value) => ({ value, label: texts.users.sorts[value] }))}
        onChange={({ currentTarget: { value } }) =>
          alter({ sort: USER_SORTS.find((each) => each === value) ?? 'CREATED_AT_DESC' })
        }
      />
      {list.error && list.data && !isMisread && (
        <Outdated error={list.error} onRetry={() => void list.refetch()} />
      )}
      <div className={styles['panel']} aria-busy={list.isFetching}>
        {list.data ? (
          users.length > 0 ? (
            <div className={list.isPlaceholderData ? styles['loading'] : undefined}>
              <UsersTable users={users} sort={sort} onSort={(next) => alter({ sort: next })} />
            </div>
          ) : place.after !== null ? (
            <LeftBehind onFirst={() => turn(null)} />
          ) : (
            <Nothing title={texts.users.none} detail={texts.users.noneDetail}>
              <Button variant="light" onClick={() => alter({ search: '', state: null })}>
                {texts.sessions.clear}
              </Button>
            </Nothing>
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
          endCursor={list.data.users.pageInfo.endCursor}
          hasNext={list.data.users.pageInfo.hasNextPage && !list.isPlaceholderData}
          onTurn={(after) => {
            turn(after)
            window.scrollTo({ top: 0 })
          }}
        />
      )}
    </>
  )
}

function UsersTable({
  users,
  sort,
  onSort,
}: {
  users: readonly UserShownFragment[]
  sort: UserSort
  onSort: (sort: UserSort) => void
}) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: a table that is shown as cards is still read out as a table
    <table className={styles['table']} aria-label={texts.users.table} role="table">
      {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
      <thead role="rowgroup">
        {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
        <tr role="row">
          <SortHead name={texts.users.email} up="EMAIL_ASC" down="EMAIL_DESC" sort={sort} onSort={onSort} />
          <th scope="col">{texts.users.roles}</th>
          <SortHead
            name={texts.users.created}
            up="CREATED_AT_ASC"
            down="CREATED_AT_DESC"
            isDownFirst
            sort={sort}
            onSort={onSort}
          />
          <th scope="col">{texts.users.state}</th>
        </tr>
      </thead>
      {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
      <tbody role="rowgroup">
        {users.map((user) => (
          // biome-ignore lint/a11y/noRedundantRoles: see above
          <tr key={user.id} role="row">
            {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
            <td role="cell" data-wide>
              <Link to={`/users/${encodeURIComponent(user.id)}`} className={styles['main']}>
                <Address of={user} />
              </Link>
            </td>
            {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
            <td role="cell">
              <UserTags user={user} />
            </td>
            {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
            <td role="cell" data-label={texts.users.created}>
              <Moment at={user.createdAt} />
            </td>
            {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
            <td role="cell">
              <UserStateTag user={user} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function SortHead({
  name,
  up,
  down,
  isDownFirst = false,
  sort,
  onSort,
}: {
  name: string
  up: UserSort
  down: UserSort
  isDownFirst?: boolean
  sort: UserSort
  onSort: (sort: UserSort) => void
}) {
  const isSorted = sort === up || sort === down
  const first = isDownFirst ? down : up
  const next = isSorted ? (sort === up ? down : up) : first
  const Icon = (isSorted ? sort : first) === down ? IconArrowDown : IconArrowUp
  return (
    <th scope="col" aria-sort={isSorted ? (sort === down ? 'descending' : 'ascending') : undefined}>
      <button
        type="button"
        className={styles['sort']}
        data-sorted={isSorted || undefined}
        onClick={() => onSort(next)}
      >
        {name}
        <Icon size={14} aria-hidden />
      </button>
    </th>
  )
}
