import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import { IconEye, IconEyeOff } from '@tabler/icons-react'
import { texts } from '../texts.ts'

/** A field for a password, which can be shown: whoever types blindly on a phone chooses shorter ones. */
export function PasswordField(props: PasswordInputProps) {
  return (
    <PasswordInput
      size="md"
      spellCheck={false}
      autoCapitalize="none"
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
