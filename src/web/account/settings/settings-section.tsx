import { Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { useId } from 'react'
import type { Viewer } from '../server/session.ts'
import { texts } from '../texts.ts'
import { DeleteAccount } from './delete-account.tsx'
import { PasswordForm } from './password-form.tsx'
import styles from './settings-section.module.css'

/** The account itself. */
export function SettingsSection({ viewer }: { viewer: Viewer }) {
  return (
    <>
      <Title order={1} size="h2" mb="lg">
        {texts.settings.title}
      </Title>
      <Part title={texts.settings.accountTitle}>
        <dl className={styles['facts']}>
          <div>
            <dt>{texts.settings.email}</dt>
            <dd>
              <bdi>{viewer.email}</bdi>
            </dd>
          </div>
        </dl>
      </Part>
      <Part title={texts.settings.passwordTitle} lead={texts.settings.passwordLead}>
        <PasswordForm email={viewer.email} />
      </Part>
      <Part title={texts.settings.deleteTitle} lead={texts.settings.deleteLead} grave>
        <DeleteAccount email={viewer.email} />
      </Part>
    </>
  )
}

function Part({
  title,
  lead,
  grave = false,
  children,
}: {
  title: string
  lead?: string
  grave?: boolean
  children: ReactNode
}) {
  const heading = useId()
  return (
    <section aria-labelledby={heading} className={styles['part']} data-grave={grave || undefined}>
      <div>
        <Title order={2} size="h4" id={heading}>
          {title}
        </Title>
        {lead && (
          <Text size="sm" c="dimmed" mt={4}>
            {lead}
          </Text>
        )}
      </div>
      <div>{children}</div>
    </section>
  )
}
