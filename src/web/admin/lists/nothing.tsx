import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import styles from './lists.module.css'

/** There is nothing to show, and why. */
export function Nothing({
  title,
  detail,
  children,
}: {
  title: string
  detail?: string
  children?: ReactNode
}) {
  return (
    <div className={styles['nothing']}>
      <Text fw={600}>{title}</Text>
      {detail && (
        <Text size="sm" c="dimmed">
          {detail}
        </Text>
      )}
      {children && <div className={styles['remedies']}>{children}</div>}
    </div>
  )
}
