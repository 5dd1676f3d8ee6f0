import { Alert, Anchor, Paper, Text, Title } from '@mantine/core'
import { IconLogout } from '@tabler/icons-react'
import { type ReactNode, useEffect, useState } from 'react'
import type { SessionEndReason } from '../../../protocol/sessions.ts'
import { Brand } from '../../shared/brand.tsx'
import { SchemeToggle } from '../../shared/scheme-toggle.tsx'
import { SIGN_UP, useFragment } from '../frame/section.ts'
import { useSignUpIsOpen } from '../server/use-sign-up.ts'
import { FormSkeleton } from '../states/skeletons.tsx'
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
  const isOpen = useSignUpIsOpen()
  // closed since it was asked: nobody has to fill the form in twice to find out
  const [refused, setRefused] = useState(false)
  const closed = refused || isOpen === false
  const title = !wantsSignUp ? texts.signIn.title : closed ? texts.signUp.closedTitle : texts.signUp.title
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
          {wantsSignUp && isOpen === null ? (
            <FormSkeleton />
          ) : wantsSignUp && closed ? (
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
                <SignUpForm onClosed={() => setRefused(true)} />
              ) : (
                <SignInForm key={email} email={email} again={notice !== null} />
              )}
              {/* keeps its place until it is known what to say */}
              <Text size="sm" mt="lg" ta="center" c="dimmed" className={styles['other']}>
                {wantsSignUp ? (
                  <>
                    {texts.signUp.haveAccount} <OtherWay href="#">{texts.signUp.toSignIn}</OtherWay>
                  </>
                ) : closed ? (
                  texts.signUp.closedHint
                ) : (
                  isOpen && (
                    <>
                      {texts.signIn.noAccount} <OtherWay href={SIGN_UP}>{texts.signIn.toSignUp}</OtherWay>
                    </>
                  )
                )}
              </Text>
            </>
          )}
        </Paper>
      </main>
    </div>
  )
}

function OtherWay({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Anchor href={href} fw={600} underline="always">
      {children}
    </Anchor>
  )
}
