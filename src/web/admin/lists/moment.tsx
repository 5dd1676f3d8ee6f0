import { Tooltip } from '@mantine/core'
import { useNow } from '../../shared/use-now.ts'
import { useParts } from '../parts.ts'
import styles from './lists.module.css'

/** A moment as people say it, with the exact one for whoever points at it. */
export function Moment({ at }: { at: string }) {
  const { writing } = useParts()
  const now = useNow()
  return (
    <Tooltip label={writing.exact(at)} openDelay={300} multiline maw={280}>
      <time dateTime={at} className={styles['figure']}>
        {writing.relative(at, now)}
      </time>
    </Tooltip>
  )
}
