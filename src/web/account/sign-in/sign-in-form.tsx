import { Button, Checkbox, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { emailProblem } from '../forms/email.ts'
import { FormFailure } from '../forms/form-failure.tsx'
import { PasswordField } from '../forms/password-field.tsx'
import { useSubmission } from '../forms/use-submission.ts'
import { useWait } from '../forms/use-wait.ts'
import { signIn } from '../server/session.ts'
import { texts } from '../texts.ts'

/**
 * @param email whose session was shown here before, if it was ended elsewhere
 * @param again whether there was one
 */
export function SignInForm({ email: known, again }: { email: string | null; again: boolean }) {
  const [email, setEmail] = useState(known ?? '')
  const [password, setPassword] = useState('')
  const [remember, setRemember] = useState(true)
  const [problems, setProblems] = useState<{ email: string | null; password: string | null }>({
    email: null,
    password: null,
  })
  const emailField = useRef<HTMLInputElement>(null)
  const passwordField = useRef<HTMLInputElement>(null)
  const { pending, failure, submit, forget } = useSubmission(async () => {
    const refused = await signIn({ email: email.trim(), password, rememberMe: remember })
    if (refused) {
      passwordField.current?.focus()
      passwordField.current?.select()
    }
    return refused
  })
  const wait = useWait(failure?.retryAt ?? null)
  const send = (event: FormEvent) => {
    event.preventDefault()
    const found = {
      email: emailProblem(email),
      password: password === '' ? texts.signIn.missingPassword : null,
    }
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
          // not `email`: browsers refuse addresses there that the server takes
          type="text"
          inputMode="email"
          name="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus={known === null}
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
          label={texts.signIn.password}
          name="password"
          autoComplete="current-password"
          autoFocus={known !== null}
          value={password}
          error={problems.password}
          onChange={(event) => {
            setPassword(event.currentTarget.value)
            setProblems({ ...problems, password: null })
          }}
        />
        <Checkbox
          label={texts.signIn.remember}
          description={texts.signIn.rememberDetail}
          checked={remember}
          onChange={(event) => setRemember(event.currentTarget.checked)}
        />
        <FormFailure failure={failure} />
        <Button type="submit" size="md" fullWidth loading={pending} data-disabled={wait > 0}>
          {again ? texts.signIn.again : texts.signIn.submit}
        </Button>
      </Stack>
    </form>
  )
}
