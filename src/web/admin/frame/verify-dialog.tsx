import { Button, Group, Stack, Text } from '@mantine/core'
import { type FormEvent, useRef, useState, useSyncExternalStore } from 'react'
import type { SessionClient } from '../../../client/index.ts'
import { Dialog } from '../../shared/dialog.tsx'
import { Refusal } from '../lists/refusal.tsx'
import { useParts } from '../parts.ts'
import { failureOf } from '../server/failures.ts'
import { texts } from '../texts.ts'
import { FactorField } from './factor-field.tsx'
import { useWait } from './use-wait.ts'

/** The question for the password, over whatever the page shows, while it is open. */
export function VerifyQuestion({ client }: { client: SessionClient }) {
  const { verification } = useParts()
  const isOpen = useSyncExternalStore(verification.subscribe, () => verification.isOpen)
  return isOpen ? <VerifyDialog client={client} /> : null
}

function VerifyDialog({ client }: { client: SessionClient }) {
  const { verification, viewer } = useParts()
  const [password, setPassword] = useState('')
  const [isPending, setPending] = useState(false)
  const [missing, setMissing] = useState(false)
  const [failure, setFailure] = useState<{ message: string; retryAt: string | null } | null>(null)
  const wait = useWait(failure?.retryAt ?? null)
  const field = useRef<HTMLInputElement>(null)
  const submit = async () => {
    setPending(true)
    setFailure(null)
    try {
      const result = await client.reverify({ action: 'ADMINISTER', factor: { password } })
      if (result.__typename === 'ReverifySuccess') return verification.answer(true)
      setFailure({
        // the API does not say which of both was wrong, and here only one was asked for
        message: result.__typename === 'InvalidCredentialsError' ? texts.verify.wrong : result.message,
        retryAt: result.__typename === 'TooManyAttemptsError' ? result.retryAt : null,
      })
      field.current?.focus()
      field.current?.select()
    } catch (error) {
      setFailure({ message: failureOf(error).message, retryAt: null })
    } finally {
      setPending(false)
    }
  }
  const send = (event: FormEvent) => {
    event.preventDefault()
    setMissing(password === '')
    if (password === '') field.current?.focus()
    else if (!isPending && wait === 0) void submit()
  }
  return (
    <Dialog
      title={texts.verify.title}
      closeLabel={texts.frame.close}
      onClose={() => verification.answer(false)}
    >
      <form noValidate onSubmit={send}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {texts.verify.lead}
          </Text>
          <input type="text" name="username" autoComplete="username" value={viewer.email} readOnly hidden />
          <FactorField
            ref={field}
            label={texts.verify.password}
            data-autofocus
            value={password}
            error={missing && texts.signIn.missingPassword}
            onChange={(event) => {
              setPassword(event.currentTarget.value)
              setMissing(false)
            }}
          />
          <Refusal
            failure={
              failure && {
                message: failure.retryAt
                  ? wait > 0
                    ? texts.failures.tooManyAttempts(wait)
                    : texts.failures.tooManyAttemptsOver
                  : failure.message,
              }
            }
          />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={() => verification.answer(false)}>
              {texts.frame.cancel}
            </Button>
            <Button type="submit" loading={isPending} {...(wait > 0 ? { 'data-disabled': true } : {})}>
              {texts.verify.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
