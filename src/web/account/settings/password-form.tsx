import { Button, Radio, Stack } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useAnnounce } from '../../shared/announcements.tsx'
import { PasswordField } from '../forms/password-field.tsx'
import { passwordProblem } from '../forms/password-problem.ts'
import { updatePassword } from '../server/sensitive.ts'
import { texts } from '../texts.ts'
import { VerifyDialog } from '../verification/verify-dialog.tsx'

/** Changes the password, and asks what becomes of the devices (ASVS 7.4.3). The present one is asked for when it is sent. */
export function PasswordForm({ email }: { email: string }) {
  const announce = useAnnounce()
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [everywhere, setEverywhere] = useState(false)
  const [asking, setAsking] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const outcome = useRef<string | null>(null)
  // said when the question has closed: behind it nothing is read out, and nothing takes the focus
  useEffect(() => {
    if (asking) return
    if (outcome.current !== null) announce(outcome.current)
    if (outcome.current !== null || problem !== null) field.current?.focus()
    outcome.current = null
  }, [asking, problem, announce])
  const send = (event: FormEvent) => {
    event.preventDefault()
    const found = passwordProblem(password)
    setProblem(found)
    if (found) field.current?.focus()
    else setAsking(true)
  }
  return (
    <>
      <form noValidate onSubmit={send}>
        <Stack gap="md">
          <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
          <PasswordField
            ref={field}
            label={texts.settings.newPassword}
            description={texts.signUp.passwordHint}
            name="new-password"
            autoComplete="new-password"
            value={password}
            error={problem}
            onChange={(event) => {
              setPassword(event.currentTarget.value)
              setProblem(null)
            }}
          />
          <Radio.Group
            size="md"
            label={texts.settings.devicesQuestion}
            value={everywhere ? 'everywhere' : 'keep'}
            onChange={(value) => setEverywhere(value === 'everywhere')}
          >
            <Stack gap="sm" mt="sm">
              <Radio value="keep" label={texts.settings.keep} description={texts.settings.keepDetail} />
              <Radio
                value="everywhere"
                label={texts.settings.endAll}
                description={texts.settings.endAllDetail}
              />
            </Stack>
          </Radio.Group>
          <div>
            <Button type="submit">{texts.settings.update}</Button>
          </div>
        </Stack>
      </form>
      {asking && (
        <VerifyDialog
          action="UPDATE_PASSWORD"
          email={email}
          onClose={() => setAsking(false)}
          perform={async (present) => {
            const result = await updatePassword(
              { newPassword: password, signOutEverywhere: everywhere },
              present,
            )
            if ('failure' in result) {
              if (result.failure.code !== 'WEAK_PASSWORD') return result.failure
              // is about the field behind the question
              setProblem(result.failure.message)
              return null
            }
            setPassword('')
            outcome.current =
              result.count > 0 ? texts.settings.updatedAndEnded(result.count) : texts.settings.updated
            return null
          }}
        />
      )}
    </>
  )
}
