import { Alert, Anchor, Button, Stack, Text, TextInput } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { type FormEvent, useRef, useState } from 'react'
import type { SessionClient } from '../../../client/index.ts'
import { Refusal } from '../lists/refusal.tsx'
import { failureOf } from '../server/failures.ts'
import { texts } from '../texts.ts'
import { FactorField } from './factor-field.tsx'
import { Outside } from './outside.tsx'
import { useWait } from './use-wait.ts'

/** The way in. Not remembered when the browser is closed: it opens everybody's sessions. */
export function SignInPage({
  client,
  email: known,
  message,
}: {
  client: SessionClient
  /** Who was signed in until now. */
  email: string
  /** Why the session ended, in a sentence; null if there is nothing to say. */
  message: string | null
}) {
  const [email, setEmail] = useState(known)
  const [password, setPassword] = useState('')
  const [missing, setMissing] = useState<'email' | 'password' | null>(null)
  const [isPending, setPending] = useState(false)
  const [failure, setFailure] = useState<{ message: string; retryAt: string | null } | null>(null)
  const wait = useWait(failure?.retryAt ?? null)
  const fields = { email: useRef<HTMLInputElement>(null), password: useRef<HTMLInputElement>(null) }
  const submit = async () => {
    setPending(true)
    setFailure(null)
    try {
      const result = await client.signIn({ email: email.trim(), password, rememberMe: false })
      if (result.__typename === 'SignInSuccess') return
      setFailure({
        message: result.message,
        retryAt: result.__typename === 'TooManyAttemptsError' ? result.retryAt : null,
      })
      fields.password.current?.select()
    } catch (error) {
      setFailure({ message: failureOf(error).message, retryAt: null })
    } finally {
      setPending(false)
    }
  }
  const send = (event: FormEvent) => {
    event.preventDefault()
    const first = email.trim() === '' ? 'email' : password === '' ? 'password' : null
    setMissing(first)
    if (first) fields[first].current?.focus()
    else if (!isPending && wait === 0) void submit()
  }
  return (
    <Outside title={message ? texts.signIn.againTitle : texts.signIn.title}>
      <form noValidate onSubmit={send}>
        <Stack gap="md">
          {message ? (
            <Alert variant="light" color="midnight" role="alert" icon={<IconInfoCircle aria-hidden />}>
              {message}
            </Alert>
          ) : (
            <Text c="dimmed">{texts.signIn.lead}</Text>
          )}
          <TextInput
            ref={fields.email}
            type="email"
            name="email"
            label={texts.signIn.email}
            autoComplete="username"
            size="md"
            value={email}
            error={missing === 'email' && texts.signIn.missingEmail}
            onChange={(event) => {
              setEmail(event.currentTarget.value)
              setMissing(null)
            }}
          />
          <FactorField
            ref={fields.password}
            label={texts.signIn.password}
            size="md"
            value={password}
            error={missing === 'password' && texts.signIn.missingPassword}
            onChange={(event) => {
              setPassword(event.currentTarget.value)
              setMissing(null)
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
          <Button
            type="submit"
            size="md"
            loading={isPending}
            {...(wait > 0 ? { 'data-disabled': true } : {})}
          >
            {texts.signIn.submit}
          </Button>
          <Anchor href="/" size="sm" ta="center">
            {texts.signIn.account}
          </Anchor>
        </Stack>
      </form>
    </Outside>
  )
}
