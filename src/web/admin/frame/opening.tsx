import { Loader, VisuallyHidden } from '@mantine/core'
import { texts } from '../texts.ts'
import styles from './outside.module.css'

/** Until it is known who is there. */
export function Opening() {
  return (
    <div className={styles['opening']} role="status">
      <Loader type="dots" aria-hidden />
      <VisuallyHidden>{texts.frame.loading}</VisuallyHidden>
    </div>
  )
}
