import { Button, Group, Stack, Text } from '@mantine/core'
import { type FormEvent, type ReactNode, useRef, useState } from 'react'
import { after } from '../../shared/clock.ts'
import { Dialog } from '../../shared/dialog.tsx'
import { focusTitle } from '../frame/page-title.tsx'
import { type Failure, failureOf } from '../server/failures.ts'
import { texts } from '../texts.ts'
import { ReasonField } from './reason-field.tsx'
import { Refusal } from './refusal.tsx'

/**
 * Asks whether something is to be done, and why, and does it.
 * @param props.perform does it. @returns why it was refused, or null
 */
export function ConfirmDialog({
  title,
  detail,
  submit,
  isHarmless = false,
  reason: wanted,
  children,
  canSubmit = () => true,
  perform,
  onClose,
}: {
  title: string
  detail: string
  submit: string
  isHarmless?: boolean
  /** Whether a reason is asked for, and has to be given. */
  reason: 'required' | 'optional' | null
  children?: ReactNode
  /** Looks at the other fields, and says what is wrong with them there. */
  canSubmit?: () => boolean
  perform: (reason: string) => Promise<Failure | null>
  onClose: () => void
}) {
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  const [isPending, setPending] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const run = async () => {
    setPending(true)
    setFailure(null)
    try {
      const refused = await perform(reason.trim())
      if (refused) return setFailure(refused)
      onClose()
      // behind the dialog, which gives the focus back to its button: that is about to go
      after(0, focusTitle)
    } catch (error) {
      setFailure(failureOf(error, { isChange: true }))
    } finally {
      setPending(false)
    }
  }
  const send = (event: FormEvent) => {
    event.preventDefault()
    const isWithout = wanted === 'required' && reason.trim() === ''
    setMissing(isWithout)
    if (isWithout) field.current?.focus()
    else if (canSubmit() && !isPending) void run()
  }
  return (
    <Dialog
      title={title}
      closeLabel={texts.frame.close}
      role={isHarmless ? 'dialog' : 'alertdialog'}
      onClose={onClose}
    >
      <form noValidate onSubmit={send}>
        <Stack gap="md">
          <Text size="sm">{detail}</Text>
          {wanted && (
            <ReasonField
              ref={field}
              value={reason}
              isMissing={isMissing}
              isOptional={wanted === 'optional'}
              onChange={(text) => {
                setReason(text)
                setMissing(false)
              }}
            />
          )}
          {children}
          <Refusal failure={failure} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {texts.frame.cancel}
            </Button>
            <Button
              type="submit"
              {...(isHarmless ? {} : { color: 'red.9' })}
              loading={isPending}
              data-autofocus={wanted ? undefined : true}
            >
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
