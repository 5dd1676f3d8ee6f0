import { Button, Radio, Stack } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useAnnounce } from '../../shared/announcements.tsx'
import { FormFailure } from '../forms/form-failure.tsx'
import { PasswordField } from '../forms/password-field.tsx'
import { passwordProblem } from '../forms/password-problem.ts'
import { useSubmission } from '../forms/use-submission.ts'
import type { Failure } from '../server/failure.ts'
import { judgePassword, updatePassword } from '../server/sensitive.ts'
import { texts } from '../texts.ts'
import { VerifyDialog } from '../verification/verify-dialog.tsx'

/** Told without asking the server: it is either wrong or no change. */
const SAME: Failure = { code: 'SAME_PASSWORD', message: texts.settings.samePassword, retryAt: null }

/**
 * Changes the password, and asks what becomes of the devices (ASVS 7.4.3). The present one is asked for only when the new one
 * may be used.
 */
export function PasswordForm({ email }: { email: string }) {
  const announce = useAnnounce()
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [everywhere, setEverywhere] = useState(false)
  const [asking, setAsking] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const asked = useRef(false)
  const outcome = useRef<string | null>(null)
  // said when the question has closed: behind it nothing is read out, and nothing takes the focus
  useEffect(() => {
    if (asking) {
      asked.current = true
      return
    }
    if (outcome.current !== null) announce(outcome.current)
    if (outcome.current !== null || problem !== null) field.current?.focus()
    // it could not have the focus when the question opened, so the browser does not give it back
    else if (asked.current) button.current?.focus()
    asked.current = false
    outcome.current = null
  }, [asking, problem, announce])
  const { pending, failure, submit, forget } = useSubmission(async () => {
    const refused = await judgePassword({ newPassword: password, signOutEverywhere: everywhere })
    if (refused?.code !== 'WEAK_PASSWORD') {
      if (!refused) setAsking(true)
      return refused
    }
    setProblem(refused.message)
    field.current?.focus()
    return null
  })
  const send = (event: FormEvent) => {
    event.preventDefault()
    const found = passwordProblem(password)
    setProblem(found)
    if (found) field.current?.focus()
    else submit()
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
              forget()
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
          <FormFailure failure={failure} />
          <div>
            <Button ref={button} type="submit" loading={pending}>
              {texts.settings.update}
            </Button>
          </div>
        </Stack>
      </form>
      {asking && (
        <VerifyDialog
          action="UPDATE_PASSWORD"
          email={email}
          onClose={() => setAsking(false)}
          perform={async (present) => {
            if (present === password) return SAME
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
