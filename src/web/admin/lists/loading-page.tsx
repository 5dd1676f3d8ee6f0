import { Skeleton, VisuallyHidden } from '@mantine/core'
import { PageTitle } from '../frame/page-title.tsx'
import { texts } from '../texts.ts'
import styles from './lists.module.css'

/** The place of a page that is on its way. */
export function LoadingPage({ title }: { title: string }) {
  return (
    <>
      <PageTitle>{title}</PageTitle>
      <div role="status" className={styles['grid']}>
        <VisuallyHidden>{texts.frame.loading}</VisuallyHidden>
        <Skeleton height={220} radius="lg" />
        <Skeleton height={220} radius="lg" />
      </div>
    </>
  )
}
