import { Alert, Anchor, Paper, Text, Title } from '@mantine/core'
import { IconLogout } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { SessionEndReason } from '../../../protocol/sessions.ts'
import { Brand } from '../../shared/brand.tsx'
import { SchemeToggle } from '../../shared/scheme-toggle.tsx'
import { SIGN_UP, useFragment } from '../frame/section.ts'
import { texts } from '../texts.ts'
import { SignInForm } from './sign-in-form.tsx'
import { SignUpClosed, SignUpForm } from './sign-up-form.tsx'
import styles from './signed-out-page.module.css'

/**
 * What somebody sees who is not signed in.
 * @param props.reason why the session of this browser is over; null if there was none, or nobody can say
 * @param props.notice the same as a sentence; null likewise
 * @param props.email whose it was, if it was ended elsewhere: they need not type it again
 */
export function SignedOutPage({
  reason,
  notice,
  email,
}: {
  reason: SessionEndReason | null
  notice: string | null
  email: string | null
}) {
  const wantsSignUp = useFragment() === SIGN_UP
  // a server that refuses once refuses always: nobody has to fill the form in twice to find out
  const [closed, setClosed] = useState(false)
  const title = wantsSignUp ? texts.signUp.title : texts.signIn.title
  useEffect(() => {
    document.title = texts.pageTitle(title)
  }, [title])
  return (
    <div className={styles['page']}>
      <header className={styles['header']}>
        <Brand name={texts.product} size={32} />
        <SchemeToggle toDark={texts.frame.toDark} toLight={texts.frame.toLight} />
      </header>
      <main className={styles['main']}>
        <div role="alert" className={styles['notice']}>
          {notice && (
            <Alert
              icon={<IconLogout aria-hidden />}
              title={reason === 'SIGNED_OUT' ? texts.signIn.leftTitle : texts.signIn.againTitle}
              variant="light"
            >
              {notice}
            </Alert>
          )}
        </div>
        <Paper className={styles['card']} radius="lg" shadow="md">
          {wantsSignUp && closed ? (
            <SignUpClosed />
          ) : (
            <>
              <Title order={1} size="h2">
                {title}
              </Title>
              <Text c="dimmed" mt={4} mb="lg">
                {wantsSignUp ? texts.signUp.lead : texts.signIn.lead}
              </Text>
              {wantsSignUp ? (
                <SignUpForm onClosed={() => setClosed(true)} />
              ) : (
                <SignInForm key={email} email={email} again={notice !== null} />
              )}
              <Text size="sm" mt="lg" ta="center" c="dimmed">
                {wantsSignUp ? texts.signUp.haveAccount : texts.signIn.noAccount}{' '}
                <Anchor href={wantsSignUp ? '#' : SIGN_UP} fw={600} underline="always">
                  {wantsSignUp ? texts.signUp.toSignIn : texts.signIn.toSignUp}
                </Anchor>
              </Text>
            </>
          )}
        </Paper>
      </main>
    </div>
  )
}
