import { Skeleton, VisuallyHidden } from '@mantine/core'
import { texts } from '../texts.ts'
import styles from './lists.module.css'

const ROWS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** The place of a list that is on its way. */
export function LoadingRows() {
  return (
    <div role="status" className={styles['rows']}>
      <VisuallyHidden>{texts.frame.loading}</VisuallyHidden>
      {ROWS.map((row) => (
        <Skeleton key={row} height={44} radius="md" />
      ))}
    </div>
  )
}
