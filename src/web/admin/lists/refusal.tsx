import { Alert } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'

/** Why something was not done. Its place is there before the message: else it would not be read out. */
export function Refusal({ failure }: { failure: { readonly message: string } | null | undefined }) {
  return (
    <div role="alert">
      {failure && (
        <Alert variant="light" color="red" icon={<IconAlertTriangle aria-hidden />}>
          {failure.message}
        </Alert>
      )}
    </div>
  )
}
