import { Button } from '@mantine/core'
import { IconCloudOff } from '@tabler/icons-react'
import { texts } from '../texts.ts'
import { Quiet } from './quiet.tsx'

/** The server cannot be reached, and there is nothing yet to show. It is tried again by itself; whoever is in a hurry has a button. */
export function Failing({ onRetry, retrying }: { onRetry: () => void; retrying: boolean }) {
  return (
    <div role="alert">
      <Quiet
        icon={<IconCloudOff size={36} stroke={1.4} aria-hidden />}
        title={texts.network.away}
        detail={texts.network.awayDetail}
      >
        <Button variant="default" mt="xs" loading={retrying} onClick={onRetry}>
          {texts.network.retry}
        </Button>
      </Quiet>
    </div>
  )
}
