import type { ReactNode } from 'react'
import styles from './lists.module.css'

/** One word about something, that one sees at a glance. */
export function Tag({ tone, children }: { tone?: 'good' | 'notable' | 'own' | 'role'; children: ReactNode }) {
  return (
    <span className={styles['tag']} data-tone={tone}>
      {children}
    </span>
  )
}
