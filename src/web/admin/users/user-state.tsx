import type { UserShownFragment } from '../generated/operations.ts'
import styles from '../lists/lists.module.css'
import { Tag } from '../lists/tag.tsx'
import { useParts } from '../parts.ts'
import { texts } from '../texts.ts'

/** Whether somebody can sign in. */
export function UserStateTag({ user }: { user: Pick<UserShownFragment, 'email' | 'disabledAt'> }) {
  if (user.email === '') return <Tag>{texts.users.deleted}</Tag>
  return user.disabledAt === null ? (
    <Tag tone="good">{texts.users.enabled}</Tag>
  ) : (
    <Tag tone="notable">{texts.users.disabled}</Tag>
  )
}

/** What a user may do, and whether it is oneself. */
export function UserTags({ user }: { user: Pick<UserShownFragment, 'id' | 'roles'> }) {
  const { viewer } = useParts()
  const isAdministrator = user.roles.includes('ADMINISTRATOR')
  if (!isAdministrator && user.id !== viewer.id) return null
  return (
    <span className={styles['tags']}>
      {isAdministrator && <Tag tone="role">{texts.users.administrator}</Tag>}
      {user.id === viewer.id && <Tag tone="own">{texts.users.you}</Tag>}
    </span>
  )
}
