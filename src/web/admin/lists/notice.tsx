import { Alert } from '@mantine/core'
import { texts } from '../texts.ts'

/** What became of an address that could not be meant. Its place is there before it: else it would not be read out. */
export function Notice({ children, onClose }: { children: string | null; onClose: () => void }) {
  return (
    <div role="status">
      {children && (
        <Alert
          variant="light"
          color="orange"
          mb="md"
          withCloseButton
          closeButtonLabel={texts.frame.close}
          onClose={onClose}
        >
          {children}
        </Alert>
      )}
    </div>
  )
}
