import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import { IconEye, IconEyeOff } from '@tabler/icons-react'
import { texts } from '../texts.ts'

/** A field for the password, which can be shown. */
export function FactorField(props: PasswordInputProps) {
  return (
    <PasswordInput
      name="password"
      autoComplete="current-password"
      autoCapitalize="none"
      spellCheck={false}
      visibilityToggleFocusable
      visibilityToggleButtonProps={{ 'aria-label': texts.signIn.show }}
      visibilityToggleIcon={Eye}
      {...props}
    />
  )
}

function Eye({ reveal }: { reveal: boolean }) {
  const Icon = reveal ? IconEyeOff : IconEye
  return <Icon size={18} aria-hidden />
}
