import { Skeleton, VisuallyHidden } from '@mantine/core'
import { texts } from '../texts.ts'
import styles from './states.module.css'

/** What stands in a list's place until it is there: of its shape, so that nothing jumps. */
export function ListSkeleton({ rows = 4 }: { rows?: number }) {
  return (
    <div aria-busy="true" data-testid="skeleton">
      <VisuallyHidden role="status">{texts.frame.loading}</VisuallyHidden>
      <div className={styles['rows']} aria-hidden="true">
        {Array.from({ length: rows }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they have nothing else, and never move
          <div key={row} className={styles['row']}>
            <Skeleton height={44} width={44} radius="md" />
            <div className={styles['lines']}>
              <Skeleton height={16} width="40%" />
              <Skeleton height={12} width="65%" />
              <Skeleton height={12} width="50%" />
            </div>
          </div>
        ))}
      </div>
    </div>
  )
}

/** What stands in a form's place until it is known which one it is. */
export function FormSkeleton() {
  return (
    <div aria-busy="true">
      <VisuallyHidden role="status">{texts.frame.loading}</VisuallyHidden>
      <div className={styles['form']} aria-hidden="true">
        <Skeleton height={30} width="60%" />
        <Skeleton height={66} />
        <Skeleton height={66} />
        <Skeleton height={42} mt="md" />
      </div>
    </div>
  )
}
