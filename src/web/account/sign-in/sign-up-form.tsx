import { Button, Stack, Text, TextInput, Title } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { emailProblem } from '../forms/email.ts'
import { FormFailure } from '../forms/form-failure.tsx'
import { PasswordField } from '../forms/password-field.tsx'
import { passwordProblem } from '../forms/password-problem.ts'
import { useSubmission } from '../forms/use-submission.ts'
import { useWait } from '../forms/use-wait.ts'
import { signUp } from '../server/session.ts'
import { texts } from '../texts.ts'

/** @param onClosed the server takes no new accounts */
export function SignUpForm({ onClosed }: { onClosed: () => void }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [problems, setProblems] = useState<{ email: string | null; password: string | null }>({
    email: null,
    password: null,
  })
  const emailField = useRef<HTMLInputElement>(null)
  const passwordField = useRef<HTMLInputElement>(null)
  const { pending, failure, submit, forget } = useSubmission(async () => {
    const refused = await signUp({ email: email.trim(), password })
    switch (refused?.code) {
      case 'SIGN_UP_CLOSED':
        onClosed()
        return null
      // these are about one field, and are said there
      case 'WEAK_PASSWORD':
        setProblems({ email: null, password: refused.message })
        passwordField.current?.focus()
        return null
      case 'EMAIL_TAKEN':
        setProblems({ email: refused.message, password: null })
        emailField.current?.focus()
        return null
      default:
        return refused
    }
  })
  const wait = useWait(failure?.retryAt ?? null)
  const send = (event: FormEvent) => {
    event.preventDefault()
    const found = { email: emailProblem(email), password: passwordProblem(password) }
    setProblems(found)
    if (found.email) emailField.current?.focus()
    else if (found.password) passwordField.current?.focus()
    else if (wait === 0) submit()
  }
  return (
    <form noValidate onSubmit={send}>
      <Stack gap="md">
        <TextInput
          ref={emailField}
          size="md"
          label={texts.signIn.email}
          type="text"
          inputMode="email"
          name="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          value={email}
          error={problems.email}
          onChange={(event) => {
            setEmail(event.currentTarget.value)
            setProblems({ ...problems, email: null })
            forget()
          }}
        />
        <PasswordField
          ref={passwordField}
          label={texts.signUp.password}
          description={texts.signUp.passwordHint}
          name="password"
          autoComplete="new-password"
          value={password}
          error={problems.password}
          onChange={(event) => {
            setPassword(event.currentTarget.value)
            setProblems({ ...problems, password: null })
          }}
        />
        <FormFailure failure={failure} />
        <Button type="submit" size="md" fullWidth loading={pending} data-disabled={wait > 0}>
          {texts.signUp.submit}
        </Button>
      </Stack>
    </form>
  )
}

/** What stands in the form's place where nobody can make an account. */
export function SignUpClosed() {
  return (
    <Stack gap="md" role="alert">
      <Title order={1} size="h2">
        {texts.signUp.closedTitle}
      </Title>
      <Text>{texts.signUp.closed}</Text>
      <Button component="a" href="#" size="md" fullWidth>
        {texts.signUp.closedBack}
      </Button>
    </Stack>
  )
}
