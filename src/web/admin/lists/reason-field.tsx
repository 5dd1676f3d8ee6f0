import { TextInput } from '@mantine/core'
import type { Ref } from 'react'
import { texts } from '../texts.ts'

/** The longest reason that the server takes, in characters. */
const LONGEST = 200

/** Why an administrator does something, for the log. */
export function ReasonField({
  ref,
  value,
  isMissing = false,
  isOptional = false,
  onChange,
}: {
  ref?: Ref<HTMLInputElement>
  value: string
  isMissing?: boolean
  isOptional?: boolean
  onChange: (reason: string) => void
}) {
  return (
    <TextInput
      ref={ref}
      data-autofocus
      label={isOptional ? texts.reason.optional : texts.reason.label}
      description={texts.reason.hint}
      placeholder={texts.reason.placeholder}
      maxLength={LONGEST}
      required={!isOptional}
      withAsterisk={false}
      autoComplete="off"
      value={value}
      error={isMissing && texts.reason.missing}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
