import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import styles from '../devices/devices-section.module.css'
import { deleteAccount } from '../server/sensitive.ts'
import { texts } from '../texts.ts'
import { VerifyDialog } from '../verification/verify-dialog.tsx'

/** Deletes the account, after the password was given for exactly that. */
export function DeleteAccount({ email }: { email: string }) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button variant="outline" color="red" className={styles['grave']} onClick={() => setAsking(true)}>
        {texts.settings.delete}
      </Button>
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
