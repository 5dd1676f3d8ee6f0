import { Alert } from '@mantine/core'
import { IconAlertTriangle, IconClock, IconWifiOff } from '@tabler/icons-react'
import type { Failure } from '../server/failure.ts'
import { texts } from '../texts.ts'
import { useWait } from './use-wait.ts'

/** Why a form was refused. Read out when it appears; the seconds that go by are not. */
export function FormFailure({ failure }: { failure: Failure | null }) {
  const wait = useWait(failure?.retryAt ?? null)
  // the place is there before the message: else it would not be read out
  return <div role="alert">{failure && <Message key={failure.message} failure={failure} wait={wait} />}</div>
}

function Message({ failure, wait }: { failure: Failure; wait: number }) {
  if (failure.retryAt !== null) {
    return (
      <Alert variant="light" color="orange" icon={<IconClock aria-hidden />}>
        {/* a screen reader hears it once, with the first figure, and when it is over */}
        <span aria-live="off">
          {wait > 0 ? texts.failures.tooManyAttempts(wait) : texts.failures.tooManyAttemptsOver}
        </span>
      </Alert>
    )
  }
  const Icon = failure.code === 'NO_ANSWER' ? IconWifiOff : IconAlertTriangle
  return (
    <Alert variant="light" color="red" icon={<Icon aria-hidden />}>
      {failure.message}
    </Alert>
  )
}
