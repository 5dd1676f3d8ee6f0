import { Text } from '@mantine/core'
import { useState } from 'react'
import { GraveButton } from '../forms/grave-button.tsx'
import { deleteAccount } from '../server/sensitive.ts'
import { texts } from '../texts.ts'
import { VerifyDialog } from '../verification/verify-dialog.tsx'

/** Deletes the account, after the password was given for exactly that. */
export function DeleteAccount({ email }: { email: string }) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <GraveButton onClick={() => setAsking(true)}>{texts.settings.delete}</GraveButton>
      {asking && (
        <VerifyDialog
          action="DELETE_ACCOUNT"
          email={email}
          onClose={() => setAsking(false)}
          perform={deleteAccount}
        >
          <Text>{texts.verify.deleteLead}</Text>
        </VerifyDialog>
      )}
    </>
  )
}
