import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import styles from './states.module.css'

/** What stands where there is nothing, or nothing can be had: why, and what can be done. */
export function Quiet({
  icon,
  title,
  detail,
  children,
}: {
  icon: ReactNode
  title: string
  detail: string
  children?: ReactNode
}) {
  return (
    <div className={styles['quiet']}>
      {icon}
      <Text fw={600}>{title}</Text>
      <Text size="sm" c="dimmed">
        {detail}
      </Text>
      {children}
    </div>
  )
}
