import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import styles from './grave-button.module.css'

/** Begins something that cannot be taken back. It asks first, so it need not shout. */
export function GraveButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Button variant="outline" color="red" className={styles['grave']} onClick={onClick}>
      {children}
    </Button>
  )
}
