import { Button, Group, Stack, Text } from '@mantine/core'
import { Dialog } from '../../shared/dialog.tsx'
import { FormFailure } from '../forms/form-failure.tsx'
import { useSubmission } from '../forms/use-submission.ts'
import { signOutEverywhere } from '../server/sensitive.ts'
import { texts } from '../texts.ts'

/** Ends everything, this device too. Without a password: whoever is in doubt must be able to do it at once. */
export function EverywhereDialog({ onClose }: { onClose: () => void }) {
  const { pending, failure, submit } = useSubmission(signOutEverywhere)
  return (
    <Dialog
      role="alertdialog"
      title={texts.everywhere.title}
      closeLabel={texts.frame.close}
      onClose={onClose}
    >
      <Stack gap="md">
        <Text>{texts.everywhere.lead}</Text>
        <FormFailure failure={failure} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            {texts.verify.cancel}
          </Button>
          <Button color="red.9" loading={pending} onClick={submit}>
            {texts.everywhere.submit}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
