import { Text } from '@mantine/core'
import type { Liveness } from '../server/use-liveness.ts'
import { texts } from '../texts.ts'
import styles from './states.module.css'

/** Says whether a list can be relied on. Read out when that changes, and not before something else. */
export function LivenessNote({ liveness }: { liveness: Liveness }) {
  return (
    <Text role="status" size="sm" c="dimmed" className={styles['liveness']} data-liveness={liveness}>
      {texts.liveness[liveness]}
    </Text>
  )
}
