import { Button } from '@mantine/core'
import { IconLogout } from '@tabler/icons-react'
import { useAnnounce } from '../../shared/announcements.tsx'
import { useSubmission } from '../forms/use-submission.ts'
import { signOut } from '../server/session.ts'
import { texts } from '../texts.ts'

/** Signs this device out: on every part of the page, and without a question (ASVS 7.4.4). */
export function SignOutButton() {
  const announce = useAnnounce()
  const { pending, submit } = useSubmission(async () => {
    const refused = await signOut()
    if (refused) announce(refused.message, 'warning')
    return refused
  })
  return (
    <Button
      variant="default"
      size="sm"
      loading={pending}
      leftSection={<IconLogout size={18} aria-hidden />}
      onClick={submit}
    >
      {texts.frame.signOut}
    </Button>
  )
}
