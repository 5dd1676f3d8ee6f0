import { Button, Text } from '@mantine/core'
import { IconCloudOff, IconWifiOff } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { useOnline } from '../../shared/use-online.ts'
import { texts } from '../texts.ts'
import { writing } from '../writing.ts'
import styles from './connection-banner.module.css'

/** Says that what is shown may be old, and why. It goes by itself. */
export function ConnectionBanner() {
  const online = useOnline()
  const queries = useQueryClient()
  const staleSince = useStaleSince()
  const Icon = online ? IconCloudOff : IconWifiOff
  return (
    <div role="status">
      {(!online || staleSince !== null) && (
        <div className={styles['banner']}>
          <Icon size={20} aria-hidden className={styles['icon']} />
          <Text size="sm">
            {online && staleSince !== null
              ? texts.network.stale(writing.time(staleSince))
              : texts.network.offline}
          </Text>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => void queries.refetchQueries({ type: 'active' }, { cancelRefetch: true })}
          >
            {texts.network.retry}
          </Button>
        </div>
      )}
    </div>
  )
}

/** When what is shown was last true, as far as the page knows (milliseconds since 1970); null if the server answers. */
function useStaleSince(): number | null {
  const cache = useQueryClient().getQueryCache()
  return useSyncExternalStore(
    (changed) => cache.subscribe(changed),
    () => {
      const failing = cache
        .getAll()
        // what is not shown any more is not tried again, and would be failing for ever
        .filter((query) => query.isActive() && query.state.data !== undefined)
        .filter(({ state }) => state.fetchFailureCount > 0)
        .map(({ state }) => state.dataUpdatedAt)
      return failing.length > 0 ? Math.min(...failing) : null
    },
  )
}
