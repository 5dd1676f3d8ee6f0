import { Button, Group, Stack, Text, VisuallyHidden } from '@mantine/core'
import { type FormEvent, type ReactNode, useRef, useState } from 'react'
import { Dialog } from '../../shared/dialog.tsx'
import { FormFailure } from '../forms/form-failure.tsx'
import { PasswordField } from '../forms/password-field.tsx'
import { useSubmission } from '../forms/use-submission.ts'
import { useWait } from '../forms/use-wait.ts'
import type { Failure } from '../server/failure.ts'
import { texts } from '../texts.ts'

/** What the password can be asked for here. */
export type Verified = keyof typeof texts.verify.actions

/**
 * Asks for the password, for exactly one action, and then does it. Until it is known what came of that, it stays open.
 * @param props.perform does it, with the password. @returns why it was refused, or null
 */
export function VerifyDialog({
  action,
  label = '',
  email,
  children,
  perform,
  onClose,
}: {
  action: Verified
  /** What it is done to is called. */
  label?: string
  /** Whose password, for password managers. */
  email: string
  children?: ReactNode
  perform: (password: string) => Promise<Failure | null>
  onClose: () => void
}) {
  const [password, setPassword] = useState('')
  const [missing, setMissing] = useState<string | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const { title, submit: verb } = texts.verify.actions[action]
  const { pending, failure, submit } = useSubmission(async () => {
    const refused = await perform(password)
    if (refused) {
      field.current?.focus()
      field.current?.select()
    } else onClose()
    return refused
  })
  const wait = useWait(failure?.retryAt ?? null)
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (password === '') {
      setMissing(texts.signIn.missingPassword)
      field.current?.focus()
    } else if (wait === 0) submit()
  }
  return (
    <Dialog title={title(label)} closeLabel={texts.frame.close} busy={pending} onClose={onClose}>
      <form noValidate onSubmit={send}>
        <Stack gap="md">
          {children}
          <Text size="sm" c="dimmed">
            {texts.verify.lead}
          </Text>
          <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
          <PasswordField
            ref={field}
            label={texts.verify.password}
            name="password"
            autoComplete="current-password"
            data-autofocus
            value={password}
            error={missing}
            onChange={(event) => {
              setPassword(event.currentTarget.value)
              setMissing(null)
            }}
          />
          <FormFailure failure={failure} />
          <Group justify="flex-end" gap="sm">
            <VisuallyHidden role="status">{pending && texts.verify.underWay}</VisuallyHidden>
            {/* what is on its way to the server cannot be called back */}
            <Button variant="default" disabled={pending} onClick={onClose}>
              {texts.verify.cancel}
            </Button>
            <Button
              type="submit"
              color={action === 'UPDATE_PASSWORD' ? 'midnight' : 'red.9'}
              loading={pending}
              data-disabled={wait > 0}
            >
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
