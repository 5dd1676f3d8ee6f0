import { Button, Group, Stack, Text, VisuallyHidden } from '@mantine/core'
import { useEffect, useId, useRef } from 'react'
import { Dialog } from '../../shared/dialog.tsx'
import { FormFailure } from '../forms/form-failure.tsx'
import { useSubmission } from '../forms/use-submission.ts'
import { signOutEverywhere } from '../server/sensitive.ts'
import { texts } from '../texts.ts'

/** Ends everything, this device too. Without a password: whoever is in doubt must be able to do it at once. */
export function EverywhereDialog({ onClose }: { onClose: () => void }) {
  const lead = useId()
  const again = useRef<HTMLButtonElement>(null)
  const { pending, failure, submit } = useSubmission(signOutEverywhere)
  // the button could not be pressed meanwhile, and lost the focus by that
  useEffect(() => {
    if (failure) again.current?.focus()
  }, [failure])
  return (
    <Dialog
      role="alertdialog"
      title={texts.everywhere.title}
      closeLabel={texts.frame.close}
      busy={pending}
      describedBy={lead}
      onClose={onClose}
    >
      <Stack gap="md">
        <Text id={lead}>{texts.everywhere.lead}</Text>
        <FormFailure failure={failure} />
        <Group justify="flex-end" gap="sm">
          <VisuallyHidden role="status">{pending && texts.verify.underWay}</VisuallyHidden>
          <Button variant="default" disabled={pending} onClick={onClose} data-autofocus>
            {texts.verify.cancel}
          </Button>
          <Button ref={again} color="red.9" loading={pending} onClick={submit}>
            {texts.everywhere.submit}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
