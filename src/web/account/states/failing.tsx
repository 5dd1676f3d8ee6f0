import { Button } from '@mantine/core'
import { IconCloudOff } from '@tabler/icons-react'
import type { Failure } from '../server/failure.ts'
import { texts } from '../texts.ts'
import { Quiet } from './quiet.tsx'

/**
 * There is nothing yet to show, since the server does not answer, or not as it should. It is tried again by itself where that can
 * help; whoever is in a hurry has a button.
 */
export function Failing({ failure, onRetry }: { failure: Failure | null; onRetry: () => void }) {
  const away = failure === null || failure.code === 'NO_ANSWER'
  return (
    <div role="alert">
      <Quiet
        icon={<IconCloudOff size={36} stroke={1.4} aria-hidden />}
        title={away ? texts.network.away : texts.network.failing}
        detail={away ? texts.network.awayDetail : failure.message}
      >
        <Button variant="default" mt="xs" onClick={onRetry}>
          {texts.network.retry}
        </Button>
      </Quiet>
    </div>
  )
}
