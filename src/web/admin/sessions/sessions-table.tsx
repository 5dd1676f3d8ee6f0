import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { memo, type ReactNode } from 'react'
import { Link } from 'react-router'
import type { SessionRowFragment } from '../generated/operations.ts'
import { Address } from '../lists/address.tsx'
import styles from '../lists/lists.module.css'
import { Moment } from '../lists/moment.tsx'
import { useParts } from '../parts.ts'
import { texts } from '../texts.ts'
import { placeText, whose } from '../writing.ts'
import { DeviceIcon } from './device-icon.tsx'
import type { SessionOrder, TimeField } from './session-filter.ts'
import { SessionState } from './session-state.tsx'

/** Sessions, one a row; the row leads to the session. */
export function SessionsTable({
  sessions,
  label,
  order,
  onSort,
  withUser = true,
}: {
  sessions: readonly SessionRowFragment[]
  label: string
  /** Null if the list has one order only. */
  order: SessionOrder | null
  onSort?: (order: SessionOrder) => void
  withUser?: boolean
}) {
  const head = (field: TimeField, name: string) =>
    order && onSort ? (
      <SortHead field={field} name={name} order={order} onSort={onSort} />
    ) : (
      <th scope="col">{name}</th>
    )
  // a table that is shown as cards is still read out as a table
  return (
    // biome-ignore lint/a11y/noRedundantRoles: see above
    <table className={styles['table']} aria-label={label} role="table">
      {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
      <thead role="rowgroup">
        {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
        <tr role="row">
          {withUser && <th scope="col">{texts.sessions.user}</th>}
          <th scope="col">{texts.sessions.device}</th>
          <th scope="col">{texts.sessions.place}</th>
          {head('created', texts.sessions.created)}
          {head('lastActive', texts.sessions.lastActive)}
          {head('ended', texts.sessions.state)}
        </tr>
      </thead>
      {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
      <tbody role="rowgroup">
        {sessions.map((session) => (
          <SessionRow key={session.id} session={session} withUser={withUser} />
        ))}
      </tbody>
    </table>
  )
}

const SessionRow = memo(function SessionRow({
  session,
  withUser,
}: {
  session: SessionRowFragment
  withUser: boolean
}) {
  const { writing } = useParts()
  const { user, device } = session
  const to = `/sessions/${encodeURIComponent(session.id)}`
  const place = placeText(writing, session.location)
  return (
    // biome-ignore lint/a11y/noRedundantRoles: shown as a card on narrow screens
    <tr role="row">
      {withUser && (
        <Cell isWide isName>
          <Link
            to={to}
            className={styles['main']}
            aria-label={texts.sessions.open(whose(user), device.label)}
          >
            <Address of={user} />
          </Link>
        </Cell>
      )}
      <Cell isWide>
        <span className={styles['device']}>
          <DeviceIcon kind={device.kind} />
          <span>
            {withUser ? (
              device.label
            ) : (
              <Link to={to} className={styles['main']}>
                {device.label}
              </Link>
            )}
            <span className={styles['detail']}>{texts.sessions.kinds[device.kind]}</span>
          </span>
        </span>
      </Cell>
      <Cell label={texts.sessions.place} isWide>
        {place ?? texts.sessions.unknownPlace}
        {session.network && <span className={styles['detail']}>{session.network}</span>}
      </Cell>
      <Cell label={texts.sessions.created}>
        <Moment at={session.createdAt} />
      </Cell>
      <Cell label={texts.sessions.lastActive}>
        <Moment at={session.lastActiveAt} />
      </Cell>
      <Cell isWide>
        <SessionState session={session} />
        {session.endedAt && (
          <span className={styles['detail']}>
            <Moment at={session.endedAt} />
          </span>
        )}
      </Cell>
    </tr>
  )
})

function Cell({
  label,
  isWide = false,
  isName = false,
  children,
}: {
  label?: string
  isWide?: boolean
  isName?: boolean
  children: ReactNode
}) {
  return (
    <td
      // biome-ignore lint/a11y/noRedundantRoles: shown as a card on narrow screens
      role="cell"
      className={isName ? styles['wide'] : undefined}
      data-label={label}
      data-wide={isWide || undefined}
    >
      {children}
    </td>
  )
}

function SortHead({
  field,
  name,
  order,
  onSort,
}: {
  field: TimeField
  name: string
  order: SessionOrder
  onSort: (order: SessionOrder) => void
}) {
  const isSorted = order.by === field
  const isNextDescending = isSorted ? !order.descending : true
  const Icon = (isSorted ? order.descending : true) ? IconArrowDown : IconArrowUp
  return (
    <th scope="col" aria-sort={isSorted ? (order.descending ? 'descending' : 'ascending') : undefined}>
      <button
        type="button"
        className={styles['sort']}
        data-sorted={isSorted || undefined}
        onClick={() => onSort({ by: field, descending: isNextDescending })}
      >
        {name}
        <Icon size={14} aria-hidden />
      </button>
    </th>
  )
}
